"""CloudEvents by the official SDK: what it sends in each mode is taken, and what comes back is what it sent."""

import asyncio
import datetime
import json

from cloudevents.core.bindings import http as binding
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from harness import Server, case, event
from websockets.asyncio.client import connect

PATH = "/api/stream/events"
BATCH = "application/cloudevents-batch+json"
JSON = JSONFormat()
OURS = {"recordedtime", "simulated", "cursor", "userid"}  # what the log adds


def made(id, data, **attributes):
    time = datetime.datetime(2026, 11, 23, 5, 11, 20, 123000, tzinfo=datetime.timezone.utc)
    return CloudEvent({"id": id, "source": "https://github.com/x/y?z=1", "type": "com.github.push", "specversion": "1.0", "time": time,
                       **attributes}, data)


def send(server, message):
    return server.request("POST", PATH, message.body, dict(message.headers))


def returned(server):
    """Every event of the log through the SDK, oldest first, by its id."""
    status, headers, text = server.request("GET", PATH + "?order=asc", headers={"Accept": BATCH})
    assert status == 200 and headers["Content-Type"] == BATCH
    return {one["id"]: JSON.read(None, json.dumps(one)) for one in json.loads(text)}


def same(sent, got):
    sent_attributes, got_attributes = sent.get_attributes(), got.get_attributes()
    for name, value in sent_attributes.items():
        assert got_attributes.get(name) == value, (name, value, got_attributes)
    extra = set(got_attributes) - set(sent_attributes) - OURS - {"datacontenttype", "subject"}
    assert not extra, extra
    assert got.get_data() == sent.get_data(), (got.get_data(), sent.get_data())


@case
def the_sdk_posts_in_each_mode_and_gets_back_what_it_sent():
    awkward = {"file": "Übersicht \"é\" %41.pdf", "n": [1, 2.5, None, True]}
    extensions = {"tenant": "acme “north” 100%", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "dataschema": "urn:x:1"}
    sent = [
        (binding.to_structured, made("structured", awkward, rate=7, flag=True, subject="refs/heads/main", datacontenttype="application/json", **extensions)),
        (binding.to_binary, made("binary", awkward, subject="größe/%41 b", datacontenttype="application/json", **extensions)),
        (binding.to_binary, made("bare", {"a": 1})),
        (binding.to_structured, made("vendor", {"a": 1}, datacontenttype="application/vnd.github+json")),
        (binding.to_binary, made("vendor-binary", {"a": 1}, datacontenttype="application/vnd.github+json")),
        (binding.to_structured, made("empty", None)),
    ]
    with Server() as server:
        for mode, one in sent:
            status, _, body = send(server, mode(one, JSON))
            assert status == 202 and json.loads(body)["accepted"] == 1, (one.get_id(), body)
            # The very same again is the same event, whichever mode it comes in.
            status, _, body = send(server, binding.to_structured(one, JSON))
            assert status == 202 and json.loads(body)["duplicates"] == 1, body
        batch = [made(f"batch-{i}", {"n": i}, tenant="acme") for i in range(3)]
        body = json.dumps([json.loads(JSON.write(one)) for one in batch])
        assert server.request("POST", PATH, body, {"Content-Type": BATCH})[0] == 202
        got = returned(server)
        for _, one in sent:
            same(one, got[one.get_id()])
        for one in batch:
            same(one, got[one.get_id()])
        native = {one["id"]: one for one in server.json("GET", PATH)["events"]}
        first = native["structured"]
        assert first["extensions"] == {"rate": 7, "flag": True, **extensions}, first
        assert first["type"] == "com.github.push" and first["subject"] == "refs/heads/main" and first["timestamp"] == "2026-11-23T05:11:20.123Z"
        assert native["binary"]["extensions"] == extensions
        assert native["vendor"]["extensions"] == {"datacontenttype": "application/vnd.github+json"}
        assert "extensions" not in native["bare"] and native["empty"]["data"] is None


