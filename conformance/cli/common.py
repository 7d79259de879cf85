"""What the cases of the command line share."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from flux import BINARY  # noqa: E402


def run(*arguments, code=0, stdin=None, env=None, cwd=None, wrapper=(), user=None):
    """One command: its exit code is checked, its output returned. `user`: as that person, where root runs the suite.
    Settings of whoever runs the suite are left out."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDFLUX")}
    done = subprocess.run([*wrapper, BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120,
                          cwd=cwd, user=user, env={**around, **(env or {})})
    assert done.returncode == code, f"{arguments}: exit {done.returncode} instead of {code}\n{done.stdout}\n{done.stderr}"
    return done


def refused(*arguments, code=2, says=(), **more):
    """A refusal: nothing on standard output, one sentence with our name on standard error. Log lines may stand before it."""
    done = run(*arguments, code=code, stdin=more.pop("stdin", ""), **more)
    lines = [line for line in done.stderr.splitlines() if line]
    assert not done.stdout and lines and lines[-1].startswith("cloudflux: "), (arguments, done.stdout, done.stderr)
    assert sum(line.startswith("cloudflux: ") for line in lines) == 1, (arguments, done.stderr)
    for word in (says,) if isinstance(says, str) else says:
        assert word in lines[-1], (arguments, word, lines[-1])
    return lines[-1]


def post(server, *events):
    return server.json("POST", "/api/stream/events", list(events), status=202)
