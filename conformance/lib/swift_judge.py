"""Asking a Swift test many questions at once: what a judge of a pure part of ours has in common with the others."""
import argparse
import json
import os
import pathlib
import random
import shlex
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Judge:
    """`name` is told with the result. SEED=N repeats a run; `size` names the variable that says how many questions there are."""

    def __init__(self, name, doc, size, standard):
        options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        options.add_argument("--package-path", default=str(ROOT))
        options.add_argument("--swift-test", default="swift test --skip-build")
        self.name, self.options = name, options.parse_args()
        self.seed, self.count = int(os.environ.get("SEED", random.randrange(1 << 32))), int(os.environ.get(size, standard))

    def ask(self, test, variable, lines, environment=None):
        """What the Swift test answers, a JSON value a line of bytes."""
        with tempfile.TemporaryDirectory() as folder:
            given, answered = pathlib.Path(folder) / "in", pathlib.Path(folder) / "out"
            given.write_bytes(b"".join(line + b"\n" for line in lines))
            done = subprocess.run(
                shlex.split(self.options.swift_test) + ["--package-path", self.options.package_path, "--filter", test],
                env={**os.environ, f"{variable}_IN": str(given), f"{variable}_OUT": str(answered), **(environment or {})}, capture_output=True, text=True)
            if done.returncode != 0 or not answered.exists():
                print(done.stdout + done.stderr)
                raise SystemExit(f"{self.name}: FAILED: the Swift test {test} answered nothing")
            return [json.loads(line) for line in answered.read_text().splitlines()]

    def verdict(self, cases, answers, wrong, more=""):
        """Prints what `wrong(case, answer)` says of the first five, and the count; the exit code."""
        complaints = [found for case, answer in zip(cases, answers) if (found := wrong(case, answer))]
        for found in complaints[:5]:
            print(f"FAILED: {found}")
        failed = len(complaints) + abs(len(answers) - len(cases))
        print(f"{self.name}: {len(cases) - failed} passed, {failed} failed (SEED={self.seed}{more})")
        return 1 if failed else 0
