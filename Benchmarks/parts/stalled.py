"""Clients that never read, while a lot passes to clients that do."""
import subprocess

import flux

from . import tools

STALLED, READING = 20, 5


def passing(context, server, stalled, events):
    """So many events to READING clients, beside so many that read nothing."""
    pid = server.process.pid
    clients = subprocess.Popen([tools.client(context, "readers"), str(server.port), str(stalled), str(READING), str(events)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert clients.stdout.readline() == "ready\n"
        before = tools.resident(pid)
        with tools.Sampler(pid) as memory:
            tools.post_many(server.port, events)
            lines = [clients.stdout.readline().split() for _ in range(READING)]
        connected = server.json("GET", "/api/stream/stats")["active_websocket_connections"]
    finally:
        clients.stdin.close()
        clients.wait(30)
    readers = [dict(form=w[2], events=int(w[3]), bytes=int(w[4]), holes=int(w[5]), repeated=int(w[6]), gaps=int(w[7]), seconds=float(w[8])) for w in lines]
    lost = sum(max(0, events - r["events"]) + r["holes"] + r["repeated"] + r["gaps"] for r in readers)
    return dict(before=before, growth=memory.highest - before, readers=readers, lost=lost, connected=connected)


def run(context):
    megabytes = 10 if context.quick else 500
    # 544 bytes a message on the wire: so many megabytes to each reader.
    events = megabytes * 1_000_000 // 544
    rows, notes = [], ""
    for stalled, rounds in ((STALLED, ("just started", "the same, warm")), (0, ("just started",))):
        # They are to stay stalled: a server that closes them would have no memory to hold.
        with flux.Server(context.scratch / f"stalled-data-{stalled}", "--stall-timeout", "1h") as server:
            for name in rounds:
                result = passing(context, server, stalled, events)
                single = [r for r in result["readers"] if r["form"] == "single"]
                passed, seconds = single[0]["bytes"], max(r["seconds"] for r in result["readers"])
                good = result["growth"] < 64e6 and result["lost"] == 0 and result["connected"] >= stalled + READING
                rows.append([name, stalled, READING, tools.number(passed / 1e6), tools.number(events), f"{result['before'] / 1e6:.0f}",
                             f"{result['growth'] / 1e6:.0f}", result["lost"], tools.number(events / seconds), tools.reached(good) if stalled else ""])
                notes = f"One event is {passed / events:.0f} bytes on the wire."
            server.stop()
    return [tools.Table(
        "Stalled clients", ["server", "stalled", "reading", "MB to each reader", "events", "resident before (MB)", "grew by at most (MB)", "lost, repeated or gaps",
                            "events/s, slowest reader", "< 64 MB, nothing lost"], rows,
        notes + " Readers check every offset; every second one reads batches. The row without stalled clients is the comparison: what the log, its window of duplicates and the readers take by themselves."
        " The stalled ones were connected to the end (`--stall-timeout 1h`); what the kernel holds in their sockets is not resident memory of the server.")]
