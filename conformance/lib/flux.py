"""What the suites share: a server that is started, asked, killed and stopped, and the count of what passed."""
import http.client
import json
import os
import pathlib
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CLOUDFLUX", str(ROOT / ".build/debug/cloudflux"))
START_SECONDS = 180


class Server:
    """One cloudflux process on a data folder. `base` is its address once `start` has returned."""

    def __init__(self, data, *options, auth="none", wrapper=(), stderr=None, accounts=False, binary=BINARY):
        self.data, self.options, self.auth, self.wrapper = str(data), list(options), auth, list(wrapper)
        self.binary = str(binary)
        self.process = self.port = self.welcome = None
        self.stderr_path = stderr
        # Whether somebody may sign in already: then no link is printed.
        self.accounts = accounts

    def start(self):
        command = self.wrapper + [self.binary, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--auth", self.auth]
        self.errors = open(self.stderr_path or os.devnull, "ab")
        self.process = subprocess.Popen(command + self.options, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._pump, args=(self.process.stdout, self.lines), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        self.port = None
        while self.port is None:
            try:
                line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise AssertionError(f"the server said nothing within {START_SECONDS} s")
            if line is None:
                raise AssertionError(f"the server ended with {self.process.wait()} instead of serving")
            if line.startswith("listening on "):
                self.port = urllib.parse.urlsplit(line.split()[-1]).port
        if self.auth != "none" and not self.accounts:
            self.welcome = self.line("sign in: ").split("#", 1)[1]
        return self

    @staticmethod
    def _pump(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def line(self, prefix, seconds=90):
        """The next line of standard output that starts so."""
        deadline = time.monotonic() + seconds
        while True:
            line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line is None:
                raise AssertionError(f"standard output ended before “{prefix}”")
            if line.startswith(prefix):
                return line

    def request(self, method, path, body=None, headers=None, timeout=60):
        """(status, headers, bytes) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            head = dict(headers or {})
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                head.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, headers=None, status=200):
        got, _, text = self.request(method, path, body, headers)
        assert got == status, f"{method} {path}: {got} instead of {status}: {text[:400]!r}"
        return json.loads(text) if text else None

    def metrics(self):
        """What /metrics says: name with labels -> value."""
        text = self.request("GET", "/metrics")[2].decode()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")}

    def descriptors(self):
        """How many files and sockets the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def export(self, query=""):
        """Every event of the log, in order; lines that tell of a gap are left out."""
        _, _, text = self.request("GET", "/api/stream/export?format=ndjson" + query, timeout=300)
        lines = [json.loads(line) for line in text.splitlines() if line]
        return [line for line in lines if line.get("type") != "gap" or "id" in line]

    def stop(self, number=signal.SIGTERM, seconds=120):
        """Sends a signal and returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process, self.errors = None, self.errors.close()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()
            self.errors.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()


class Suite:
    """Runs the functions it is given as cases; each failure is told with its seed."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0
        self.seed = int(os.environ.get("SEED", random.randrange(1 << 32)))

    def case(self, function, *arguments):
        label = (function.__doc__ or function.__name__).strip().splitlines()[0]
        only = os.environ.get("CASE")
        if only and only not in function.__name__:
            return
        started = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="cloudflux-") as scratch:
                function(pathlib.Path(scratch), *arguments)
        except Skip as reason:
            self.skipped += 1
            print(f"  skipped  {label}: {reason}", flush=True)
        except Exception:
            self.failed += 1
            print(f"  FAILED   {label} (SEED={self.seed})\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"  passed   {label} ({time.monotonic() - started:.1f} s)", flush=True)

    def end(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.name}: {self.passed} passed, {self.failed} failed{skipped}", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


class Skip(Exception):
    """What this machine does not allow, in words."""


def wait_for(condition, what, seconds=120):
    """Waits until a condition holds, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
