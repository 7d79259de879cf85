"""The live protocol as docs/live-protocol.md promises it, seen by an independent WebSocket client."""

import asyncio
import base64
import json
import os
import re
import socket
import struct
import time
import urllib.parse

import websockets
from websockets.asyncio.client import connect

from harness import Server, Skip, Suite, event, number

suite = Suite("live contract")
case = suite.case
CURSOR = re.compile(r"^[A-Za-z0-9_-]{1,1024}$")


async def receive(ws, timeout=10):
    return json.loads(await asyncio.wait_for(ws.recv(), timeout))


async def expect(ws, *types, timeout=10):
    """The next message that is no heartbeat."""
    while True:
        message = await receive(ws, timeout)
        if message["type"] == "heartbeat" and "heartbeat" not in types:
            continue
        assert message["type"] in types, f"expected {types}, got {message}"
        return message


async def events(ws, count, timeout=30):
    """So many events, whatever the form, in order; other messages but heartbeats fail."""
    found = []
    while len(found) < count:
        message = await expect(ws, "event", "events", timeout=timeout)
        found += message["data"] if message["type"] == "events" else [message["data"]]
    return found


async def nothing(ws, seconds=0.7):
    """Nothing but heartbeats comes."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = await receive(ws, left)
        except TimeoutError:
            return
        assert message["type"] == "heartbeat", f"unexpected {message}"


async def close_code(ws, timeout=10):
    while True:
        try:
            await asyncio.wait_for(ws.recv(), timeout)
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None, closed.rcvd.reason if closed.rcvd else ""


async def say(ws, **message):
    await ws.send(json.dumps(message))
    return await expect(ws, "ack", "error")


@case
async def the_first_message_is_connection():
    with Server() as server:
        async with connect(server.ws()) as ws:
            hello = await receive(ws)
            assert hello["type"] == "connection", hello
            for field in ("status", "message", "timestamp", "session", "server_version", "heartbeat_ms", "cursor", "limits"):
                assert field in hello, f"no {field} in {hello}"
            assert CURSOR.match(hello["cursor"])
            assert re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", hello["timestamp"])


@case
async def an_event_arrives_with_its_envelope_and_cursor():
    with Server() as server:
        async with connect(server.ws(filter="type:cloud.upload")) as ws:
            hello = await receive(ws)
            [offset] = server.post([event(1)])
            message = await expect(ws, "event")
            got = message["data"]
            for field in ("id", "type", "source", "timestamp", "recorded_at", "partition", "offset", "correlation_id",
                          "user_id", "version", "simulated", "data"):
                assert field in got, f"no {field}"
            assert got["offset"] == offset and got["data"]["file_name"] == "file-1.txt" and got["simulated"] is False
            assert message["cursor"] != hello["cursor"] and CURSOR.match(message["cursor"])


@case
async def latest_gives_nothing_old():
    with Server() as server:
        server.post([event(i) for i in range(5)])
        async with connect(server.ws(filter="type:cloud.upload")) as ws:
            await expect(ws, "connection")
            await nothing(ws)
            server.post([event(99)])
            assert number((await events(ws, 1))[0]) == 99


@case
async def history_then_live_has_no_seam():
    with Server() as server:
        server.post([event(i) for i in range(300)])
        async with connect(server.ws(**{"from": "earliest", "filter": "type:cloud.upload"}), max_queue=None) as ws:
            await expect(ws, "connection")
            got = [number(e) for e in await events(ws, 300)]
            assert got == list(range(300)), got[:10]
            server.post([event(i) for i in range(300, 320)])
            got = [number(e) for e in await events(ws, 20)]
            assert got == list(range(300, 320))


@case
async def so_many_back_counts_matching_events():
    with Server() as server:
        for i in range(40):
            server.post([event(i, type="cloud.upload" if i % 2 else "cloud.download")])
        async with connect(server.ws(**{"from": "-5", "filter": "type:cloud.upload"})) as ws:
            await expect(ws, "connection")
            assert [number(e) for e in await events(ws, 5)] == [31, 33, 35, 37, 39]
            await nothing(ws, 0.3)


@case
async def a_time_starts_at_the_first_event_recorded_then():
    with Server() as server:
        server.post([event(1)])
        await asyncio.sleep(0.05)
        moment = time.time()
        await asyncio.sleep(0.05)
        server.post([event(2)])
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"
        async with connect(server.ws(**{"from": text, "filter": "type:cloud.*"})) as ws:
            await expect(ws, "connection")
            assert [number(e) for e in await events(ws, 1)] == [2]


@case
async def a_cursor_continues_with_the_next_event():
    with Server() as server:
        server.post([event(i) for i in range(10)])
        async with connect(server.ws(**{"from": "earliest", "filter": "type:cloud.*"})) as ws:
            await expect(ws, "connection")
            cursors = [(await expect(ws, "event")) for _ in range(10)]
        for i in (0, 4, 9):
            async with connect(server.ws(**{"from": cursors[i]["cursor"], "filter": "type:cloud.*"})) as ws:
                assert (await expect(ws, "connection"))["cursor"] == cursors[i]["cursor"]
                if i < 9:
                    assert number((await events(ws, 1))[0]) == i + 1
                else:
                    await nothing(ws, 0.3)


@case
async def batches_come_as_events_even_for_one():
    with Server() as server:
        server.post([event(i) for i in range(1200)])
        async with connect(server.ws(**{"from": "earliest", "batch": "1", "filter": "type:cloud.*"}), max_size=None) as ws:
            await expect(ws, "connection")
            seen = 0
            while seen < 1200:
                message = await expect(ws, "events")
                assert 1 <= len(message["data"]) <= 500
                assert [number(e) for e in message["data"]] == list(range(seen, seen + len(message["data"])))
                seen += len(message["data"])
            server.post([event(5000)])
            message = await expect(ws, "events")
            assert len(message["data"]) == 1 and number(message["data"][0]) == 5000


@case
async def bad_parameters_are_told_and_closed_with_4500():
    with Server() as server:
        bad = [
            ({"filter": "type:("}, "bad_filter", None), ({"filter": "typ:cloud.upload"}, "bad_filter", "type"),
            ({"fitler": "x"}, "unknown_parameter", "filter"), ({"from": "yesterday"}, "bad_from", None),
            ({"from": "-10001"}, "bad_from", None), ({"from": "v1-zz-e0-1"}, "bad_from", None),
            ({"batch": "2"}, "bad_parameter", None), ({"simulated": "maybe"}, "bad_parameter", None),
        ]
        for query, code, suggestion in bad:
            async with connect(server.ws(**query)) as ws:
                message = await receive(ws)
                assert message["type"] == "error" and message["code"] == code, (query, message)
                assert message["id"] is None and message["retryable"] is False and message["message"], message
                if code == "bad_filter":
                    assert isinstance(message["position"], int) and "suggestion" in message, message
                if suggestion:
                    assert suggestion in (message.get("suggestion") or ""), message
                got, reason = await close_code(ws)
                assert got == 4500 and reason, (query, got)
        async with connect(server.ws() + "?batch=1&batch=1") as ws:
            assert (await receive(ws))["code"] == "repeated_parameter"
            assert (await close_code(ws))[0] == 4500


@case
async def heartbeats_fill_silence_also_while_paused():
    with Server("--heartbeat", "300ms") as server:
        async with connect(server.ws()) as ws:
            await expect(ws, "connection")
            for paused in (False, True):
                if paused:
                    assert (await say(ws, action="pause"))["action"] == "pause"
                beat = await expect(ws, "heartbeat", timeout=3)
                for field in ("timestamp", "subscribers", "cursor", "head", "lag_events", "lag_ms"):
                    assert field in beat, f"no {field}"
                assert beat["subscribers"] >= 1 and CURSOR.match(beat["cursor"]) and beat["lag_events"] == 0


@case
async def pause_holds_back_and_resume_gives_all():
    with Server("--heartbeat", "300ms") as server:
        async with connect(server.ws(filter="type:cloud.*")) as ws:
            await expect(ws, "connection")
            ack = await say(ws, id="p1", action="pause")
            assert ack["id"] == "p1" and ack["action"] == "pause"
            server.post([event(i) for i in range(30)])
            await nothing(ws, 1)
            await ws.send(json.dumps({"id": 7, "action": "resume"}))
            ack = await expect(ws, "ack")
            assert ack["id"] == 7
            assert [number(e) for e in await events(ws, 30)] == list(range(30))


@case
async def subscribe_changes_filter_and_start_after_its_ack():
    with Server() as server:
        server.post([event(i, type="cloud.upload" if i % 2 else "cloud.delete") for i in range(20)])
        async with connect(server.ws(filter="type:cloud.delete")) as ws:
            await expect(ws, "connection")
            ack = await say(ws, id=1, action="subscribe", **{"from": "earliest"})
            assert ack["action"] == "subscribe" and CURSOR.match(ack["cursor"])
            assert [number(e) for e in await events(ws, 10)] == list(range(0, 20, 2))
            ack = await say(ws, id=2, action="subscribe", filter="type:cloud.upload")
            await nothing(ws, 0.3)
            server.post([event(100, type="cloud.delete"), event(101)])
            assert [number(e) for e in await events(ws, 1)] == [101]
            error = await say(ws, id=3, action="subscribe", filter="typ:x")
            assert error["type"] == "error" and error["id"] == 3 and error["position"] is not None, error
            error = await say(ws, id=4, action="subscribe", **{"from": "-0"})
            assert error["type"] == "error" and error["code"] == "bad_from"
            server.post([event(102)])
            assert [number(e) for e in await events(ws, 1)] == [102]
            ack = await say(ws, id=5, action="subscribe", filter="type:cloud.*", **{"from": "-3"})
            assert [number(e) for e in await events(ws, 3)] == [100, 101, 102]


@case
async def ping_and_stats_are_answered():
    with Server() as server:
        async with connect(server.ws()) as ws:
            await expect(ws, "connection")
            for mark in ("a", 1, 1.5, None, True):
                ack = await say(ws, id=mark, action="ping")
                assert ack["id"] == mark and ack["action"] == "ping" and CURSOR.match(ack["cursor"])
            ack = await say(ws, action="ping")
            assert ack["id"] is None
            ack = await say(ws, id="s", action="stats")
            for field in ("total_events_produced", "active_websocket_connections", "active_subscribers", "latency_ms"):
                assert field in ack["stats"], ack
            assert ack["stats"]["active_websocket_connections"] >= 1


@case
async def nonsense_gets_an_error_and_the_stream_goes_on():
    with Server() as server:
        async with connect(server.ws(filter="type:cloud.*")) as ws:
            await expect(ws, "connection")
            nonsense = ["", "{", "nul", "[]", "3", '"ping"', "{}", '{"action":3}', '{"action":"fly"}',
                        '{"action":"ping","action":"ping"}', '{"action":"ping","x":1}', '{"action":"ping"} {}',
                        '{"action":"subscribe","filter":5}', '{"action":"pause","filter":"x"}', '{"id":{},"action":"ping"}',
                        "[" * 500, '{"id":"' + "x" * 400 + '","action":"ping"}', "\ufeff{}", '{"action":"\\ud800"}']
            for text in nonsense:
                await ws.send(text)
                error = await expect(ws, "error")
                assert error["code"] and error["message"], (text, error)
            await ws.send(b"\x00\x01")
            assert (await expect(ws, "error"))["code"] == "not_text"
            server.post([event(1)])
            assert number((await events(ws, 1))[0]) == 1


@case
async def a_message_too_big_is_closed_with_1009():
    with Server("--max-message-bytes", "65536") as server:
        async with connect(server.ws()) as ws:
            await expect(ws, "connection")
            await ws.send('{"action":"ping","id":"' + "x" * 70000 + '"}')
            assert (await close_code(ws))[0] == 1009


@case
async def compression_is_offered_without_context_takeover():
    with Server() as server:
        async with connect(server.ws(filter="type:cloud.*"), compression="deflate") as ws:
            header = ws.response.headers.get("Sec-WebSocket-Extensions", "")
            assert "permessage-deflate" in header and "server_no_context_takeover" in header, header
            await expect(ws, "connection")
            server.post([event(i, padding=500) for i in range(50)])
            assert [number(e) for e in await events(ws, 50)] == list(range(50))
            assert (await say(ws, id=1, action="ping"))["id"] == 1
        async with connect(server.ws(), compression=None) as ws:
            assert "Sec-WebSocket-Extensions" not in ws.response.headers
            await expect(ws, "connection")


@case
async def a_compression_bomb_is_closed():
    import zlib
    with Server() as server:
        raw = Raw(server, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
        squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = squeezed.compress(b"a" * (64 << 20)) + squeezed.flush(zlib.Z_SYNC_FLUSH)
        before = server.memory()
        raw.send(1, bomb[:60000] if len(bomb) > 60000 else bomb[:-4], rsv=0x40)
        assert raw.close_code() in (1007, 1009)
        assert server.memory() - before < 32 << 20


@case
async def cloudevents_subprotocol_gives_bare_events_only():
    with Server("--heartbeat", "300ms") as server:
        server.post([event(1)])
        async with connect(server.ws(**{"from": "earliest", "filter": "type:cloud.*"}), subprotocols=["cloudevents.json"]) as ws:
            assert ws.subprotocol == "cloudevents.json"
            first = json.loads(await asyncio.wait_for(ws.recv(), 5))
            assert first["specversion"] == "1.0" and first["type"] == "io.cloudflux.cloud.upload.v1", first
            assert CURSOR.match(first["cursor"]) and first["data"]["file_name"] == "file-1.txt"
            try:
                other = await asyncio.wait_for(ws.recv(), 1)
                raise AssertionError(f"unexpected {other}")
            except TimeoutError:
                pass
            server.post([event(2)])
            assert json.loads(await asyncio.wait_for(ws.recv(), 5))["data"]["details"]["n"] == 2
        async with connect(server.ws(**{"from": "v1-1-e0-5", "filter": "type:cloud.*"}), subprotocols=["cloudevents.json"]) as ws:
            gap = json.loads(await asyncio.wait_for(ws.recv(), 5))
            assert gap["type"] == "io.cloudflux.system.gap.v1" and gap["data"]["reason"] == "reset", gap


@case
async def a_cursor_of_another_log_is_told_as_reset():
    with Server() as server:
        server.post([event(i) for i in range(3)])
        async with connect(server.ws()) as ws:
            here = (await expect(ws, "connection"))["cursor"]
        ahead = re.sub(r"-e0-\d+", "-e0-999999", here)
        for cursor in ("v1-1-e0-5", ahead):
            async with connect(server.ws(**{"from": cursor, "filter": "type:cloud.*"})) as ws:
                await expect(ws, "connection")
                gap = await expect(ws, "gap")
                assert gap["reason"] == "reset" and gap["count"] is None and gap["from"] == cursor, gap
                assert CURSOR.match(gap["to"])
                assert [number(e) for e in await events(ws, 3)] == [0, 1, 2]


@case
async def readers_continue_over_a_kill_without_loss_or_repeat():
    with Server() as server:
        seen, cursor, posted = [], None, 0
        for round in range(3):
            query = {"filter": "type:cloud.*", "from": cursor or "earliest"}
            async with connect(server.ws(**query), max_queue=None) as ws:
                await expect(ws, "connection")
                server.post([event(i) for i in range(posted, posted + 50)])
                posted += 50
                while len(seen) < posted - 10:
                    message = await expect(ws, "event")
                    seen.append(number(message["data"]))
                    cursor = message["cursor"]
                server.kill()
            server.start()
        async with connect(server.ws(**{"filter": "type:cloud.*", "from": cursor})) as ws:
            await expect(ws, "connection")
            seen += [number(e) for e in await events(ws, posted - len(seen))]
        assert seen == list(range(posted)), f"{len(seen)} of {posted}"


@case
async def a_slow_reader_costs_nobody_anything_and_gets_all():
    with Server("--stall-timeout", "900s") as server:
        slow = Raw(server, query={"filter": "type:cloud.*"}, receive_buffer=8192)
        assert slow.message()["type"] == "connection"
        async with connect(server.ws(filter="type:cloud.*"), max_queue=None) as fast:
            await expect(fast, "connection")
            total = 1000
            for start in range(0, total, 100):
                await asyncio.to_thread(server.post, [event(i, padding=8000) for i in range(start, start + 100)])
                assert [number(e) for e in await events(fast, 100, 60)] == list(range(start, start + 100))
            before = server.memory()
        got = []
        while len(got) < total:
            message = slow.message()
            if message["type"] == "event":
                got.append(number(message["data"]))
            else:
                assert message["type"] == "heartbeat", message
        assert got == list(range(total))
        assert server.memory() - before < 64 << 20


@case
async def stalled_readers_do_not_make_memory_grow():
    with Server("--stall-timeout", "900s") as server:
        async with connect(server.ws(filter="type:cloud.*"), max_queue=None) as fast:
            await expect(fast, "connection")
            batch = [event(i, padding=20000) for i in range(100)]
            await asyncio.to_thread(server.post, batch)
            await events(fast, 100, 60)
            stalled = [Raw(server, query={"filter": "type:cloud.*"}, receive_buffer=4096) for _ in range(20)]
            await asyncio.sleep(0.3)
            before = server.memory()
            for _ in range(int(os.environ.get("STALL_ROUNDS", "8"))):
                await asyncio.to_thread(server.post, batch)
                assert len(await events(fast, 100, 60)) == 100
            grown = server.memory() - before
            print(f"        20 stalled readers: memory grew by {grown >> 20} MiB", flush=True)
            assert grown < 64 << 20, f"grew by {grown >> 20} MiB"
            del stalled


@case
async def a_reader_that_takes_nothing_is_closed_in_time():
    with Server("--stall-timeout", "2s", "--heartbeat", "300ms") as server:
        stalled = Raw(server, query={"filter": "type:cloud.*"}, receive_buffer=4096)
        await asyncio.sleep(0.2)
        for i in range(4):
            await asyncio.to_thread(server.post, [event(n, padding=20000) for n in range(60)])
        await asyncio.sleep(10)
        assert stalled.is_cut(), "the stalled reader is still connected"


@case
async def a_reader_that_answers_no_ping_is_closed_with_4408():
    with Server("--ping-interval", "500ms", "--heartbeat", "60s") as server:
        raw = Raw(server)
        assert raw.message()["type"] == "connection"
        start = time.monotonic()
        assert raw.close_code(answer_pings=False) == 4408
        assert 1 <= time.monotonic() - start < 6
        lively = Raw(server)
        lively.message()
        deadline = time.monotonic() + 4
        pinged = 0
        while time.monotonic() < deadline:
            opcode, payload = lively.frame()
            assert opcode == 9, f"frame {opcode} although pings were answered"
            lively.send(10, payload)
            pinged += 1
        assert pinged >= 3


@case
async def sse_is_the_same_stream():
    with Server("--heartbeat", "300ms") as server:
        server.post([event(i) for i in range(5)])
        sse = SSE(server, **{"from": "earliest", "filter": "type:cloud.*"})
        kind, ident, data = sse.next()
        assert kind == "connection" and data["type"] == "connection" and ident == data["cursor"]
        got = []
        while len(got) < 5:
            kind, ident, data = sse.next()
            if kind == "heartbeat":
                continue
            assert kind == "event" and ident == data["cursor"], (kind, ident)
            got.append(number(data["data"]))
        assert got == list(range(5))
        assert sse.next()[0] == "heartbeat"
        server.post([event(5)])
        while (kind := sse.next())[0] == "heartbeat":
            pass
        assert number(kind[2]["data"]) == 5
        sse.close()
        again = SSE(server, last=ident, **{"from": "latest", "filter": "type:cloud.*"})
        assert again.next()[0] == "connection"
        assert number(again.next()[2]["data"]) == 5
        again.close()
        status, headers, body = server.request("GET", "/api/stream/live?filter=typ:x")
        assert status == 400 and "problem+json" in headers.get("Content-Type", headers.get("content-type", "")), (status, headers)
        problem = json.loads(body)
        assert problem["status"] == 400 and problem["position"] is not None and "suggestion" in problem
        assert server.request("GET", "/api/stream/live", headers={"Last-Event-ID": "nonsense"})[0] == 400


@case
async def inventory_is_left_out_unless_named():
    with Server() as server:
        async with connect(server.ws()) as all, connect(server.ws(filter="type:system.inventory")) as named:
            await expect(all, "connection")
            await expect(named, "connection")
            data = {"provider": "file", "bucket": "/srv", "objects": [], "inventory_id": "i1", "part": 1, "final": True}
            status, _, body = server.request("POST", "/api/stream/events", [{"type": "system.inventory", "data": data}, event(1)])
            if status != 202:
                raise Skip(f"an inventory cannot be posted here: {status} {body[:200]}")
            assert (await expect(named, "event"))["data"]["type"] == "system.inventory"
            assert (await expect(all, "event"))["data"]["type"] == "cloud.upload"


@case
async def simulated_events_come_only_when_asked_for():
    with Server() as server:
        async with connect(server.ws(simulated="1")) as both, connect(server.ws()) as real:
            assert "-s0-" in (await expect(both, "connection"))["cursor"]
            await expect(real, "connection")
            status, _, body = server.request("POST", "/api/stream/simulate", {"objects": 3, "speed": 1000, "seed": 1})
            if status == 404:
                raise Skip("there is no simulation in this version")
            assert status in (200, 202), body
            message = await expect(both, "event", timeout=20)
            assert message["data"]["simulated"] is True and "-s0-" in message["cursor"]
            server.post([event(1)])
            assert (await expect(real, "event"))["data"]["simulated"] is False
        async with connect(server.ws(**{"simulated": "1", "from": message["cursor"]})) as ws:
            await expect(ws, "connection")


@case
async def a_stopping_server_says_goaway():
    with Server("--drain-timeout", "5s") as server:
        sockets = [await connect(server.ws()) for _ in range(5)]
        for ws in sockets:
            await expect(ws, "connection")
        sse = SSE(server)
        sse.next()
        server.terminate()
        waits = set()
        for ws in sockets:
            goaway = await expect(ws, "goaway")
            assert goaway["retry_after_ms"] > 0 and goaway["reason"]
            waits.add(goaway["retry_after_ms"])
            code, reason = await close_code(ws)
            assert code == 1001 and reason
        assert len(waits) > 1, "everybody is told to come back at the same time"
        kinds = [kind for kind, _, _ in sse.rest()]
        assert "goaway" in kinds, kinds
        assert await asyncio.to_thread(server.process.wait, 15) == 0


@case
async def foreign_origins_and_strangers_are_refused_over_http():
    with Server() as server:
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{server.port + 1}"):
            try:
                async with connect(server.ws(), origin=origin):
                    raise AssertionError(f"origin {origin} was let in")
            except websockets.InvalidStatus as refused:
                assert refused.response.status_code == 403, refused.response
        async with connect(server.ws(), origin=f"http://127.0.0.1:{server.port}") as ws:
            await expect(ws, "connection")
    with Server(auth="password") as server:
        try:
            async with connect(server.ws()):
                raise AssertionError("a stranger was let in")
        except websockets.InvalidStatus as refused:
            assert refused.response.status_code == 401
        assert server.request("GET", "/api/stream/live")[0] == 401


@case
async def streams_end_with_their_token():
    with Server(auth="password") as server:
        made = json.loads(server.command("token", "create", "reader", "--scope", "read", "--json"))
        bearer = {"Authorization": f"Bearer {made['token']}"}
        async with connect(server.ws(), additional_headers=bearer) as ws:
            await expect(ws, "connection")
            status, _, body = server.request("POST", "/api/auth/ticket", headers=bearer)
            assert status == 200, body
            ticket = json.loads(body)["ticket"]
            async with connect(server.ws(token=ticket)) as second:
                await expect(second, "connection")
                try:
                    async with connect(server.ws(token=ticket)):
                        raise AssertionError("a ticket was good twice")
                except websockets.InvalidStatus as refused:
                    assert refused.response.status_code == 401
                server.command("token", "revoke", made["id"])
                start = time.monotonic()
                assert (await close_code(ws, 8))[0] == 4501
                assert (await close_code(second, 8))[0] == 4501
                assert time.monotonic() - start < 6


class Raw:
    """A WebSocket by hand: it does only what it is told, so that it can be slow, silent or rude."""

    def __init__(self, server, headers="", query=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", server.port))
        target = "/ws/stream" + (("?" + urllib.parse.urlencode(query)) if query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._some()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def _some(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server ended the connection")
        return data

    def _take(self, count):
        while len(self.buffer) < count:
            self.buffer += self._some()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def frame(self):
        first, second = self._take(2)
        length = second & 127
        if length == 126:
            length = struct.unpack(">H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._take(8))[0]
        return first & 15, self._take(length)

    def send(self, opcode, payload, rsv=0):
        mask = os.urandom(4)
        length = len(payload)
        head = bytes([0x80 | rsv | opcode])
        head += bytes([0x80 | length]) if length < 126 else bytes([0xFE]) + struct.pack(">H", length)
        self.socket.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))

    def message(self):
        while True:
            opcode, payload = self.frame()
            if opcode == 9:
                self.send(10, payload)
            elif opcode == 1:
                return json.loads(payload)
            elif opcode == 8:
                raise EOFError(f"closed with {struct.unpack('>H', payload[:2])[0]}")

    def close_code(self, answer_pings=True):
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                return struct.unpack(">H", payload[:2])[0]
            if opcode == 9 and answer_pings:
                self.send(10, payload)

    def is_cut(self):
        """Whether the server has ended it: reads what is left."""
        self.socket.settimeout(5)
        try:
            while True:
                self._some()
        except TimeoutError:
            return False
        except (EOFError, ConnectionError):
            return True


class SSE:
    def __init__(self, server, last=None, **query):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 20)
        target = "/api/stream/live" + (("?" + urllib.parse.urlencode(query)) if query else "")
        extra = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: text/event-stream\r\n{extra}\r\n".encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline()
        assert b" 200 " in status, status
        while line := self.file.readline().strip():
            if line.lower().startswith(b"content-type"):
                assert b"text/event-stream" in line
        self.text = b""

    def _chunk(self):
        size = int(self.file.readline().strip() or b"0", 16)
        data = self.file.read(size)
        self.file.readline()
        if not size:
            raise EOFError
        self.text += data

    def next(self):
        while b"\n\n" not in self.text:
            self._chunk()
        block, self.text = self.text.split(b"\n\n", 1)
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
        return fields["event"], fields.get("id"), json.loads(fields["data"])

    def rest(self):
        try:
            while True:
                yield self.next()
        except (EOFError, ValueError, OSError):
            return

    def close(self):
        self.socket.close()


if __name__ == "__main__":
    suite.main()
