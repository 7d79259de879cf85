"""What the parts share: tables, medians, small programs, a server's memory, a client that posts."""
import dataclasses
import http.client
import json
import os
import pathlib
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parent


class NotMeasured(Exception):
    """What is missing here, in words."""


@dataclasses.dataclass
class Context:
    scratch: pathlib.Path
    quick: bool
    events: int


@dataclasses.dataclass
class Table:
    title: str
    columns: list
    rows: list
    notes: str = ""


class Output:
    """Tables on the terminal; with a path also as a Markdown section at the end of that file."""

    def __init__(self, path):
        self.path, self.lines = path, []

    def _say(self, line):
        print(line, flush=True)
        self.lines.append(line)

    def heading(self, text):
        self._say(f"## {text}")

    def text(self, text):
        self._say("")
        self._say(text)

    def table(self, table):
        self.text(f"**{table.title}**")
        self._say("")
        rows = [[str(cell) for cell in row] for row in [table.columns, *table.rows]]
        widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
        for number, row in enumerate(rows):
            self._say("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
            if number == 0:
                self._say("|" + "|".join("-" * (width + 2) for width in widths) + "|")
        if table.notes:
            self.text(table.notes)

    def end(self):
        if self.path:
            with open(self.path, "a") as file:
                file.write("\n" + "\n".join(self.lines) + "\n")


def quantile(values, share):
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1))]


def median(values):
    return quantile(values, 0.5)


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def reached(good):
    return "yes" if good else "**no**"


def client(context, name):
    """A small C program of `clients/`, compiled for this run."""
    made = context.scratch / name
    if not made.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", made, HERE / "clients" / f"{name}.c"], check=True)
    return str(made)


def bench():
    """The in-process benchmark, built where FLUX_BENCH names none."""
    given = os.environ.get("FLUX_BENCH")
    if given:
        return given
    build = ["swift", "build", "-c", "release", "--package-path", str(HERE), "--scratch-path", str(HERE / ".build"), "--product", "flux-bench"]
    if not getattr(bench, "built", False):
        done = subprocess.run(build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise RuntimeError("flux-bench does not build:\n" + done.stdout[-3000:])
        bench.built = True
    return str(HERE / ".build/release/flux-bench")


def bench_lines(*words):
    """The JSON lines that flux-bench prints."""
    done = subprocess.run([bench(), *map(str, words)], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def resident(pid):
    """Resident memory in bytes."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


class Sampler:
    """The highest resident memory of a process while the block runs."""

    def __init__(self, pid):
        self.pid, self.highest, self.done = pid, 0, threading.Event()

    def _watch(self):
        while not self.done.wait(0.05):
            self.highest = max(self.highest, resident(self.pid))

    def __enter__(self):
        self.highest = resident(self.pid)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        if os.path.exists(f"/proc/{self.pid}"):
            self.highest = max(self.highest, resident(self.pid))


# 150 bytes of `data`, about 480 bytes on the wire.
_DATA = '{"file_name":"reports/2026/report-%07d.pdf","provider":"file","bucket":"/srv/reports","operation":"create","size_bytes":123456,"note":"%s"}'
DATA = [(_DATA % (i, "n" * (150 - len(_DATA % (i, ""))))) for i in range(5000)]
assert all(len(data) == 150 for data in DATA)


def body(first, count):
    """An array of events of a foreign type: the log and the streams carry them, the catalogue has nothing to fold."""
    return ("[" + ",".join('{"type":"com.example.bench","data":%s}' % DATA[(first + i) % len(DATA)] for i in range(count)) + "]").encode()


class Poster:
    """One connection that posts events, one request after the other."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, content):
        self.connection.request("POST", "/api/stream/events", content, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"POST answered {answer.status}: {text[:300]!r}")
        return text

    def close(self):
        self.connection.close()


def post_many(port, events, batch=2000, connections=2):
    """Posts so many events over a few connections; returns the seconds it took."""
    requests, rest = divmod(events, batch)
    bodies = [body(i * batch, batch) for i in range(2)]
    left, lock, errors = [requests], threading.Lock(), []

    def work():
        poster = Poster(port)
        try:
            while True:
                with lock:
                    if left[0] == 0:
                        return
                    left[0] -= 1
                    turn = left[0]
                poster.post(bodies[turn % 2])
        except Exception as error:
            errors.append(error)
        finally:
            poster.close()

    begin = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    if rest:
        Poster(port).post(body(0, rest))
    return time.monotonic() - begin
