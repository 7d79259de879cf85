"""Access logs: how fast they are read and counted by object, beside goaccess."""
import gzip
import itertools
import json
import os
import random
import shutil
import time

from . import tools
from .listing import spent

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def write(path, lines):
    """Reads of 50,000 objects by 300 requesters, as S3 logs them; each line has its own request id."""
    rng = random.Random(1)
    keys = [f"tables/region={n % 7}/day={n % 30:02}/part-{n:05}.parquet" for n in range(50_000)]
    who = [f"arn:aws:sts::123456789012:assumed-role/service-{n % 20}/i-{n:017x}" for n in range(300)]
    weights = [1 / (rank + 1) ** 0.8 for rank in range(len(keys))]
    with path.open("w") as file:
        for start in range(0, lines, 20_000):
            chosen = rng.choices(keys, weights, k=min(20_000, lines - start))
            file.write("".join(
                f"{OWNER} bench-bucket [{1 + (start + n) * 28 // lines:02}/Nov/2026:{n % 24:02}:{n % 60:02}:{n % 59:02} +0000] 10.0.{n % 250}.7 {who[n * 7 % 300]} {start + n:012X}ABCD "
                f'REST.GET.OBJECT {key} "GET /bench-bucket/{key} HTTP/1.1" 200 - 1048576 1048576 31 30 "-" "aws-sdk-java/2.20.162 Linux/6.1" - '
                f"s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bench-bucket.s3.us-west-1.amazonaws.com TLSV1.2 - -\n"
                for n, key in enumerate(chosen)))


def run(context):
    lines, rounds = (100_000, 1) if context.quick else (1_000_000, 3)
    plain = context.scratch / "access.log"
    write(plain, lines)
    folder = context.scratch / "packed"
    folder.mkdir()
    # The same in 64 packed files, one in ten of them there twice.
    # What this process takes itself would be told of those that it starts.
    with plain.open("rb") as text:
        for number in range(64):
            piece = gzip.compress(b"".join(itertools.islice(text, -(-lines // 64))), 6)
            for copy in range(2 if number % 10 == 0 else 1):
                (folder / f"2026-11-01-{number:02}-{copy}.gz").write_bytes(piece)
    ours = [os.environ["CLOUDFLUX"], "analyze", "--provider", "aws", "--json"]
    goaccess = shutil.which("goaccess")
    report = context.scratch / "report.json"
    theirs = [goaccess, str(plain), "--log-format=AWSS3", "--no-global-config", "--no-progress", "-o", str(report)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(context.scratch)}
    found = {}
    for _ in range(rounds):
        for name, path in [("cloudflux analyze", plain), ("cloudflux analyze, packed, with duplicates", folder)]:
            answer = spent([*ours, str(path)], environment)
            summary = json.loads(answer[3].splitlines()[-1])["summary"]
            if summary["access_count"] != lines or summary["unreadable_lines"]:
                raise RuntimeError(f"analyze counts otherwise: {summary}")
            found.setdefault(name, []).append(answer[:3])
        if goaccess:
            before = time.monotonic()
            answer = spent(theirs, environment)
            if json.loads(report.read_text())["general"]["valid_requests"] != lines:
                raise RuntimeError("goaccess counts otherwise")
            found.setdefault("goaccess", []).append((time.monotonic() - before, *answer[1:3]))
    rows = []
    middle = {name: [tools.median([run[i] for run in runs]) for i in range(3)] for name, runs in found.items()}
    for name, (seconds, cpu, memory) in middle.items():
        ratio = middle["goaccess"][0] / seconds if goaccess else 0
        good = tools.reached(lines / seconds > 1e6 and ratio >= 5) if name == "cloudflux analyze" else ""
        rows.append([name, tools.number(lines / seconds), tools.number(seconds, 2), tools.number(cpu, 2), tools.number(memory / 1e6), f"{ratio:.1f}x" if goaccess else "", good])
    return [tools.Table(
        f"Access logs of {lines:,} lines ({plain.stat().st_size / lines:.0f} bytes each) read and counted by object",
        ["who", "lines a second", "seconds", "CPU seconds", "resident at most (MB)", "beside goaccess", "> 1,000,000 a second, 5x"], rows,
        f"Medians of {rounds} interleaved rounds of whole processes, one thread each, the file in the page cache." + ("" if goaccess else " goaccess is missing: `apt-get install goaccess`."))]
