"""A file is touched, and its event is at a WebSocket client. Beside it, the least that any server must do."""
import subprocess
import urllib.parse

import flux

from . import tools


def run(context):
    rounds = 30 if context.quick else 500
    folder, bare = context.scratch / "touched", context.scratch / "bare"
    folder.mkdir()
    bare.mkdir()
    with flux.Server(context.scratch / "touch-data", "--store", "file://" + urllib.parse.quote(str(folder))) as server:
        flux.wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "watching", "the folder is watched")
        done = subprocess.run(
            [tools.client(context, "touch"), str(server.port), folder, bare, str(rounds)], stdout=subprocess.PIPE, check=True, text=True)
        server.stop()
    times = {"new": [], "again": [], "bare": []}
    lost = 0
    for line in done.stdout.splitlines():
        what, took = line.split()
        if float(took) < 0:
            lost += 1
        else:
            times[what].append(float(took) / 1000)
    names = {"new": "a new file → WebSocket", "again": "a known file written again → WebSocket", "bare": "bare C: inotify, write, fdatasync, send"}
    floor = tools.median(times["bare"])
    rows = []
    for what, name in names.items():
        p50, p99 = tools.median(times[what]), tools.quantile(times[what], 0.99)
        rows.append([name, len(times[what]), f"{p50:.2f}", f"{tools.quantile(times[what], 0.9):.2f}", f"{p99:.2f}", f"{max(times[what]):.2f}",
                     f"{p50 / floor:.1f}x", "" if what == "bare" else tools.reached(p99 < 20 and p50 <= 3 * floor)])
    return [tools.Table(
        "File touched → event at a WebSocket client (ms)", ["what", "touches", "p50", "p90", "p99", "max", "median to bare", "p99 < 20 ms and ≤ 3x"], rows,
        f"Interleaved, one clock, from before `open()` to after the frame was read; {lost} events did not come within 5 s.")]
