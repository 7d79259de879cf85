"""One event to many readers, beside what people would pick instead: the very same bytes, sent over the same loopback by the
same client, which checks that every reader is given each event once and in order."""
import json
import re
import subprocess
import time

import flux

from . import peers, tools

PACED = ["NATS 2.9", "NATS 2.14", "nchan", "FastAPI", "picows", "socketify"]


class Ours:
    """CloudFlux as a peer."""

    name, client = "CloudFlux", "flux"

    def __init__(self, server):
        self.server, self.port, self.publish_port = server, server.port, server.port
        self.pids = [server.process.pid]

    words = peers.Peer.words


def started(name, context):
    """A context manager that gives the peer of that name."""
    if name != "CloudFlux":
        return peers.running(name, context.scratch)
    return OurServer(context)


class OurServer:
    number = 0

    def __init__(self, context):
        OurServer.number += 1
        self.server = flux.Server(context.scratch / f"fanout-data-{OurServer.number}")

    def __enter__(self):
        return Ours(self.server.start())

    def __exit__(self, *_):
        self.server.stop()


def read(peer, context, *words):
    """One run of the client against a peer. What it lost or repeated makes it no result."""
    before = peers.cpu_seconds(peer.pids)
    done = subprocess.run([tools.client(context, "fanout"), *peer.words(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{peer.name}: {done.stderr.strip()[-300:]}")
    result = json.loads(done.stdout)
    result["cpu"] = peers.cpu_seconds(peer.pids) - before
    result["sound"] = result["wrong"] == result["incomplete"] == result["closed"] == 0
    return result


def rounds(names, context, count, *words):
    """Rounds of all peers in turn. A peer that cannot be had here is left out, with the reason."""
    results, reasons = {name: [] for name in names}, {}
    for _ in range(count):
        for name in [name for name in names if name not in reasons]:
            try:
                with started(name, context) as peer:
                    results[name].append(read(peer, context, *words))
            except tools.NotMeasured as reason:
                reasons[name] = str(reason)
    return results, reasons


def told(reasons):
    return "".join(f" {name} is not measured: {reason}." for name, reason in reasons.items())


def value(results, key):
    return tools.median([result[key] for result in results])


def broadcast(context, clients, names, wanted):
    """Everything as fast as it is taken. A bounded number of events is on its way, the same for all."""
    window = min(1000, 1_000_000 // clients)
    words = ["--clients", clients, "--window", window, "--batch", min(100, max(1, window // 10)), "--seconds", 1 if context.quick else 4]
    results, reasons = rounds(names, context, 1 if context.quick else 3, *words)
    rows = []
    for name in [name for name in names if results[name]]:
        mine = results[name]
        rate = value(mine, "rate")
        ratio = tools.median([ours["rate"] / other["rate"] if other["rate"] else float("inf") for ours, other in zip(results["CloudFlux"], mine)])
        sound = all(result["sound"] for result in mine)
        delivered = value(mine, "delivered")
        goal = wanted.get(name)
        good = sound and (ratio >= goal if goal else True) and (rate >= 1e6 or clients != 1000 if name == "CloudFlux" else True)
        if name == "CloudFlux" and clients == 10_000:
            good = good and value(mine, "max_ms") <= 1000
        rows.append([name, tools.number(rate) if sound else "no result", f"{value(mine, 'p50_ms'):.0f}", f"{max(result['max_ms'] for result in mine):.0f}",
                     f"{1e6 * value(mine, 'cpu') / delivered:.2f}", f"{500 * delivered / max(1, value(mine, 'reads')) / 500:.0f}",
                     "" if name == "CloudFlux" else f"{ratio:.1f}x" + (f" (≥ {goal})" if goal else ""), tools.reached(good) if goal or name == "CloudFlux" else ""])
    return tools.Table(
        f"Broadcast to {clients:,} clients, as fast as it goes",
        ["server", "deliveries/s", "delay p50 (ms)", "longest (ms)", "CPU s a million", "events a read", "CloudFlux is", "reached"], rows,
        f"At most {window} events are on their way, {words[5]} in a request; the delays are mostly the wait in that queue. Medians of interleaved rounds; the longest "
        "delay is that of all of them. CloudFlux has every event on disk before it delivers it; the others keep it in memory." + told(reasons))


def paced(context):
    """200 events a second to 100 clients: what an ordinary day asks for."""
    names = ["CloudFlux", *PACED]
    results, reasons = rounds(names, context, 1 if context.quick else 3, "--clients", 100, "--rate", 200, "--seconds", 2 if context.quick else 6)
    ours = value(results["CloudFlux"], "cpu")
    rows = []
    for name in [name for name in names if results[name]]:
        mine = results[name]
        cpu, p99 = value(mine, "cpu"), value(mine, "p99_ms")
        sound = all(result["sound"] for result in mine)
        rows.append([name, f"{value(mine, 'p50_ms'):.1f}" if sound else "no result", f"{p99:.1f}", f"{max(r['max_ms'] for r in mine):.0f}", f"{cpu:.2f}",
                     tools.reached(sound and p99 < 50) if name == "CloudFlux" else tools.reached(ours < cpu)])
    return tools.Table(
        "100 clients, 200 events a second", ["server", "delay p50 (ms)", "p99 (ms)", "longest (ms)", "CPU s a run", "p99 < 50 ms; CPU below this one's"], rows,
        "The delay is counted from when the client meant to publish the event. CPU is all that the server used from start to end of a run of 7 s." + told(reasons))


def filtered(context):
    results, _ = rounds(["CloudFlux"], context, 1 if context.quick else 3, "--clients", 1000, "--filters", "--rate", 200, "--seconds", 2 if context.quick else 6)
    mine = results["CloudFlux"]
    p99 = value(mine, "p99_ms")
    good = all(result["sound"] for result in mine) and p99 < 100
    return tools.Table(
        "1,000 clients with 1,000 different filters, 200 events a second",
        ["delay p50 (ms)", "p99 (ms)", "longest (ms)", "deliveries/s", "CPU s a run", "p99 < 100 ms"],
        [[f"{value(mine, 'p50_ms'):.1f}", f"{p99:.1f}", f"{max(r['max_ms'] for r in mine):.0f}", tools.number(value(mine, "rate")), f"{value(mine, 'cpu'):.2f}",
          tools.reached(good)]],
        "Each filter lets 100 or 101 in 1,000 events pass (`data.k:1017 OR data.k>=1900`); each client checks that it is given just those.")


def held(peer, context, *words):
    """A client that has connected and waits for a line on its standard input."""
    process = subprocess.Popen([tools.client(context, "fanout"), *peer.words(), *map(str, words), "--hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.startswith("ready"):
        process.kill()
        raise RuntimeError(f"{peer.name}: the readers could not connect")
    return process


def leave(process):
    process.stdin.close()
    process.wait(60)


def idle(context):
    clients = 500 if context.quick else 10_000
    rows = []
    for name, words, limit in (("CloudFlux", [], 6), ("CloudFlux", ["--deflate"], 16), ("NATS 2.9", [], None)):
        try:
            with started(name, context) as peer:
                # What is only there once: code, pools.
                leave(held(peer, context, "--clients", 200, *words))
                settle()
                before = tools.resident(peer.pids[0])
                process = held(peer, context, "--clients", clients, *words)
                settle()
                kilobytes = (tools.resident(peer.pids[0]) - before) / clients / 1000
                leave(process)
        except tools.NotMeasured as reason:
            rows.append([name, str(reason), "", ""])
            continue
        rows.append([name, "permessage-deflate" if words else "", f"{kilobytes:.1f}", f"{tools.reached(kilobytes < limit)} (< {limit})" if limit else ""])
    return tools.Table(f"Memory of an idle client, {clients:,} of them", ["server", "", "kB each", "reached"], rows,
                       "Resident memory of the server; what the kernel holds for a socket comes on top, for all alike.")


def settle():
    """Heartbeats and what follows a crowd that came or went."""
    time.sleep(3)


def returning(context):
    """All clients come back within a second with the cursor of a minute ago."""
    clients, rate, seconds = (200, 10, 3) if context.quick else (10_000, 10, 60)
    missed = rate * seconds
    with started("CloudFlux", context) as peer:
        # The server is warm: it has had these clients before.
        crowd = held(peer, context, "--clients", clients)
        first = read(peer, context, "--clients", 1, "--rate", rate, "--seconds", 1, "--warm", 0)["sent"]
        cursor = peer.server.json("GET", "/api/stream/events?limit=1")["next_cursor"]
        leave(crowd)
        newest = peer.server.json("GET", "/api/stream/events?limit=1")["events"][0]["offset"]
        epoch = re.match(r"v1-([0-9a-f]+)-", cursor)[1]
        read(peer, context, "--clients", 1, "--first", first, "--rate", rate, "--seconds", seconds, "--warm", 0)
        missed = peer.server.json("GET", "/api/stream/events?limit=1")["events"][0]["offset"] - newest
        settle()
        before = tools.resident(peer.pids[0])
        with tools.Sampler(peer.pids[0]) as memory:
            process = held(peer, context, "--clients", clients, "--spread", 1, "--first", first, "--query", f"?from=v1-{epoch}-e0-{newest + 1}")
            process.stdin.write(f"until {first + missed - 1}\n")
            process.stdin.flush()
            result = json.loads(process.stdout.readline())
            process.wait(60)
    growth = (memory.highest - before) / 1e6
    sound = result["wrong"] == result["incomplete"] == result["closed"] == 0 and result["delivered"] == clients * missed
    good = sound and result["slowest_s"] < 15 and growth < 200
    return tools.Table(
        f"{clients:,} clients come back within 1 s, {seconds} s behind",
        ["missed by each", "delivered", "the last is live after (s)", "memory grew by (MB)", "all live < 15 s, < 200 MB"],
        [[missed, tools.number(result["delivered"]), f"{result['slowest_s']:.1f}" if sound else "no result", f"{growth:.0f}", tools.reached(good)]],
        f"{rate} events a second had been recorded meanwhile. The time is from the first connection to the last event of the last client.")


def run(context):
    few, many = (50, 200) if context.quick else (1_000, 10_000)
    yield broadcast(context, few, ["CloudFlux", "NATS 2.9", "NATS 2.14", "FastAPI"], {"NATS 2.9": 1.5, "NATS 2.14": 1.5, "FastAPI": 15})
    yield broadcast(context, many, ["CloudFlux", "NATS 2.9", "NATS 2.14"], {"NATS 2.9": 3, "NATS 2.14": 3})
    yield filtered(context)
    yield paced(context)
    yield idle(context)
    yield returning(context)
