#!/usr/bin/env python3
"""Requests that our signer signed, judged by botocore's.

    judge.py [--package-path .] [--swift-test "swift test --skip-build"]        SEED=N CASES=5000

Random requests go to a Swift test, one line of JSON each; it answers with where each goes and its `Authorization`. botocore
signs what goes there, at the same moment, and must come to the same.
"""
import base64
import datetime
import json
import pathlib
import random
import string
import sys
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from swift_judge import Judge  # noqa: E402

REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1", "auto", ""]
NAMES = ["Connection", "TE", "Range", "x-amz-meta-Name", "X-Amz-Storage-Class", "Content-Type", "x-amz-copy-source", "If-None-Match", "User-Agent", "Expect"]
DIGESTS = ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "sha256"]


def b64(value):
    return base64.b64encode(value).decode()


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def bytes(self, most):
        """Mostly what people use, sometimes anything at all."""
        r = self.random
        length = r.choice([0, 1, 3, 10, 40, most])
        kind = r.randrange(5)
        if kind == 0:
            return bytes(r.randrange(256) for _ in range(length))
        if kind == 1:
            return "".join(r.choice("äß漢🙂 é/+%&=?#~*'()!;:@$,") for _ in range(length)).encode()[:most]
        return "".join(r.choice(string.ascii_letters + string.digits + "-_.~/ +%") for _ in range(length)).encode()

    def key(self):
        """Of an object: 1,024 bytes at most, with dots and empty names that nobody may tidy up."""
        r = self.random
        if r.randrange(4) == 0:
            return b"/".join(r.choice([b"", b".", b"..", b"a", b"%2F", b"~", self.bytes(30)]) for _ in range(r.randrange(1, 6)))
        return self.bytes(1000)

    def value(self):
        r = self.random
        return "".join(r.choice(string.ascii_letters + string.digits + "  \t=:;,/\"") for _ in range(r.choice([0, 1, 5, 30])))

    def case(self):
        r = self.random
        service = r.choice(["s3", "s3", "s3", "sqs", "sts"])
        if service == "s3":
            path = b"/" + self.key()
        else:
            # botocore takes a path of other services from its model or a queue's address: text.
            path = r.choice([b"/", b"/123456789012/queue", b"/1/a_b-c.fifo", b"/a//b/", b"/a/./b/../c", "/q ä".encode()])
        digest = r.choice(DIGESTS) if service == "s3" and r.randrange(2) else None
        body = None if digest else self.bytes(200)
        if digest == "sha256":
            digest = "".join(r.choice("0123456789abcdef") for _ in range(64))
        names = [r.choice(NAMES) for _ in range(r.randrange(6))]
        port = r.choice(["", "", ":9000"])
        return {
            "method": r.choice(["GET", "PUT", "HEAD", "POST", "DELETE"]), "host": r.choice(["bucket.s3.example.com", "127.0.0.1", "s3.eu-central-1.amazonaws.com"]) + port,
            "path": b64(path), "query": [{"name": b64(self.bytes(20) or b"x"), "value": b64(self.bytes(60))} for _ in range(r.choice([0, 0, 1, 2, 6]))],
            "headers": [{"name": r.choice([name, name.lower()]), "value": self.value()} for name in names],
            "region": r.choice(REGIONS), "service": service, "key": "AKIA" + "".join(r.choice(string.ascii_uppercase) for _ in range(16)),
            "secret": "".join(r.choice(string.ascii_letters + string.digits + "/+") for _ in range(40)),
            "token": r.choice([None, None, "IQoJ" + "x" * r.randrange(2000) + "=="]), "body": None if body is None else b64(body), "digest": digest,
            # From 1970 on: leap days, ends of years, and milliseconds that are cut off.
            "milliseconds": r.choice([r.randrange(4_102_444_800_000), 951_782_399_999, 1_735_689_599_999, 1_709_164_800_000])}


def judged(case, target):
    """The `Authorization` that botocore has for a request to this target."""
    now = datetime.datetime.fromtimestamp(case["milliseconds"] // 1000, datetime.timezone.utc)
    body = base64.b64decode(case["body"]) if case["body"] is not None else b""
    request = AWSRequest(method=case["method"], url=f"http://{case['host']}{target}", data=body)
    for header in case["headers"]:
        request.headers.add_header(header["name"], header["value"])
    request.headers["host"] = case["host"]
    credentials = Credentials(case["key"], case["secret"], case["token"])
    kind = botocore.auth.S3SigV4Auth if case["service"] == "s3" else botocore.auth.SigV4Auth
    signer = kind(credentials, case["service"], case["region"])
    if case["digest"]:
        signer.payload = lambda _: case["digest"]
    elif case["service"] == "s3":
        request.context["payload_signing_enabled"] = True
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        signer.add_auth(request)
    return request.headers["Authorization"]


def main():
    judge = Judge("signing", __doc__, "CASES", 5000)
    maker = Maker(judge.seed)
    cases = [maker.case() for _ in range(judge.count)]
    answers = judge.ask("signsForTheJudge", "FLUX_SIGNING", [json.dumps(case).encode() for case in cases])

    def wrong(case, answer):
        wanted = judged(case, answer["target"])
        return wanted != answer["authorization"] and (
            f"{json.dumps(case)}\n  goes to {answer['target']}\n  ours     {answer['authorization']}\n  botocore {wanted}")
    return judge.verdict(cases, answers, wrong)


if __name__ == "__main__":
    sys.exit(main())
