"""What the suites here share beside conformance/lib: a server with a folder of its own, events, and a run of cases."""

import asyncio
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import traceback
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import flux  # noqa: E402
from flux import BINARY, Skip  # noqa: E402, F401


class Server(flux.Server):
    """One server on a free port of 127.0.0.1, with a data folder of its own that goes with it."""

    def __init__(self, *options, auth="none"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloudflux-live-"))
        super().__init__(self.folder / "data", *options, auth=auth, stderr=str(self.folder / "stderr.log"))

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            print((self.folder / "stderr.log").read_text(errors="replace")[-4000:], file=sys.stderr)
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def terminate(self):
        self.process.terminate()

    def memory(self):
        """Resident bytes."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def command(self, *arguments):
        done = subprocess.run([BINARY, *arguments, "--data", self.data], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments} exited {done.returncode}: {done.stderr}")
        return done.stdout

    def post(self, events, headers=None):
        """Appends events and returns the offsets; they are on disk."""
        return [one["offset"] for one in self.json("POST", "/api/stream/events", events, headers, 202)["events"]]

    def ws(self, **query):
        return f"ws://127.0.0.1:{self.port}/ws/stream" + (("?" + urllib.parse.urlencode(query)) if query else "")


def event(number, type="cloud.upload", padding=0, **data):
    body = {"file_name": f"file-{number}.txt", "provider": "file", "bucket": "/srv", "operation": "write",
            "size_bytes": 100 + number, **data}
    body["details"] = {"n": number, "padding": "x" * padding} if padding else {"n": number}
    return {"type": type, "data": body}


def number(event):
    return event["data"]["details"]["n"]


CASES = []
CASE_SECONDS = float(os.environ.get("CASE_SECONDS", "300"))


def case(function):
    """Marks a case; those that are coroutines run in a loop of their own."""
    CASES.append(function)
    return function


def main(name):
    """Runs the cases one after another, each with a limit; words on the command line choose among them."""
    wanted, passed, failed, skipped = sys.argv[1:], 0, 0, 0
    for function in CASES:
        title = function.__name__.replace("_", " ")
        if wanted and not any(word in function.__name__ for word in wanted):
            continue
        try:
            if asyncio.iscoroutinefunction(function):
                asyncio.run(asyncio.wait_for(function(), CASE_SECONDS))
            else:
                function()
            passed += 1
            print(f"  ok    {title}", flush=True)
        except Skip as why:
            skipped += 1
            print(f"  SKIP  {title}: {why}", flush=True)
        except Exception as error:  # a case that fails must not hide the others
            failed += 1
            print(f"  FAIL  {title}: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc()
    print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    sys.exit(1 if failed or not passed else 0)
