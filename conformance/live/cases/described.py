"""The documents that describe the server tell of the server that runs."""

import asyncio
import json
import pathlib
import tempfile

import documents
import websockets
from client import SSE, close_code, expect, receive
from harness import Server, case, event, flux
from websockets.asyncio.client import connect

DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"


def described(server):
    return documents.Messages(server.json("GET", "/api/asyncapi.json"))


@case
def the_asyncapi_document_is_valid_and_whole():
    with Server(auth="password") as server:  # it answers without a sign-in
        document = server.json("GET", "/api/asyncapi.json")
        documents.check_asyncapi(document)
        for reference in documents.references(document):
            assert documents.at(document, reference) is not None, reference
        assert {channel["address"] for channel in document["channels"].values()} == {"/ws/stream", "/api/stream/live"}
        headers = document["channels"]["cloudEvents"]["bindings"]["ws"]["headers"]
        assert headers["properties"]["Sec-WebSocket-Protocol"]["const"] == "cloudevents.json"
        messages = documents.Messages(document)
        for name, message in document["components"]["messages"].items():
            assert message["examples"], name
            for example in message["examples"]:
                messages.check(name, example["payload"])
        # Every code of the guide is in the document, and the other way.
        guide = (DOCS / "live-protocol.md").read_text().split("## The end")[1].split("\n## ")[0]
        told = {int(code) for line in guide.splitlines() if line.startswith("| ") for code in line.split("|")[1].split(",") if code.strip().isdigit()}
        assert told == {close["code"] for close in document["x-close-codes"]}, told
        broken = json.loads(json.dumps(document))
        broken["operations"]["ping"]["action"] = "publish"
        try:
            documents.check_asyncapi(broken)
        except AssertionError:
            return
        raise AssertionError("the official schema lets everything pass")


@case
async def each_example_of_a_client_is_answered_as_the_document_says():
    with Server() as server:
        server.post([event(i) for i in range(3)])
        messages = described(server)
        for operation in messages.document["operations"].values():
            if operation["action"] != "receive":
                continue
            replies = [one["$ref"].rsplit("/", 1)[1] for one in operation["reply"]["messages"]]
            for reference in operation["messages"]:
                message = documents.at(messages.document, documents.at(messages.document, reference["$ref"])["$ref"])
                for example in message["examples"]:
                    async with connect(server.ws()) as ws:
                        await expect(ws, "connection")
                        await ws.send(json.dumps(example["payload"]))
                        answer = await expect(ws, *replies)
                        messages.check(answer["type"], answer)
                        assert answer["type"] == "ack" and answer["action"] == example["payload"]["action"], answer
                        assert answer["id"] == example["payload"].get("id"), answer
                        assert ("stats" in answer) == (answer["action"] == "stats")


@case
async def every_message_of_a_session_is_one_of_the_document():
    seen = set()

    def take(messages, message):
        messages.check(message["type"], message)
        unknown = set(message) - messages.fields(message["type"])
        assert not unknown, (message["type"], unknown)
        seen.add(message["type"])
        return message

    with Server("--heartbeat", "200ms") as server:
        server.post([event(i) for i in range(5)] + [{"type": "com.example.x", "data": [1]}])
        messages = described(server)
        for query in ({"from": "earliest"}, {"from": "earliest", "batch": "1"}, {"from": "v1-1-e0-5"}):
            async with connect(server.ws(**query)) as ws:
                for text in ('{"id":1,"action":"stats"}', '{"action":"pause"}', "nonsense", '{"action":"pauze"}',
                             '{"action":"subscribe","filter":"tpye:x"}', '{"action":"subscribe","from":"nowhere"}', '{"action":"resume"}'):
                    await ws.send(text)
                heartbeats = 0
                while heartbeats < 2:
                    heartbeats += take(messages, await receive(ws))["type"] == "heartbeat"
        async with connect(server.ws(filter="a:b:c")) as ws:
            assert take(messages, await receive(ws))["type"] == "error"
            assert (await close_code(ws))[0] == 4500
        sse = SSE(server, **{"from": "earliest"})
        allowed = set(messages.document["channels"]["serverSentEvents"]["messages"])
        for _ in range(9):
            name, _, message = sse.next()
            assert name in allowed and take(messages, message)["type"] == name
        sse.close()
        async with connect(server.ws()) as ws:
            take(messages, await receive(ws))
            server.terminate()
            while "goaway" not in seen:
                take(messages, await receive(ws))
            assert (await close_code(ws))[0] == 1001
    kinds = {name for name in messages.document["channels"]["stream"]["messages"] if not name.endswith("Request")}
    assert seen == kinds, kinds - seen


