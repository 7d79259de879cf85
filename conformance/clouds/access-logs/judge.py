#!/usr/bin/env python3
"""Our reader of S3 access logs, compared line by line with a plain one.

    judge.py [--package-path .] [--swift-test "swift test --skip-build"]        SEED=N LINES=20000

The lines are of every age and shape that is known, and many of them damaged; the reference is a regular expression.
"""
import calendar
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from swift_judge import Judge  # noqa: E402

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LINE = re.compile(
    rb'[^ ]+ (?P<bucket>[^ ]+) \[(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) (?P<sign>[+-])(?P<zh>\d\d)(?P<zm>\d\d)\]'
    rb' [^ ]+ (?P<requester>[^"]+) (?P<id>[^ "]+) (?P<operation>[^ "]+) (?P<key>[^ "]+) '
    rb'(?:"-"|"(?:.*?) HTTP/.\.."(?= (?:\d\d\d|-) )) (?P<status>\d{1,18}|-) (?P<error>[^ ]+) (?P<bytes>\d{1,18}|-) (?P<size>\d{1,18}|-) (?:\d{1,18}|-) (?:\d{1,18}|-) '
    rb'"(?P<referer>.*?)" "(?P<agent>.*)"(?P<tail>[^"]*)', re.DOTALL)


def reference(line):
    """What a line says; None where it is none."""
    found = LINE.fullmatch(line) if len(line) <= 64 << 10 else None
    if not found:
        return None
    n = {name: int(found[name]) for name in ["day", "year", "hour", "minute", "second", "zh", "zm"]}
    month = found["month"].decode()
    if month not in MONTHS or not 1 <= n["day"] <= 31 or n["hour"] > 23 or n["minute"] > 59 or n["second"] > 60:
        return None
    seconds = calendar.timegm((n["year"], MONTHS.index(month) + 1, n["day"], n["hour"], n["minute"], n["second"]))
    seconds -= (1 if found["sign"] == b"+" else -1) * (n["zh"] * 3600 + n["zm"] * 60)
    tail = found["tail"]
    version = None
    if tail.startswith(b" "):
        version = tail[1:].split(b" ")[0]
        if not version:
            return None
    number = lambda name: None if found[name] == b"-" else int(found[name])  # noqa: E731
    text = lambda value: value.decode("latin-1")  # noqa: E731
    return {
        "bucket": text(found["bucket"]), "time": seconds, "requester": text(found["requester"]), "id": text(found["id"]), "operation": text(found["operation"]),
        "key": text(found["key"]), "status": number("status"), "error": text(found["error"]), "bytes": number("bytes"), "size": number("size"),
        "agent": text(found["agent"]), "version": None if version in (None, b"-") else text(version)}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def hostile(self):
        """What a client may put into a header."""
        r = self.random
        return "".join(r.choice(['"', " ", '" "', ' HTTP/1.1" 200 ', "-", "x", '" - ', "é", "\\", " 404 ", "curl/7.38.0"]) for _ in range(r.randrange(8)))

    def line(self):
        r = self.random
        number = lambda: r.choice(["-", str(r.randrange(1000)), str(r.randrange(10**12))])  # noqa: E731
        requester = r.choice(["-", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", "arn:aws:iam::1:user/u", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2"])
        operation = r.choice(["REST.GET.OBJECT", "REST.PUT.OBJECT", "REST.HEAD.OBJECT", "SOAP.x", "BATCH.DELETE.OBJECT", "S3.COMPUTE.OBJECT.CHECKSUM", "REST.COPY.OBJECT_GET"])
        key = r.choice(["-", "a/b.txt", "%2522", "75*75/x", "a%2520b", "k" * r.randrange(1, 1500)])
        request = r.choice([f"GET /{key} HTTP/1.1", 'GET /" HTTP/1.1', 'GET /a"b" HTTP/1.0', "-", "PUT /x?partNumber=1&uploadId=y HTTP/1.1"])
        zone = r.choice(["+0000", "+0000", "-0730", "+0545"])
        time = f"[{r.randrange(1, 29):02}/{r.choice(MONTHS)}/{r.randrange(1998, 2100)}:{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02} {zone}]"
        tail = ["-", "hostid=", "SigV4", "ECDHE-RSA-AES128-GCM-SHA256", "AuthHeader", "b.s3.amazonaws.com", "TLSv1.2", "-", "Yes", "us-east-1", "more"]
        tail[0] = r.choice(["-", "3HL4kqtJlcpXrof3vjVBH40Nrjfkd"])
        status = r.choice(["200", "206", "304", "403", "404", "-"])
        fields = [requester, r.choice(["3E57427F3EXAMPLE", "4ee97e7b-9c52-4ec5-a9ed-1f2e1d8a1d4c"]), operation, key, f'"{request}"', status, r.choice(["-", "AccessDenied"]), number(), number(), number(), number()]
        agent = r.choice(["-", "Mozilla/5.0 (X11)", self.hostile(), self.hostile()])
        referer = r.choice(["-", "http://x/", self.hostile()])
        words = ["owner", r.choice(["my-bucket", "a.b"]), time, "192.0.2.3", *fields, f'"{referer}"', f'"{agent}"', *tail[:r.choice([0, 1, 7, 8, 9, 10, 11])]]
        line = bytearray(" ".join(words).encode())
        for _ in range(r.choice([0, 0, 0, 1, 3])):
            at = r.randrange(len(line))
            if r.randrange(2):
                line[at] = r.choice(b' "-[]/a0\x00\xff')
            else:
                del line[at:at + r.choice([1, 5, 40])]
            if not line:
                line = bytearray(b"x")
        return bytes(line).replace(b"\n", b" ").replace(b"\r", b" ")


def main():
    judge = Judge("access-logs", __doc__, "LINES", 20000)
    maker = Maker(judge.seed)
    lines = [maker.line() for _ in range(judge.count)]
    answers = judge.ask("readsForTheJudge", "FLUX_ACCESS_LOG", lines)

    def wrong(line, answer):
        wanted = reference(line)
        return wanted != answer and f"{line!r}\n  ours      {answer}\n  reference {wanted}"
    whole = sum(reference(line) is not None for line in lines)
    return judge.verdict(lines, answers, wrong, f"; {whole} lines are whole")


if __name__ == "__main__":
    sys.exit(main())
