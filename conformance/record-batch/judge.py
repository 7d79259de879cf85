#!/usr/bin/env python3
"""Record batches that our encoder wrote, judged by kafka-python's decoder.

    judge.py [--package-path .] [--swift-test "swift test --skip-build"]

A Swift test writes one line of JSON a case: {"name", "records": [...], "batch": base64}. kafka-python decodes each,
with its checksum, and the records must be the same. A case that can't be judged, or is missing, is a failure. (The other
way round, batches of kafka-python and librdkafka read by our decoder, is Tests/FluxLogTests/RecordBatchTests.swift.)
Needs: pip install kafka-python==3.0.12
"""
import argparse
import base64
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

MUST = {"plain", "nulls", "headers", "large", "many"}


def b64(value):
    return None if value is None else base64.b64encode(bytes(value)).decode()


def main():
    try:
        from kafka.record.default_records import DefaultRecordBatch
    except ImportError as error:
        print(f"record-batch: FAILED: kafka-python is missing ({error}): pip install kafka-python==3.0.12")
        return 1
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--package-path", default=str(ROOT))
    options.add_argument("--swift-test", default="swift test --skip-build")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "batches.ndjson"
        done = subprocess.run(
            shlex.split(options.swift_test) + ["--package-path", options.package_path, "--filter", "writesForTheJudge"],
            env={**os.environ, "FLUXLOG_BATCHES_OUT": str(path)}, capture_output=True, text=True)
        if done.returncode != 0 or not path.exists():
            print(done.stdout + done.stderr)
            print("record-batch: FAILED: the Swift test wrote no batches")
            return 1
        text = path.read_text()
    seen, failed = set(), 0
    for line in text.splitlines():
        case = json.loads(line)
        raw = base64.b64decode(case["batch"])
        batch = DefaultRecordBatch(raw)
        problems = [] if batch.validate_crc() else ["checksum"]
        if batch.timestamp_type != 1:
            problems.append("not LogAppendTime")
        got = [{"offset": r.offset, "timestamp": r.timestamp, "key": b64(r.key), "value": b64(r.value),
                "headers": [[n, b64(v)] for n, v in r.headers]} for r in batch]
        if got != case["records"]:
            problems.append("records differ")
        seen.add(case["name"])
        failed += bool(problems)
        print(f"{case['name']}: {'ok' if not problems else ', '.join(problems)} ({len(got)} records)")
    missing = MUST - seen
    failed += len(missing)
    if missing:
        print(f"never written: {', '.join(sorted(missing))}")
    print(f"record-batch: {len(seen) + len(missing) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
