"""One request as it came over the wire, and the refusal of one."""
import io
import time
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from .state import new_request_id


class Deny(Exception):
    """The edge answers with an error of its own."""

    def __init__(self, status, code, message, headers=None):
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}

    def answer(self, request_id):
        """(status, headers, body)"""
        text = f"<Code>{self.code}</Code><Message>{escape(self.message)}</Message><RequestId>{request_id}</RequestId>"
        return answer(self.status, f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>'.encode(), self.headers)


def answer(status, body, headers=None):
    """(status, headers, body) of an answer in XML, unless the headers say otherwise."""
    return status, list({"Content-Type": "application/xml", "Content-Length": str(len(body)), **(headers or {})}.items()), body


class Call:
    def __init__(self, env):
        self.start = time.time()
        self.method = env["REQUEST_METHOD"]
        self.raw = env["RAW_URI"]
        self.socket = env["werkzeug.socket"]
        self.headers = {k[5:].replace("_", "-").lower(): v for k, v in env.items() if k.startswith("HTTP_")}
        for name, header in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
            if env.get(name):
                self.headers[header] = env[name]
        length = int(env.get("CONTENT_LENGTH") or 0)
        self.body = env["wsgi.input"].read() if env.get("wsgi.input_terminated") else env["wsgi.input"].read(length)
        # moto reads it once more.
        env["wsgi.input"], env["CONTENT_LENGTH"] = io.BytesIO(self.body), str(len(self.body))
        url = urlsplit(self.raw)
        self.path = url.path
        self.query = dict(parse_qsl(url.query, keep_blank_values=True))
        bucket, _, key = self.path[1:].partition("/")
        self.bucket, self.key = unquote(bucket), unquote(key)
        self.request_id = new_request_id()
        # Once the signature holds: whose it is, "AuthHeader" or "QueryString", and for which service.
        self.who, self.kind, self.service = None, None, "s3"
        # What a fault does to the answer: how many bytes are sent, and how many in a second.
        self.cut = self.bps = None

    def copy_source(self):
        """(bucket, key, version) that x-amz-copy-source names, or None."""
        source = self.headers.get("x-amz-copy-source")
        if not source or self.method != "PUT":
            return None
        path, _, query = source.lstrip("/").partition("?")
        bucket, _, key = unquote(path).partition("/")
        return bucket, key, dict(parse_qsl(query)).get("versionId")
