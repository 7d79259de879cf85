"""Heartbeats, slow and stalled readers, sign-in, the server's end, and SSE."""

import asyncio
import json
import os
import time

import websockets
from websockets.asyncio.client import connect

from client import CURSOR, Raw, SSE, close_code, events, expect, say
from harness import Server, case, event, number


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
