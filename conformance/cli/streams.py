"""Events in and out: whatever the server takes, every command reads."""
import json

from common import post, refused, run
from flux import Server


def deep(levels):
    return json.loads('{"a":' * levels + "1" + "}" * levels)


def odd_events(scratch):
    """the deepest data, data that is null and large events are read by events and export, and taken back by import"""
    first, second = scratch / "a", scratch / "b"
    with Server(first) as server, Server(second):
        # An event is a level of its own, alone or in an array.
        server.json("POST", "/api/stream/events", {"id": "alone", "type": "test.odd", "data": deep(31)}, status=202)
        post(server, {"id": "among", "type": "test.odd", "data": deep(31)}, {"id": "null", "type": "test.odd", "data": None})
        server.json("POST", "/api/stream/events", {"type": "test.odd", "data": deep(32)}, status=400)
        for n in range(8):
            post(server, *[{"id": f"large-{n}-{m}", "type": "test.odd", "data": {"x": "y" * 250_000}} for m in range(32)])
        ids = [event["id"] for event in server.export("&filter=type:test.odd")]
        assert len(ids) == 3 + 8 * 32
        for start in ("earliest", "-1000"):
            read = run("events", "--json", "--from", start, "--filter", "type:test.odd", "--data", first).stdout
            assert [json.loads(line)["id"] for line in read.splitlines()] == ids, start
        assert "test.odd" in run("events", "--filter", "id:alone", "--data", first).stdout
        exported = run("export", "--filter", "type:test.odd", "--data", first).stdout
        done = json.loads(run("import", "--json", "-", "--data", second, stdin=exported).stdout)
        assert done["accepted"] == len(ids), done
        again = run("export", "--filter", "type:test.odd", "--data", second).stdout
        told = [[(e["id"], e["data"]) for e in map(json.loads, text.splitlines())] for text in (exported, again)]
        assert told[0] == told[1]


def refused_lines(scratch):
    """import names the line that was refused, and says what is in"""
    data = scratch / "data"
    lines = [json.dumps({"id": f"i{n}", "type": "test.line", "data": {}}) for n in range(1, 1203)]
    with Server(data) as server:
        refused("import", "-", "--data", data, code=1, stdin="\n".join([lines[0], '{"type":"?","data":{}}']),
                says=("line 2 ", "Nothing was imported"))
        assert not server.export("&filter=type:test.line")
        lines[1100] = '{"id":"bad","type":"system.nothing","data":{}}'
        refused("import", "-", "--data", data, code=1, stdin="\n".join(lines), says=("line 1101 ", "before line 1001 is in"))
        assert len(server.export("&filter=type:test.line")) == 1000
        del lines[1100]
        done = json.loads(run("import", "--json", "-", "--data", data, stdin="\n".join(lines)).stdout)
        assert done["accepted"] == 201 and done["duplicates"] == 1000, done


def gaps(scratch):
    """events tells what could not be read, on standard error, and goes on behind it"""
    data = scratch / "data"
    with Server(data, "--segment-bytes", "1MiB") as server:
        for group in range(30):
            post(server, *[{"id": f"{group}-{n}", "type": "test.gap", "data": {"fill": "z" * 400}} for n in range(100)])
        assert server.stop() == 0
    segment = sorted((data / "log/events-0").glob("*.log"))[0]
    spoilt = bytearray(segment.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    segment.write_bytes(spoilt)
    with Server(data):
        for start in ("earliest", "-9999"):
            done = run("events", "--json", "--from", start, "--filter", "type:test.gap", "--data", data)
            assert len(done.stdout.splitlines()) == 2900, start
            assert done.stderr.count("gap: ") == 1 and '"count":100' in done.stderr and '"reason":"damage"' in done.stderr, done.stderr
