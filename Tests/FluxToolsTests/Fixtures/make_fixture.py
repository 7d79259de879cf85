#!/usr/bin/env python3
"""Makes a small data folder as one version of cloudflux really writes it, for the tests of later versions.

    make_fixture.py CLOUDFLUX NAME            # writes NAME.tar.gz beside this file, and with kill -9 NAME-killed.tar.gz

CLOUDFLUX is a binary of the time that is to be kept. In the archive lie `data`, the folder, and `expected.json`, what was
seen through the server before it ended. Two people, a token, a store whose folder is gone since, simulated events, several
segments, a beginning that retention has removed, a snapshot; the killed one has a torn end of its log besides.
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
PASSWORDS = {"ada": "a long sentence of ada", "grace": "a long sentence of grace"}


class Server:
    def __init__(self, binary, data, token):
        self.token = token
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data", data, "--segment-bytes", "1MiB",
             "--retention-bytes", "4MiB"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.base = line.split()[-1]
                return
        raise SystemExit("the server did not start")

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, json.dumps(body).encode() if body is not None else None, method=method,
            headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def json(self, *request):
        return json.loads(self.ask(*request))

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(60)


def until(condition, what):
    deadline = time.monotonic() + 90
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("not within 90 s: " + what)
        time.sleep(0.1)


def make(binary, name, number):
    with tempfile.TemporaryDirectory() as scratch:
        data, files = f"{scratch}/data", pathlib.Path(scratch) / "files"
        files.mkdir()
        for n in range(20):
            (files / f"report-{n:02}.txt").write_text("x" * (100 + n))

        def command(*arguments, stdin=None):
            return subprocess.run([binary, *arguments, "--data", data], input=stdin, check=True, capture_output=True,
                                  text=True).stdout

        for person, scope in (("ada", "admin"), ("grace", "read")):
            command("user", "add", person, "--scope", scope, stdin=PASSWORDS[person] + "\n")
        token = json.loads(command("token", "create", "feeder", "--scope", "admin", "--json"))["token"]
        server = Server(binary, data, token)
        server.json("POST", "/api/stores", {"url": f"file://{files}"})
        objects = lambda query: server.json("GET", "/api/objects?limit=100" + query)["objects"]
        until(lambda: len(objects("")) == 20, "20 objects")
        (files / "report-00.txt").unlink()
        (files / "report-01.txt").rename(files / "moved.txt")
        (files / "report-02.txt").write_text("y" * 5000)
        types = ("test.one", "test.two", "com.github.push")
        for n in range(80):
            server.json("POST", "/api/stream/events", [
                {"id": f"fixture-{n}", "type": types[n % 3], "source": "/fixture", "correlation_id": f"c{n % 5}",
                 "data": {"n": n, "text": "Zürich \u2603", "fill": "z" * 100_000}}])
        server.json("POST", "/api/stream/simulate", {"objects": 3, "speed": 60, "seed": 1})
        until(lambda: server.json("GET", "/api/stream/stats")["simulated_events"] > 5, "simulated events")
        first = lambda: server.json("GET", "/api/stream/events?order=asc&limit=1")["events"][0]["offset"]
        until(lambda: first() > 40, "retention has removed the beginning")
        until(lambda: len(objects("&q=moved.txt")) == 1, "the renamed file")
        until(lambda: server.json("GET", "/readyz")["catalogue"]["lag_events"] == 0, "the catalogue follows")
        page = server.json("GET", "/api/stream/events?order=asc&limit=7")
        lines = [line for line in server.ask("GET", "/api/stream/export?format=ndjson").splitlines() if line]
        stats = server.json("GET", "/api/stream/stats")
        expected = {
            "passwords": PASSWORDS, "token": token,
            "events": [dict(id=e["id"], offset=e["offset"], sha256=hashlib.sha256(line).hexdigest())
                       for e, line in ((json.loads(line), line) for line in lines) if "offset" in e],
            "cursor": {"text": page["next_cursor"], "next_offset": page["events"][-1]["offset"] + 1},
            "objects": objects("") + objects("&deleted=1"),
            "stats": {key: stats[key] for key in (
                "total_events_produced", "simulated_events", "events_in_history", "event_type_distribution")},
        }
        server.end(number)
        if number == signal.SIGKILL:
            segment = sorted(pathlib.Path(data, "log/events-0").glob("*.log"))[-1]
            used = segment.read_bytes().rstrip(b"\0")
            segment.write_bytes(used + segment.read_bytes()[:700])
        left = sorted(str(p.relative_to(data)) for p in pathlib.Path(data).rglob("*"))
        assert any(p.startswith("snapshots/catalog-") for p in left), left
        assert sum(p.startswith("log/events-0/") and p.endswith(".log") for p in left) > 2, left
        pathlib.Path(scratch, "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False))
        with tarfile.open(HERE / f"{name}.tar.gz", "w:gz") as archive:
            archive.add(data, "data")
            archive.add(f"{scratch}/expected.json", "expected.json")
        print(name, "bytes:", os.path.getsize(HERE / f"{name}.tar.gz"), "files:", len(left))


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], signal.SIGTERM)
    make(sys.argv[1], sys.argv[2] + "-killed", signal.SIGKILL)