@case
async def bare_cloudevents_are_those_of_the_document():
    with Server() as server:
        server.post([event(1), {"type": "com.example.x", "data": None}])
        messages = described(server)
        async with connect(server.ws(**{"from": "v1-1-e0-5"}), subprotocols=["cloudevents.json"]) as ws:
            messages.check("cloudEventGap", json.loads(await asyncio.wait_for(ws.recv(), 5)))
            for _ in range(2):
                messages.check("cloudEvent", json.loads(await asyncio.wait_for(ws.recv(), 5)))


@case
async def a_client_of_bare_cloudevents_may_say_what_it_wants_and_is_never_answered():
    with Server("--heartbeat", "200ms") as server:
        async with connect(server.ws(), subprotocols=["other.json", "cloudevents.json"]) as ws:
            assert ws.subprotocol == "cloudevents.json"

            async def silence(seconds=0.6):
                try:
                    raise AssertionError(f"unexpected {await asyncio.wait_for(ws.recv(), seconds)}")
                except TimeoutError:
                    pass

            for said in ("nonsense", b"\x00", '{"action":"stats"}', '{"action":"subscribe","filter":"tpye:x"}'):
                await ws.send(said)
            await silence()
            await ws.send('{"action":"subscribe","filter":"type:com.example.b"}')
            await silence(0.3)
            server.post([{"type": "com.example.a", "data": 1}, {"type": "com.example.b", "data": 2}])
            assert json.loads(await asyncio.wait_for(ws.recv(), 5))["type"] == "com.example.b"
            await ws.send('{"action":"pause"}')
            await silence(0.3)
            server.post([{"type": "com.example.b", "data": 3}])
            await silence()
            await ws.send('{"action":"resume"}')
            assert json.loads(await asyncio.wait_for(ws.recv(), 5))["data"] == 3
        for query in ({"filter": "tpye:x"}, {"from": "nowhere"}, {"bacth": "1"}, {"from": "-10001"}):
            async with connect(server.ws(**query), subprotocols=["cloudevents.json"]) as ws:
                try:
                    raise AssertionError(f"unexpected {await asyncio.wait_for(ws.recv(), 5)}")
                except websockets.ConnectionClosed as closed:
                    assert closed.rcvd.code == 4500, closed


