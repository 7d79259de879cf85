"""From exec to “listening on”, with many events in the log."""
import os
import signal
import threading
import time

import flux

from . import million, tools


def begin(server):
    before = time.monotonic()
    server.start()
    return time.monotonic() - before


def folded(server):
    return server.json("GET", "/api/objects?limit=1")["as_of"]["lag_events"] == 0


def answer_seconds(server):
    before = time.monotonic()
    server.json("GET", "/api/stream/events?limit=50")
    return time.monotonic() - before


def killed_in_a_storm(server):
    """Two clients post; the server is killed between their answers."""
    content, posted = tools.body(0, 200), threading.Event()

    def work():
        poster = tools.Poster(server.port)
        try:
            for _ in range(1000):
                poster.post(content)
                posted.set()
        except Exception:
            pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    posted.wait(20)
    time.sleep(0.3)
    os.kill(server.process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    server.kill()


def run(context):
    rounds = 1 if context.quick else 3
    data = million.folder(context)
    server = flux.Server(data)
    server.start()
    flux.wait_for(lambda: folded(server), "the catalogue is at the head", 600)
    server.stop()
    times = {}
    for _ in range(rounds):
        for cold in (False, True):
            for ended in ("a clean stop", "kill -9 in a storm of writes"):
                server.start()
                flux.wait_for(lambda: folded(server), "the catalogue is at the head", 600)
                if ended == "a clean stop":
                    server.stop()
                else:
                    killed_in_a_storm(server)
                if cold:
                    million.drop_cache(data)
                took = begin(server)
                first = answer_seconds(server)
                times.setdefault((ended, cold), []).append((took, first))
                flux.wait_for(lambda: folded(server), "the catalogue is at the head", 600)
                memory = tools.resident(server.process.pid)
                server.stop()
    rows = []
    for (ended, cold), found in sorted(times.items()):
        limit = 1 if ended == "a clean stop" else 3
        took = [a for a, _ in found]
        rows.append([ended, "cold" if cold else "warm", f"{tools.median(took):.2f}", f"{max(took):.2f}", f"{tools.median([b for _, b in found]) * 1000:.0f}",
                     f"< {limit} s", tools.reached(max(took) < limit)])
    empty = []
    for i in range(rounds):
        with flux.Server(context.scratch / f"empty-{i}") as fresh:
            fresh.stop()
        other = flux.Server(context.scratch / f"empty-{i}")
        empty.append(begin(other))
        other.stop()
    rows.append(["(an empty log)", "warm", f"{tools.median(empty):.2f}", f"{max(empty):.2f}", "", "the floor", ""])
    return [tools.Table(
        f"Start with {tools.number(context.events)} events in the log (s)",
        ["after", "page cache", "exec → “listening on”, median", "slowest", "then the newest 50 events (ms)", "reach", "reached"], rows,
        f"{rounds} rounds, interleaved. Cold: the data folder's files were taken out of the page cache first. Resident memory afterwards, with the catalogue at the head and its search index: {memory / 1e6:.0f} MB.")]
