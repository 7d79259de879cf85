"""A CloudFlux server under test, and the few helpers that every suite here shares."""

import asyncio
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

BINARY = os.environ.get("CLOUDFLUX", ".build/debug/cloudflux")


class Server:
    """One server on a free port of 127.0.0.1, with a data folder of its own."""

    def __init__(self, *options, auth="none"):
        self.folder = tempfile.mkdtemp(prefix="cloudflux-live-")
        self.data = os.path.join(self.folder, "data")
        self.options = list(options)
        self.auth = auth
        self.process = None
        self.port = None
        self.lines = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, port=0):
        command = [BINARY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{port}", "--auth", self.auth]
        log = open(os.path.join(self.folder, "stderr.log"), "ab")
        self.process = subprocess.Popen(command + self.options, stdout=subprocess.PIPE, stderr=log, text=True)
        deadline = time.monotonic() + 120
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(r"listening on https?://[^:]+:(\d+)", line)
            if found:
                self.port = int(found[1])
                break
            if time.monotonic() > deadline:
                break
        if self.port is None or self.process.poll() is not None:
            raise RuntimeError("the server did not start:\n" + "".join(self.lines) + self.errors())
        threading.Thread(target=lambda out: [None for _ in out], args=(self.process.stdout,), daemon=True).start()

    def errors(self):
        return pathlib.Path(self.folder, "stderr.log").read_text(errors="replace")[-4000:]

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

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

    def request(self, method, path, body=None, headers=None):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def post(self, events, headers=None):
        """Appends events and returns the offsets; they are on disk."""
        status, _, body = self.request("POST", "/api/stream/events", events, headers)
        assert status == 202, f"POST answered {status}: {body[:400]}"
        return [one["offset"] for one in json.loads(body)["events"]]

    def ws(self, **query):
        return f"ws://127.0.0.1:{self.port}/ws/stream" + (("?" + urllib.parse.urlencode(query)) if query else "")


def event(number, type="cloud.upload", padding=0, **data):
    body = {"file_name": f"file-{number}.txt", "provider": "file", "bucket": "/srv", "operation": "write",
            "size_bytes": 100 + number, **data}
    if padding:
        body["details"] = {"n": number, "padding": "x" * padding}
    else:
        body["details"] = {"n": number}
    return {"type": type, "data": body}


def number(event):
    return event["data"]["details"]["n"]


class Suite:
    """Runs cases one after another, each with a limit, and says how it went."""

    def __init__(self, name):
        self.name = name
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def main(self):
        wanted = sys.argv[1:]
        failed, passed, skipped = [], 0, []
        for function in self.cases:
            title = function.__name__.replace("_", " ")
            if wanted and not any(word in function.__name__ for word in wanted):
                continue
            try:
                if asyncio.iscoroutinefunction(function):
                    asyncio.run(asyncio.wait_for(function(), 300))
                else:
                    function()
                passed += 1
                print(f"  ok    {title}", flush=True)
            except Skip as why:
                skipped.append(title)
                print(f"  SKIP  {title}: {why}", flush=True)
            except BaseException as error:  # a case that fails must not hide the others
                if isinstance(error, KeyboardInterrupt):
                    raise
                failed.append(title)
                print(f"  FAIL  {title}: {type(error).__name__}: {error}", flush=True)
                traceback.print_exc()
        print(f"{self.name}: {passed} passed, {len(failed)} failed, {len(skipped)} skipped", flush=True)
        sys.exit(1 if failed or not passed else 0)


class Skip(Exception):
    """A case that cannot be run here; said aloud, never silent."""
