"""Events in and out: whatever the server takes, every command reads."""
import json
import re
import signal
import subprocess

from common import post, refused, run
from flux import BINARY, Server


def deep(levels):
    return json.loads('{"a":' * levels + "1" + "}" * levels)


def odd_events(scratch):
    """the deepest data, data that is null and large events are read by events and export, and taken back by import"""
    first, second = scratch / "a", scratch / "b"
    with Server(first) as server, Server(second):
        # An event is a level of its own, alone or in an array.
        server.json("POST", "/api/stream/events", {"id": "alone", "type": "test.odd", "data": deep(31)}, status=202)
        post(server, {"id": "among", "type": "test.odd", "data": deep(31)}, {"id": "null", "type": "test.odd", "data": None})
        for body in ({"type": "test.odd", "data": deep(32)}, [{"type": "test.odd", "data": deep(32)}]):
            assert "deeper than 32 levels" in server.json("POST", "/api/stream/events", body, status=400)["detail"]
        for n in range(8):
            post(server, *[{"id": f"large-{n}-{m}", "type": "test.odd", "data": {"x": "y" * 250_000}} for m in range(32)])
        ids = [event["id"] for event in server.export("&filter=type:test.odd")]
        assert len(ids) == 3 + 8 * 32
        for start in ("earliest", "-1000"):
            read = run("events", "--json", "--from", start, "--filter", "type:test.odd", "--data", first).stdout
            assert [json.loads(line)["id"] for line in read.splitlines()] == ids, start
        # A script goes on from the time of its last line: that one again, and all that came since.
        last = json.loads(read.splitlines()[-1])
        post(server, *[{"id": f"later-{n}", "type": "test.later", "data": {}} for n in range(3)])
        read = run("events", "--json", "--from", last["recorded_at"], "--data", first).stdout
        assert [json.loads(line)["id"] for line in read.splitlines()][-4:] == [last["id"], "later-0", "later-1", "later-2"], read[-900:]
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


def imports_again(scratch):
    """an import that is run again doubles nothing, also of lines without id or source; whatever breaks it, it says what is in"""
    data, file, other = scratch / "data", scratch / "k.nd", scratch / "other.nd"
    bare = ['{"id":"k0","type":"test.again","data":{}}'] + ['{"type":"test.again","data":{"n":1}}'] * 3 + ['{"type":"test.again","data":{}}']
    file.write_text("\n".join(bare) + "\n")

    def taken(*given, stdin=None):
        done = json.loads(run("import", "--json", *given, "--data", data, stdin=stdin).stdout)
        return [done["accepted"], done["duplicates"]]

    with Server(data) as server:
        assert taken(file) == [5, 0] and taken(file) == [0, 5]
        assert {event["source"] for event in server.export("&filter=type:test.again")} == {"/imports/k.nd"}
        assert taken("-", stdin=file.read_text()) == [5, 0] and taken("-", stdin=file.read_text()) == [0, 5]
        assert taken("--source", "/mine", file) == [5, 0] and taken("--source", "/mine", file) == [0, 5]
        # Put right after an error, the lines around it are what they were.
        many = [json.dumps({"type": "test.many", "data": {"n": n}}) for n in range(2500)]
        file.write_text("\n".join(many[:2400] + ["{oops"] + many[2400:]))
        refused("import", file, "--data", data, code=1, says=("line 2401 of ", "not JSON", "before line 2001 is in", "run the import again"))
        file.write_text("\n".join(many))
        assert taken(file) == [500, 2000]
        other.write_text(many[0])
        refused("import", other, scratch / "none", "--data", data, code=1, says=("none: No such file", "file before it is in"))
        refused("import", "-", "--data", data, code=1, stdin=many[0] + "\n" + "x" * 1_100_000, says=("line 2 of standard input", "Nothing"))
        refused("import", "-", "--data", data, code=1, stdin='{"type":"test.odd","soruce":"/x","data":{}}', says=("“soruce”", "“source”"))
        array = run("export", "--format", "cloudevents", "--data", data).stdout
        refused("import", "-", "--data", data, code=1, stdin=array, says=("line 1 of ", "--format ndjson"))


def largest_event(scratch):
    """the largest event that a setting can allow is taken, however many extensions it has, and comes back out"""
    with Server(scratch / "data", "--max-event-bytes", "1022KiB") as server:
        head = {"Content-Type": "application/cloudevents+json"}
        event = {"specversion": "1.0", "id": "i" * 200, "source": "/" + "s" * 1000, "type": "test.large", "subject": "s" * 300,
                 **{f"extension{n:02d}" + "x" * 50: "v" * 200 for n in range(32)}}
        answer = server.request("POST", "/api/stream/events", {**event, "data": "x" * 1_046_528}, head)
        size = int(re.search(r"has (\d+) bytes; at most 1046528 are taken", json.loads(answer[2])["detail"])[1])
        fits = 1_046_528 - (size - 1_046_528)
        assert server.request("POST", "/api/stream/events", {**event, "data": "x" * (fits + 1)}, head)[0] == 413
        status, _, body = server.request("POST", "/api/stream/events", {**event, "data": "x" * fits}, head)
        assert status == 202, body
        assert len(server.export("&filter=type:test.large")[0]["data"]) == fits


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


def cut_export(scratch):
    """an export whose server ends in the middle says that it is not whole, and what to do"""
    data = scratch / "data"
    with Server(data) as server:
        for group in range(30):
            post(server, *[{"id": f"{group}-{n}", "type": "test.cut", "data": {"fill": "z" * 400}} for n in range(1000)])
        export = subprocess.Popen([BINARY, "export", "--data", data], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert export.stdout.read(100)
        server.stop(signal.SIGKILL)
        rest, said = export.communicate(timeout=60)
        assert len(rest) < 30_000 * 400
        assert export.returncode == 1, export.returncode
        said = said.decode()
        assert said.count("cloudflux: ") == 1 and "not whole" in said and "broke off the connection" in said and "Try again" in said, said
