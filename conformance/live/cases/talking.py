"""What a client says, what is refused, and the form of the frames."""

import json

from websockets.asyncio.client import connect

from client import CURSOR, Raw, close_code, events, expect, nothing, receive, say
from harness import Server, case, event, number


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
            for mark in ("a", 1, 1.5, None, True, {"a": [1]}, [], "x" * 4000):
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
                        '{"action":"subscribe","filter":5}', '{"action":"pause","filter":"x"}',
                        "[" * 500, "\ufeff{}", '{"action":"\\ud800"}']
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
