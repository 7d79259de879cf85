"""Runs the cases of this suite; see `run`."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from flux import Suite  # noqa: E402

import alerts  # noqa: E402
import container  # noqa: E402
import debian  # noqa: E402
import tarball  # noqa: E402
import unit  # noqa: E402

suite = Suite("package")
try:
    for part in (tarball, unit, alerts, container, debian):
        for case in part.CASES:
            suite.case(case)
finally:
    debian.close()
suite.end()
