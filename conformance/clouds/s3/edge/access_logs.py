"""Server access logs: 27 fields a line, delivered to the target bucket some time later, in many small objects."""
import base64
import re
import secrets
import threading
import time
from urllib.parse import quote
from xml.sax.saxutils import unescape

from .state import OWNER, STORE_LOCK, Settings, backend, new_request_id, stored_key, utc

REGION = "us-east-1"
PENDING = []  # (time, bucket, line)
LOCK = threading.Lock()
NOUNS = {
    "versioning": "VERSIONING",
    "logging": "LOGGING_STATUS",
    "policy": "BUCKETPOLICY",
    "lifecycle": "LIFECYCLE",
    "notification": "NOTIFICATION",
    "inventory": "INVENTORY",
    "tagging": "OBJECT_TAGGING",
    "uploads": "UPLOADS",
    "location": "LOCATION",
    "acl": "ACL",
}


def operation(call):
    method, query = call.method, call.query
    if "uploadId" in query:
        return {"PUT": "REST.PUT.PART", "POST": "REST.POST.UPLOAD", "DELETE": "REST.DELETE.UPLOAD"}.get(method, "REST.GET.UPLOAD")
    if method == "POST" and "delete" in query:
        return "REST.POST.MULTI_OBJECT_DELETE"
    if method == "POST" and "restore" in query:
        return "REST.POST.OBJECT_RESTORE"
    noun = next((noun for name, noun in NOUNS.items() if name in query), "OBJECT" if call.key else "BUCKET")
    return f"REST.{method}.{noun}"


def record(call, status, headers, out):
    """The lines of one request: two for a copy, one more for each key of a delete of many."""
    code = re.search(rb"<Code>([^<]+)", out) if status >= 400 else None
    error = code[1].decode() if code else ""
    sent = 0 if call.method == "HEAD" else len(out) if call.cut is None else min(len(out), call.cut)
    version = {k.lower(): v for k, v in headers}.get("x-amz-version-id")
    size = getattr(stored_key(call.bucket, call.key), "size", 0)
    source, name = call.copy_source(), operation(call)
    if source and status < 300:
        name = "REST.COPY.PART" if "partNumber" in call.query else "REST.COPY.OBJECT"
        write(call, source[0], source[1], name + "_GET", 200, "", 0, size)
    write(call, call.bucket, call.key, name, status, error, sent, size, version)
    if name == "REST.POST.MULTI_OBJECT_DELETE" and status < 300:
        for key in re.findall(r"<Key>([^<]*)</Key>", call.body.decode(errors="replace")):
            write(call, call.bucket, unescape(key), "BATCH.DELETE.OBJECT", 204, "", 0, 0)


def dash(value):
    return "-" if value in (None, "", 0) else str(value)


def write(call, bucket, key, name, status, error, sent, size, version=None):
    """Queues one line. As in the service, keys are percent-encoded twice and quotes inside of fields are left as they are."""
    took = int((time.time() - call.start) * 1000) + 1
    fields = [
        OWNER,
        bucket,
        utc().strftime("[%d/%b/%Y:%H:%M:%S +0000]"),
        "127.0.0.1",
        "arn:aws:iam::123456789012:user/" + call.who if call.who else "-",
        call.request_id,
        name,
        quote(quote(key)) if key else "-",
        f'"{call.method} {call.raw} HTTP/1.1"',
        status,
        dash(error),
        dash(sent),
        dash(size),
        took,
        max(took - 1, 1),
        f'"{dash(call.headers.get("referer"))}"',
        f'"{dash(call.headers.get("user-agent"))}"',
        dash(version),
        base64.b64encode(secrets.token_bytes(56)).decode(),
        "SigV4" if call.kind else "-",
        "ECDHE-RSA-AES128-GCM-SHA256",
        call.kind or "-",
        call.headers.get("host", "-"),
        "TLSv1.2",
        "-",
        "-",
        REGION,
    ]
    with LOCK:
        PENDING.append((time.time(), bucket, " ".join(map(str, fields))))


def deliver():
    """Puts the lines that are old enough into their target buckets."""
    limit = time.time() - Settings.log_delay
    with LOCK:
        due = [one for one in PENDING if one[0] <= limit]
        PENDING[:] = [one for one in PENDING if one[0] > limit]
    grouped = {}
    for _, name, line in due:
        bucket = backend().buckets.get(name)
        if bucket is not None and bucket.logging:
            where = (bucket.logging["TargetBucket"], bucket.logging.get("TargetPrefix") or "")
            grouped.setdefault(where, []).append(line)
    for (target, prefix), lines in grouped.items():
        if target in backend().buckets:
            name = prefix + utc().strftime("%Y-%m-%d-%H-%M-%S-") + new_request_id()
            with STORE_LOCK:
                backend().put_object(target, name, ("\n".join(lines) + "\n").encode())
