#!/usr/bin/env python3
"""Judges the S3 store from outside: a real server, a stand-in that checks every signature, and the official SDK as the
user who puts, changes and deletes.

SEED=N, CASE=part of a case's name, PATIENCE=seconds (default 60).
"""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "lib")]
from flux import BINARY, Suite  # noqa: E402

import cases.changes  # noqa: E402, F401
import cases.cloudtrail  # noqa: E402, F401
import cases.notifications  # noqa: E402, F401
import cases.offline  # noqa: E402, F401
import cases.reads  # noqa: E402, F401
import cases.troubles  # noqa: E402, F401
from case import CASES  # noqa: E402
from standin import StandIn  # noqa: E402
from world import SEED  # noqa: E402


def main():
    if not os.path.exists(BINARY):
        sys.exit(f"{BINARY} is not there; build it (make build) or set CLOUDFLUX.")
    suite = Suite("s3")
    suite.seed = SEED
    edge = StandIn()
    try:
        for one in CASES:
            suite.case(one, edge)
    finally:
        edge.stop()
    suite.end()


if __name__ == "__main__":
    main()
