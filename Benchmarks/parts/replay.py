"""The whole log to one reader: over a WebSocket and as an export, beside the bare bytes of the segments over the same
loopback."""
import http.client
import json
import pathlib
import socket
import subprocess
import threading
import time

from . import fanout, tools


def cat(files):
    """Bytes a second of the files through a socket, read and written in pieces of 256 KiB."""
    listener = socket.create_server(("127.0.0.1", 0))

    def give():
        other, _ = listener.accept()
        with other:
            for path in files:
                with open(path, "rb") as file:
                    while piece := file.read(256 << 10):
                        other.sendall(piece)

    giver = threading.Thread(target=give, daemon=True)
    giver.start()
    buffer, total, begin = bytearray(1 << 20), 0, time.monotonic()
    with socket.create_connection(listener.getsockname()) as taker:
        while count := taker.recv_into(buffer):
            total += count
    seconds = time.monotonic() - begin
    giver.join()
    listener.close()
    return total, seconds


def discard(port, form):
    """Bytes and seconds of an export to a reader that looks at none of them, as that of `cat` does."""
    buffer, total = bytearray(1 << 20), 0
    with socket.create_connection(("127.0.0.1", port)) as taker:
        begin = time.monotonic()
        taker.sendall(f"GET /api/stream/export?format={form} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        while count := taker.recv_into(buffer):
            total += count
        return total, time.monotonic() - begin


def export(port, form):
    """Lines and bytes of an export, read as HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", f"/api/stream/export?format={form}")
    answer = connection.getresponse()
    buffer, total, lines = bytearray(1 << 20), 0, 0
    view = memoryview(buffer)
    while count := answer.readinto(buffer):
        total += count
        lines += bytes(view[:count]).count(b"\n")
    return lines, total


def replay(peer, context, events, query):
    process = subprocess.Popen([tools.client(context, "fanout"), *peer.words(), "--clients", "1", "--hold", "--query", "?from=earliest" + query],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(f"until {events - 1}\n")
    process.stdin.flush()
    if not process.stdout.readline().startswith("ready"):
        raise RuntimeError("the reader could not connect")
    result = json.loads(process.stdout.readline())
    process.wait(60)
    return result["delivered"], result["bytes"], result["slowest_s"], result["wrong"] == result["incomplete"] == 0


def run(context):
    seconds = 1 if context.quick else 8
    with fanout.started("CloudFlux", context) as peer:
        words = ["--as", "flux", "--port", peer.port, "--connections", 1, "--batch", 1000, "--seconds", seconds, "--warm", 0]
        done = subprocess.run([tools.client(context, "pour"), *map(str, words)], stdout=subprocess.PIPE, check=True, text=True)
        events = json.loads(done.stdout)["answered"]
        segments = sorted(pathlib.Path(peer.server.data).glob("log/events-0/*.log"))
        found = {"cat": [], "ws": [], "filtered": [], "ndjson": [], "csv": [], "cloudevents": []}
        for _ in range(1 if context.quick else 5):
            total, took = cat(segments)
            found["cat"].append((events, total, took, True))
            found["ws"].append(replay(peer, context, events, ""))
            # All pass, and each is looked at: in its headers, and in its data.
            found["filtered"].append(replay(peer, context, events, "&filter=-type%3Anone.such%20-data.none%3Ax"))
            for form in ("ndjson", "csv", "cloudevents"):
                # One that is counted, and one that is timed: it must bring the same, and the lengths of its chunks.
                lines, total = export(peer.port, form)
                whole, took = discard(peer.port, form)
                found[form].append((events, total, took, lines == events + (form == "csv") and 0 < whole - total < total / 100))
    names = {"cat": "`cat` of the segments", "ws": "WebSocket, `from=earliest`", "filtered": "the same with a filter that asks for the type and for something in `data`", "ndjson": "export, NDJSON", "csv": "export, CSV", "cloudevents": "export, CloudEvents"}
    rows = []
    for key, name in names.items():
        mine = found[key]
        rate = tools.median([count / took for count, _, took, _ in mine])
        speed = tools.median([total / took for _, total, took, _ in mine])
        share = tools.median([(total / took) / (bare[1] / bare[2]) for (_, total, took, _), bare in zip(mine, found["cat"])])
        sound = all(good for *_, good in mine)
        judged = key in ("ws", "ndjson")
        rows.append([name, tools.number(rate) if sound else "no result", tools.number(speed / 1e6), "" if key == "cat" else f"{share:.0%}",
                     tools.reached(sound and rate > 300_000 and share >= 0.5) if judged else ""])
    yield tools.Table(
        f"The whole log of {events:,} events to one reader", ["how", "events/s", "MB/s", "of `cat`, in bytes", "> 300,000/s, ≥ 50 %"], rows,
        "Files in the page cache; server and reader on the same two cores. The WebSocket's reader checks that it is given each event once and in order. An export is read "
        "twice: once its lines are counted; once it is timed to a reader that throws it away, as that of `cat` does, and must bring as many bytes.")