@case
async def the_sdk_reads_our_own_events_from_the_log_the_export_and_the_stream():
    with Server() as server:
        server.post([event(1), {"type": "io.example.x", "data": "plain", "correlation_id": "run 7"}])
        for name, mode in (("mine-1", binding.to_structured), ("mine-2", binding.to_binary)):
            data = {"file_name": "a/ü.txt", "provider": "aws", "bucket": "b"}
            status, _, body = send(server, mode(made(name, data, type="io.cloudflux.cloud.upload.v1", subject="a/ü.txt"), JSON))
            assert status == 202, body
        native = server.json("GET", PATH + "?order=asc")["events"]
        assert [one["type"] for one in native] == ["cloud.upload", "io.example.x", "cloud.upload", "cloud.upload"]
        _, _, text = server.request("GET", "/api/stream/export?format=cloudevents")
        exported = [JSON.read(None, json.dumps(one)) for one in json.loads(text)]
        streamed = []
        async with connect(server.ws(**{"from": "earliest"}), subprotocols=["cloudevents.json"]) as ws:
            for _ in range(4):
                frame = binding.HTTPMessage({"Content-Type": "application/cloudevents+json"}, (await asyncio.wait_for(ws.recv(), 5)).encode())
                streamed.append(binding.from_structured(frame, JSON))
        for read in (list(returned(server).values()), exported, streamed):
            assert len(read) == 4
            for one, of in zip(read, native):
                attributes = one.get_attributes()
                assert one.get_id() == of["id"] and one.get_source() == of["source"] and one.get_data() == of["data"]
                ours = of["type"] == "cloud.upload"
                assert one.get_type() == ("io.cloudflux.cloud.upload.v1" if ours else "io.example.x")
                assert one.get_time().isoformat(timespec="milliseconds").replace("+00:00", "Z") == of["timestamp"]
                assert attributes["recordedtime"] == of["recorded_at"] and attributes["simulated"] is False
                assert attributes.get("correlationid") == of["correlation_id"]
                assert attributes.get("subject") == (of["data"]["file_name"] if ours else None)
                assert attributes["cursor"]
        # What came from here may go in again elsewhere: it keeps its id.
        with Server() as other:
            status, _, body = other.request("POST", PATH, text, {"Content-Type": BATCH})
            assert status == 202 and json.loads(body)["accepted"] == 4, body
            assert [one["id"] for one in other.json("GET", PATH + "?order=asc")["events"]] == [one["id"] for one in native]


@case
def data_that_is_no_json_is_a_415_in_each_mode():
    with Server() as server:
        wrong = [
            binding.to_structured(made("1", b"\x00\x01"), JSON), binding.to_binary(made("2", b"\x00", datacontenttype="application/octet-stream"), JSON),
            binding.to_binary(made("3", "hello", datacontenttype="text/plain"), JSON),
            binding.to_structured(made("4", "hello", datacontenttype="text/plain"), JSON),
            binding.to_structured(made("5", "<a/>", datacontenttype="application/xml"), JSON),
        ]
        for message in wrong:
            status, headers, body = send(server, message)
            assert status == 415 and headers["Content-Type"] == "application/problem+json", (status, body)
        good = JSON.write(made("6", {"a": 1})).decode()
        status, _, body = server.request("POST", PATH, f"[{good}, {wrong[0].body.decode()}]", {"Content-Type": BATCH})
        problem = json.loads(body)
        assert status == 415 and problem["index"] == 1 and problem["pointer"] == "/data_base64", problem
        for headers, body, expected in (
                ({"ce-id": "1", "ce-source": "/x", "ce-type": "t", "ce-specversion": "1.0", "Content-Type": "application/json"}, "{", 400),
                ({"ce-id": "1", "ce-source": "/x", "ce-type": "t", "ce-specversion": "0.3", "Content-Type": "application/json"}, "{}", 422),
                ({"ce-id": "1", "ce-type": "t", "ce-specversion": "1.0", "Content-Type": "application/json"}, "{}", 422)):
            status, _, text = server.request("POST", PATH, body, headers)
            assert status == expected, (status, text)
        assert server.json("GET", PATH)["total"] == 0
