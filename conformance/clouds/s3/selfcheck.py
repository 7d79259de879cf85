#!/usr/bin/env python3
"""What the official SDK makes of the stand-in: boto3's round trip. A test of ours that fails where this passes has failed because of us.

    selfcheck.py

Prints what failed, and how many passed.
"""
import sys
import traceback

from roundtrip import objects, strictness, telling
from standin import StandIn, equal


def ends(stand):
    """SIGTERM ends it with exit code 0"""
    equal(stand.stop(), 0)


def main():
    passed = failed = 0
    stand = StandIn("--log-delay", "0.5", "--restore-delay", "1.5", "--day", "2")
    try:
        stand.s3.create_bucket(Bucket="data")
        stand.s3.create_bucket(Bucket="logs")
        # In this order: later ones use what earlier ones have put.
        for check in objects.CHECKS + telling.CHECKS + strictness.CHECKS + [ends]:
            try:
                check(stand)
                passed += 1
            except Exception as error:
                failed += 1
                file = check.__code__.co_filename
                line = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file][-1]
                print(f"FAILED {check.__doc__}: line {line}: {type(error).__name__}: {' '.join(str(error).split())}", flush=True)
    finally:
        if stand.process.poll() is None:
            stand.stop()
    print(f"s3 stand-in: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
