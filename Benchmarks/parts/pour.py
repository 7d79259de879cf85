"""Events over HTTP, on disk when they are answered, beside Redis that syncs each command and the server that one writes
first."""
import json
import subprocess

import flux

from . import fanout, peers, tools

CONNECTIONS = 256


def pour(peer, context, batch):
    seconds = 1 if context.quick else 4
    words = ["--as", peer.client, "--port", peer.port, "--connections", 32 if context.quick else CONNECTIONS, "--batch", batch, "--seconds", seconds]
    done = subprocess.run([tools.client(context, "pour"), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{peer.name}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def kept(peer):
    """How many events the server has."""
    if peer.client == "flux":
        return peer.server.json("GET", "/api/stream/stats")["total_events_produced"]
    if peer.client == "redis":
        return int(subprocess.run(["redis-cli", "-p", str(peer.port), "xlen", "events"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    return None


def started(name, context):
    return peers.redis(context.scratch) if name == "Redis" else fanout.started(name, context)


def compare(context, batch, names):
    results, reasons = {name: [] for name in names}, {}
    for _ in range(1 if context.quick else 3):
        for name in [name for name in names if name not in reasons]:
            try:
                with started(name, context) as peer:
                    result = pour(peer, context, batch)
                    there = kept(peer)
                    result["sound"] = there in (None, result["sent"]) and result["answered"] == result["sent"]
                    results[name].append(result)
            except tools.NotMeasured as reason:
                reasons[name] = str(reason)
    return results, reasons


def run(context):
    for batch, goals in ((100, {"Redis": 1.5}), (1, {"Redis": 0.4, "FastAPI": 5})):
        names = ["CloudFlux", *goals]
        results, reasons = compare(context, batch, names)
        rows = []
        for name in [name for name in names if results[name]]:
            mine = results[name]
            ratio = tools.median([ours["rate"] / other["rate"] for ours, other in zip(results["CloudFlux"], mine)])
            sound = all(result["sound"] for result in mine + results["CloudFlux"])
            rows.append([name, tools.number(fanout.value(mine, "rate")) if sound else "no result", f"{fanout.value(mine, 'p50_ms'):.1f}", f"{fanout.value(mine, 'p99_ms'):.1f}",
                         f"{ratio:.2f}x (≥ {goals[name]})" if name in goals else "", tools.reached(sound and ratio >= goals[name]) if name in goals else ""])
        yield tools.Table(
            f"Events over HTTP, {CONNECTIONS} connections, {'one in a request' if batch == 1 else f'{batch} in a request'} (events a second)",
            ["server", "events/s", "answer p50 (ms)", "p99 (ms)", "CloudFlux is", "reached"], rows,
            "Redis: `appendonly yes`, `appendfsync always`, " + ("one XADD" if batch == 1 else f"{batch} XADD sent together") + ", three fields with the same data. "
            "Each connection waits for its answer before it sends again. What was answered is counted in the server afterwards." + told(reasons))


told = fanout.told
