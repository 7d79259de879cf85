"""Where a reader starts, what it is given, and how it comes back."""

import asyncio
import json
import re
import time

from websockets.asyncio.client import connect

import flux
from client import CURSOR, events, expect, nothing, receive
from harness import Server, Skip, case, event, number


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
            status, _, body = server.request("POST", "/api/stream/simulate", {"objects": 3, "seed": 1})
            told = json.loads(body)
            assert status == 409 and told["code"] == "no_objects" and told["events_generated"] == 0 and "store" in told["detail"], body
            server.post([event(n) for n in range(5)])
            for ws in (both, real):
                await events(ws, 5)
            flux.wait_for(lambda: server.json("GET", "/api/objects")["total"] == 5, "the objects are known")
            seeds = []
            for seed in (1, 1, 2):
                told = server.json("POST", "/api/stream/simulate", {"objects": 3, "seed": seed})
                assert told["files_processed"] == 3 and told["events_generated"] > 3 and told["recorded_events"] == 0, told
                played = []
                while len(played) < 3:
                    message = await expect(both, "event", timeout=60)
                    if message["data"]["correlation_id"] != told["simulation_id"]:
                        continue  # of one that was stopped
                    # Reads of what is there, and nothing else.
                    one = message["data"]
                    assert one["simulated"] is True and "-s0-" in message["cursor"] and one["type"] == "cloud.download", one
                    assert one["data"]["file_name"] in {f"file-{n}.txt" for n in range(5)} and one["data"]["bucket"] == "/srv", one
                    assert one["data"]["details"]["based_on"] == "forecast", one
                    played.append(one["data"]["file_name"])
                seeds.append(played)
                assert server.request("DELETE", f"/api/stream/simulate/{told['simulation_id']}")[0] == 204
            assert seeds[0] == seeds[1], seeds
            # What was recorded is played again, at its distances.
            server.post([{**event(1, type="cloud.download", access_count=1), "timestamp": f"2026-11-23T05:00:{second:02d}.000Z"} for second in (0, 10, 20)])
            await events(real, 3)
            flux.wait_for(lambda: server.json("GET", "/api/objects?sort=accesses")["objects"][0]["accesses"]["total"] == 3, "the reads are known")
            total = server.json("GET", "/api/stream/stats")["total_events_produced"]
            told = server.json("POST", "/api/stream/simulate", {"objects": 1, "speed": 100})
            assert told["events_generated"] == told["recorded_events"] == 3 and told["speed"] == 100, told
            begun = []
            while len(begun) < 3:
                one = (await expect(both, "event", timeout=60))["data"]
                if one["correlation_id"] == told["simulation_id"]:
                    assert one["data"]["file_name"] == "file-1.txt" and one["data"]["details"]["based_on"] == "recorded", one
                    begun.append(time.monotonic())
            assert 0.1 < begun[2] - begun[0] < 5, begun
            # It feeds nothing.
            assert server.json("GET", "/api/objects?sort=accesses")["objects"][0]["accesses"]["total"] == 3
            assert server.json("GET", "/api/stream/stats")["total_events_produced"] == total
            server.post([event(1)])
            assert (await expect(real, "event"))["data"]["simulated"] is False
            message = await expect(both, "event")
            assert message["data"]["simulated"] is False
        async with connect(server.ws(**{"simulated": "1", "from": message["cursor"]})) as ws:
            await expect(ws, "connection")