@case
def every_type_of_the_contract_has_a_schema_and_our_own_events_fit():
    with tempfile.TemporaryDirectory(prefix="cloudflux-") as folder, Server("--heartbeat", "500ms") as server:
        wanted = set("cloud.upload cloud.download cloud.delete migration.started migration.progress migration.completed migration.failed "
                     "ml.prediction cost.alert cost.savings_found access.pattern_detected system.inventory system.store_added "
                     "system.store_removed system.store_away system.store_back system.store_paused system.store_resumed".split())
        listed = server.json("GET", "/api/schemas")["schemas"]
        assert wanted <= {one["type"] for one in listed}
        schemas = {}
        for one in listed:
            status, headers, text = server.request("GET", one["url"])
            assert status == 200 and headers["Content-Type"] == "application/schema+json"
            schemas[one["type"]] = documents.validator(json.loads(text))
        # What a folder store tells in its life.
        root = pathlib.Path(folder) / "files"
        root.mkdir()
        (root / "old.txt").write_text("old")
        store = server.json("POST", "/api/stores", {"url": f"file://{root}"}, status=201)["id"]
        flux.wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "watching", "the store is watched")
        (root / "new.txt").write_text("new")
        (root / "new.txt").read_text()
        (root / "old.txt").rename(root / "renamed.txt")
        (root / "new.txt").unlink()
        for step in ("pause", "resume"):
            status, _, body = server.request("POST", f"/api/stores/{store}/{step}")
            assert status in (200, 202), body
        root.rename(root.with_name("away"))
        flux.wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "away", "the store is away")
        root.with_name("away").rename(root)
        server.request("POST", f"/api/stores/{store}/retry")
        flux.wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "watching", "the store is back")
        # And what a simulation plays of its objects.
        simulated = SSE(server, simulated="1")
        wanted_events = server.json("POST", "/api/stream/simulate", {"objects": 20, "seed": 7})["events_generated"]
        assert wanted_events > 0
        played = []
        while len(played) < wanted_events:
            name, _, message = simulated.next()
            if name == "event" and message["data"]["simulated"]:
                played.append(message["data"])
        simulated.close()
        assert server.request("DELETE", f"/api/stores/{store}")[0] in (200, 204)
        told = server.export() + server.export("&filter=type:system.inventory") + played
        for one in told:
            errors = [f"{error.json_path}: {error.message}" for error in schemas[one["type"]].iter_errors(one["data"])]
            assert not errors, (one, errors)
        types = {one["type"] for one in told}
        must = {"cloud.upload", "cloud.delete", "system.inventory", "system.store_added", "system.store_removed", "system.store_away",
                "system.store_back", "system.store_paused", "system.store_resumed", "cloud.download"}
        assert must <= types, must - types
        print("        types seen: " + " ".join(sorted(types)))


@case
def data_that_does_not_fit_is_refused_with_a_pointer_and_an_example_of_each_type_is_taken():
    good = {"file_name": "a", "provider": "aws", "bucket": "b", "migration_id": "m1", "progress": 50, "error": "e", "amount": 1.25,
            "pattern_type": "p", "store_id": "s1", "url": "s3://b", "inventory_id": "i1", "part": 1, "final": True, "objects": []}
    with Server() as server:
        for one in server.json("GET", "/api/schemas")["schemas"]:
            schema = documents.validator(server.json("GET", one["url"]))
            data = {name: good[name] for name in schema.schema["required"]}
            schema.validate(data)
            server.post([{"type": one["type"], "data": data}])
            for name in data:
                # The judge and the server agree on what does not fit.
                less = {key: value for key, value in data.items() if key != name}
                assert not schema.is_valid(less)
                problem = server.json("POST", "/api/stream/events", [event(0), {"type": one["type"], "data": less}], status=422)
                assert problem["index"] == 1 and problem["pointer"] == "/data" and name in problem["detail"], problem
                wrong = {**data, name: [[]] if name != "objects" else 3}
                assert not schema.is_valid(wrong)
                problem = server.json("POST", "/api/stream/events", {"type": one["type"], "data": wrong}, status=422)
                assert problem["pointer"] == f"/data/{name}", problem
        for pointer, data in (("/data/details", {"details": 1}), ("/data/confidence", {"confidence": 1.5}), ("/data/provider", {"provider": "ibm"}),
                              ("/data/size_bytes", {"size_bytes": -1}), ("/data/data_temperature", {"data_temperature": "hot"})):
            problem = server.json("POST", "/api/stream/events", {"type": "ml.prediction", "data": data}, status=422)
            assert problem["pointer"] == pointer, problem
        problem = server.json("POST", "/api/stream/events", {"type": "cloud.uplod", "data": {}}, status=422)
        assert problem["pointer"] == "/type" and "cloud.upload" in problem["detail"], problem
