#!/usr/bin/env python3
"""Judges the S3 store from outside: a real server, a stand-in that checks every signature, and the official SDK as the
user who puts, changes and deletes.

SEED=N, CASE=part of a case's name, PATIENCE=seconds (default 60).
"""
import functools
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "lib")]
from flux import BINARY, Suite  # noqa: E402
from standin import StandIn  # noqa: E402
from world import KEY, SECRET, World, later  # noqa: E402

suite = Suite("s3")
CASES = []
ODD = ["a b", "a+b", "a%2Bb", "a&b=c", "ä/漢/🙂", "x//y", "./x", "../x", "<&>\"'", "tab\there", "\x7f", "\x01", "%", "e\u0301", "k" * 1024]


def case(function):
    """Registers a case; the worlds that it makes with `run` are ended whatever happens."""
    @functools.wraps(function)
    def whole(scratch, edge):
        worlds = []

        def run(environment=None, interval="1s"):
            base = scratch / str(len(worlds))
            base.mkdir()
            worlds.append(World(edge, base, environment, interval))
            return worlds[-1]
        try:
            function(run)
            for world in worlds:
                secrets_stay_secret(world)
        finally:
            edge.sim("DELETE", "fault")
            edge.sim("POST", "skew", seconds=0)
            for world in worlds:
                world.end()
    CASES.append(whole)
    return whole


def secrets_stay_secret(world):
    """No secret in the server's own log, in any event, or in what the stores say of themselves."""
    seen = world.log.read_bytes() if world.log.exists() else b""
    if world.server and world.server.process:
        seen += world.server.request("GET", "/api/stream/export?format=ndjson", timeout=120)[2]
        seen += world.server.request("GET", "/api/stores")[2] + world.server.request("GET", "/metrics")[2]
    for secret in [SECRET, "wrong-secret", "AWS4-HMAC", "Signature="]:
        assert secret.encode() not in seen, f"{secret} is shown"


# What is there, and what changes.

@case
def case_inventory(run):
    """What lies in a bucket at first is inventory, never an upload, whatever its keys; a restart tells nothing twice."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="fill/", count=2500, size=3)
    for key in ODD:
        world.put(key, key.encode())
    world.put("cold", b"12345", StorageClass="GLACIER")
    world.watch()
    world.until_equal()
    assert not world.events("cloud.upload", "cloud.delete")
    parts = world.events("system.inventory")
    assert [part["data"]["final"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert len({part["data"]["inventory_id"] for part in parts}) == 1
    store = world.store()
    assert (store["state"], store["provider"], store["bucket"], store["objects"]) == ("watching", "aws", world.bucket, 2501 + len(ODD)), store
    count = len(world.events()) + len(parts)
    assert world.server.stop() == 0
    world.watch()
    world.pass_again()
    assert len(world.events()) + len(world.events("system.inventory")) == count, "a restart told something again"


@case
def case_changes(run):
    """Upload, overwrite, another storage class and delete: one event each, told apart, with size, class, tag and time."""
    world = run()
    world.put("there")
    world.watch()
    world.put("new", b"12345")
    world.until("the upload", lambda: world.told("new"))
    later()
    world.put("new", b"1234567")
    world.until("the overwrite", lambda: len(world.told("new")) == 2)
    later()
    world.s3.copy_object(Bucket=world.bucket, Key="new", CopySource={"Bucket": world.bucket, "Key": "new"}, StorageClass="STANDARD_IA")
    world.until("the class", lambda: len(world.told("new")) == 3)
    world.delete("new")
    world.until("the delete", lambda: len(world.told("new")) == 4)
    events = world.told("new")
    assert [event["type"] for event in events] == ["cloud.upload"] * 3 + ["cloud.delete"], events
    assert [event["data"]["operation"] for event in events][:2] == ["create", "modify"], events
    assert [event["data"]["size_bytes"] for event in events] == [5, 7, 7, 7], events
    assert events[2]["data"]["storage_class"] == "STANDARD_IA", events[2]
    for event in events[:3]:
        assert event["source"] == f"s3://{world.bucket}" and event["data"]["etag"] and event["data"]["last_modified"], event
        assert event["data"]["details"]["detected"] == "rescan", event
    assert not world.told("there")
    world.until_equal()


@case
def case_it_comes_back_as_it_was(run):
    """A delete marker is removed: the object is there again with its old tag and time, and that is an event as well."""
    world = run()
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    world.watch()
    for times in range(1, 3):
        if times == 1:
            world.put("a")
        world.until("it is there", lambda: len(world.told("a")) == 2 * times - 1)
        marker = world.s3.delete_object(Bucket=world.bucket, Key="a")["VersionId"]
        world.until("it is gone", lambda: len(world.told("a")) == 2 * times)
        world.s3.delete_object(Bucket=world.bucket, Key="a", VersionId=marker)
    world.until("it is there again", lambda: len(world.told("a")) == 5)
    world.until_equal()


@case
def case_while_away(run):
    """What happened while no server ran is found when one does; deletes too."""
    world = run()
    for number in range(30):
        world.put(f"f{number:02}")
    world.watch()
    assert world.server.stop() == 0
    later()
    for number in range(3):
        world.delete(f"f{number:02}")
        world.put(f"new{number}")
        world.put(f"f{number + 10}", b"changed")
    world.watch()
    world.until_equal()
    events = world.events("cloud.upload", "cloud.delete")
    assert sorted(event["data"]["operation"] for event in events) == ["create"] * 3 + ["delete"] * 3 + ["modify"] * 3, events


@case
def case_killed(run):
    """Killed in the middle of an inventory and of changes: in the end all is told, and nothing twice."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="", count=5000, size=1)
    world.start("--store", world.url())
    world.until("it has begun", lambda: world.events("system.inventory"))
    world.server.kill()
    world.watch()
    world.until_equal()
    for number in range(50):
        world.put(f"new{number}")
        if number % 25 == 10:
            world.until("some are told", lambda: world.events("cloud.upload"))
            world.server.kill()
            world.watch()
    world.until_equal()
    ids = [(event["source"], event["id"]) for event in world.events()]
    assert len(ids) == len(set(ids))


@case
def case_prefix(run):
    """A prefix is that of the keys as it stands; nothing else is seen."""
    world = run()
    for key in ["logs/a", "logs/b", "logs2/c", "other"]:
        world.put(key)
    world.watch("logs")
    assert world.objects().keys() == {b"logs/a", b"logs/b", b"logs2/c"}
    world.put("logs/new")
    world.put("unseen")
    world.until("the upload", lambda: world.told("logs/new"))
    world.until_equal("logs")
    assert world.told("logs/new")[0]["source"] == f"s3://{world.bucket}/logs"


@case
def case_mass_delete(run):
    """More deletes at once than is believed: the store is away until a person confirms, and then they are told."""
    world = run()
    for number in range(40):
        world.put(f"f{number}")
    world.watch()
    for number in range(30):
        world.delete(f"f{number}")
    world.until("away", lambda: world.store()["state"] == "away")
    assert not world.events("cloud.delete")
    notice = world.events("system.store_away")[0]["data"]
    assert notice["details"]["missing"] == 30 and "More objects are missing" in notice["reason"], notice
    # The rest goes on.
    world.put("new")
    world.until("an upload", lambda: world.told("new"))
    world.server.json("POST", f"/api/stores/{world.store()['id']}/confirm")
    world.until("back", lambda: world.events("system.store_back"))
    world.until_equal()
    assert world.store()["state"] == "watching"


@case
def case_pause(run):
    """A paused store asks nothing; resumed, it finds what happened."""
    world = run()
    world.put("a")
    world.watch()
    path = f"/api/stores/{world.store()['id']}"
    world.server.json("POST", path + "/pause")
    world.until("paused", lambda: world.store()["state"] == "paused")
    world.edge.sim("DELETE", "requests")
    world.put("b")
    before = world.store()["last_rescan"]
    asked = world.edge.sim("GET", "requests")
    assert not any("list" in kind for kind in asked), asked
    assert world.store()["last_rescan"] == before
    world.server.json("POST", path + "/resume")
    world.until("the upload", lambda: world.told("b"))
    # Also in the middle of a listing.
    for number in range(3):
        world.edge.sim("POST", "fault", match=f"GET /{world.bucket}.*list-type", times=1, delay=0.5)
        world.server.json("POST", path + "/retry")
        world.server.json("POST", path + "/pause")
        world.until("paused", lambda: world.store()["state"] == "paused")
        world.put(f"c{number}")
        world.server.json("POST", path + "/resume")
        world.until("the upload", lambda: world.told(f"c{number}"))
    world.until_equal()
    assert world.server.request("DELETE", path)[0] in (200, 204)
    assert world.server.json("GET", "/api/stores")["stores"] == []


# Notifications.

def notified(world, *kinds):
    """(client, URL) of a queue that gets the bucket's notifications."""
    return world.edge.queue(f"queue-{world.bucket}", world.bucket, *(kinds or ("ObjectCreated", "ObjectRemoved", "ObjectRestore")))[:2]


def waiting(queue):
    """How many messages a queue has, seen or not."""
    client, url = queue
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(value) for value in client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())


@case
def case_notifications(run):
    """Notifications tell of each change at once and apart, whoever made it; the queue is empty when they are on disk, and listings wait."""
    world = run(interval=None)
    world.put("there")
    queue = notified(world)
    world.watch(events=queue[1])
    assert world.store()["listing"]["interval_seconds"] == 86400, world.store()
    world.edge.sim("DELETE", "requests")
    world.put("new + ä", b"12345")
    world.until("the upload", lambda: world.told("new + ä"))
    world.put("new + ä", b"1234567", StorageClass="STANDARD_IA")
    world.until("the overwrite", lambda: len(world.told("new + ä")) == 2)
    world.delete("new + ä")
    world.until("the delete", lambda: len(world.told("new + ä")) == 3)
    events = world.told("new + ä")
    assert [event["data"]["operation"] for event in events] == ["create", "modify", "delete"], events
    assert [event["data"]["size_bytes"] for event in events] == [5, 7, 7], events
    assert [event["data"]["storage_class"] for event in events] == ["STANDARD", "STANDARD_IA", "STANDARD_IA"], events
    for event in events:
        assert event["data"]["details"]["detected"] == "notification" and event["user_id"], event
    world.until("the queue is empty", lambda: waiting(queue) == 0)
    assert not any("list" in kind for kind in world.edge.sim("GET", "requests")), world.edge.sim("GET", "requests")
    world.until_equal()
    # What happens while no server runs waits in the queue, and is found by the listing at the start as well: told once.
    assert world.server.stop() == 0
    world.put("meanwhile")
    world.delete("there")
    world.watch(events=queue[1])
    world.put("after")
    world.until_equal()
    assert len(world.told("meanwhile")) == 1 and len(world.told("there")) == 1, world.events()


@case
def case_notifications_twice_and_late(run):
    """The same message twice, old ones after new ones, also over a restart: nothing is told twice, and nothing goes back."""
    world = run(interval=None)
    # The bucket tells another queue, so that the test says what comes when.
    told, (client, url) = notified(world), world.edge.queue(f"given-{world.bucket}")[:2]
    queue = client, url
    world.watch(events=url)
    for number in range(6):
        world.put("a", b"x" * (number + 1))
    world.put("b", b"new")
    copies = []
    while len(copies) < 7:
        for message in told[0].receive_message(QueueUrl=told[1], MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            copies.append(message["Body"])
            told[0].delete_message(QueueUrl=told[1], ReceiptHandle=message["ReceiptHandle"])
    # The newest first: what is there then is told, and all the others are old.
    for body in copies[::-1] + copies + copies[::2]:
        client.send_message(QueueUrl=url, MessageBody=body)
    world.until("the queue is empty", lambda: waiting(queue) == 0)
    assert world.server.stop() == 0
    world.watch(events=url)
    for body in copies:
        client.send_message(QueueUrl=url, MessageBody=body)
    # The stand-in may still give some to the server that was stopped; they come again.
    world.until("the queue is empty again", lambda: waiting(queue) == 0)
    world.until_equal()
    assert len(world.told("a")) == 1 and len(world.told("b")) == 1, (world.told("a"), world.told("b"))


@case
def case_notifications_and_listings(run):
    """Both ways at once, in a storm of puts and deletes, with a kill: they agree, and each change is one event."""
    world = run()
    queue = notified(world)
    world.watch(events=queue[1], interval="1s")
    for number in range(120):
        key = f"k{suite.seed * (number + 7) % 13}"
        if number % 5 == 4:
            world.delete(key)
        else:
            world.put(key, b"x" * (number + 1))
        if number == 60:
            world.server.kill()
            world.watch(events=queue[1], interval="1s")
    world.until_equal()
    ids = [(event["source"], event["id"]) for event in world.events()]
    assert len(ids) == len(set(ids))
    ways = {event["data"]["details"]["detected"] for event in world.events("cloud.upload", "cloud.delete")}
    assert "notification" in ways, ways


@case
def case_delete_markers(run):
    """In a bucket with versions a delete is a delete marker, and a restore of an archived object is told step by step."""
    world = run(interval=None)
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    queue = notified(world)
    world.put("cold", b"12345", StorageClass="GLACIER")
    world.put("a")
    world.watch(events=queue[1])
    world.delete("a")
    world.until("the delete", lambda: world.told("a"))
    assert world.told("a")[0]["data"]["operation"] == "delete_marker", world.told("a")
    world.s3.restore_object(Bucket=world.bucket, Key="cold", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}})
    world.until("the restore", lambda: len(world.told("cold")) == 2)
    told = [event["data"] for event in world.told("cold")]
    assert [(data["operation"], data["details"]["restore"]) for data in told] == [("restore", "begun"), ("restore", "completed")], told
    assert "restored_until" in told[1]["details"], told
    world.until_equal()


@case
def case_strange_messages(run):
    """What is no notification, or is of another bucket, stays in the queue, and the store says so; a queue that is not there too."""
    world = run(interval=None)
    queue = notified(world)
    world.watch(events=queue[1])
    queue[0].send_message(QueueUrl=queue[1], MessageBody="garbage")
    world.put("a")
    world.until("the upload", lambda: world.told("a"))
    world.until("it says so", lambda: world.store()["message"])
    assert "left in it" in world.store()["message"] and "no JSON" in world.store()["message"], world.store()
    assert waiting(queue) == 1
    other = run()
    words = world.problem(f"s3://{other.bucket}?endpoint={world.edge.url}&events={world.edge.url}/123456789012/nobody")
    assert "There is no queue" in words, words
    words = world.problem(f"s3://{other.bucket}?endpoint={world.edge.url}&events=nonsense")
    assert "is no address of a service" in words, words


# What goes wrong.

@case
def case_faults(run):
    """SlowDown, 500 in the middle of the pages, cut and dropped answers, slow ones: tried again, and nothing is lost."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="", count=3500, size=1)
    lists = f"GET /{world.bucket}.*list-type"
    world.edge.sim("POST", "fault", match=lists, times=2, status=503, code="SlowDown")
    world.edge.sim("POST", "fault", match=lists + ".*continuation-token", times=1, status=500, code="InternalError")
    world.watch()
    world.until_equal()
    assert not world.events("system.store_away")
    for fault in [{"cut": 5000}, {"drop": True}, {"delay": 2}, {"status": 429, "code": "TooManyRequestsException"}]:
        world.edge.sim("POST", "fault", match=lists, times=1, **fault)
        world.put(f"after-{list(fault)[0]}")
        world.until_equal()
    assert not world.events("system.store_away") and not world.events("cloud.delete")


@case
def case_broken_for_long(run):
    """A service that answers nonsense, or nothing, makes the store away in one clear sentence; deletes wait, and it comes back."""
    for fault, words in [
        ({"html": True}, "is HTML and no XML"), ({"status": 503, "code": "SlowDown"}, "SlowDown"), ({"body": "<a><b></a>"}, "no listing"),
        ({"body": "<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult/>"}, "document type"),
        ({"body": "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>"}, "does not get on"),
        ({"body": "{}"}, "no XML"),
    ]:
        world = run()
        for number in range(20):
            world.put(f"f{number}")
        world.watch()
        world.edge.sim("POST", "fault", match=f"GET /{world.bucket}.*list-type", times=1000, **fault)
        world.until(f"away: {fault}", lambda: world.store()["state"] == "away")
        assert words in world.store()["message"], (fault, world.store()["message"])
        world.delete("f1")
        world.edge.sim("DELETE", "fault")
        world.until("back", lambda: world.store()["state"] == "watching")
        world.until_equal()
        assert [event["type"] for event in world.events("system.store_away", "system.store_back")] == ["system.store_away", "system.store_back"]
        secrets_stay_secret(world)
        world.end()


@case
def case_refused(run):
    """A store that cannot be is refused before it is saved, in one sentence that says what to do; the others go on."""
    world = run().watch()
    count = len(world.events())
    other = f"endpoint={world.edge.url}"
    assert "There is no bucket" in world.problem(f"s3://not-there?{other}")
    assert "is a store already" in world.problem(world.url())
    assert "one store a bucket" in world.problem(f"s3://{world.bucket}/x?{other}")
    assert "could not be asked to list it" in world.problem("s3://some-bucket?endpoint=http://127.0.0.1:1")
    assert "did you mean “endpoint”" in world.problem("s3://some-bucket?endpont=http://127.0.0.1:1")
    assert "There is no AWS profile" in world.problem(f"s3://some-bucket?profile=nobody&{other}")
    world.s3.create_bucket(Bucket="denied-bucket")
    world.edge.sim("POST", "fault", match="GET /denied-bucket", times=1000, status=403, code="AccessDenied")
    words = world.problem(f"s3://denied-bucket?{other}")
    assert "AccessDenied" in words and "allow s3:ListBucket" in words and "environment (AWS_ACCESS_KEY_ID)" in words, words
    assert len(world.events()) == count
    world.put("still watched")
    world.until("the upload", lambda: world.told("still watched"))


@case
def case_wrong_keys(run):
    """A wrong key or secret of a configured store: it is away and says which credentials, and the server runs."""
    for change, words in [({"AWS_ACCESS_KEY_ID": "AKIANOBODYNOBODYNOBO"}, "The access key is not known"),
                          ({"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "The secret key does not fit")]:
        world = run(change)
        world.start("--store", world.url())
        world.until("away", world.settled)
        assert world.store()["state"] == "away", world.store()
        message = world.store()["message"]
        assert words in message and "environment (AWS_ACCESS_KEY_ID)" in message, message
    world = run({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    world.start("--store", world.url())
    world.until("away", world.settled)
    assert "No AWS credentials were found" in world.store()["message"], world.store()
    # Once there are some, it goes on by itself.
    world.put("a")
    (world.home / ".aws").mkdir()
    (world.home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    world.until("it watches", lambda: world.store()["state"] == "watching")
    world.until_equal()


@case
def case_clock(run):
    """A service whose clock is twenty minutes ahead of ours, and then behind, is asked by its own."""
    world = run()
    world.put("a")
    for seconds in [1200, -1200]:
        world.edge.sim("POST", "skew", seconds=seconds)
        if world.server is None:
            world.watch()
        world.pass_again()
        assert world.store()["state"] == "watching", world.store()
    assert not world.events("system.store_away")


@case
def case_region(run):
    """A bucket that is in another region is asked there, once the service says so."""
    world = run()
    world.put("a")
    world.edge.sim("POST", "fault", match=f"GET /{world.bucket}.*list-type", times=1, status=400, body=(
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>"
        "<Region>eu-west-1</Region></Error>"))
    world.watch()
    world.until_equal()
    assert not world.events("system.store_away")


@case
def case_profile(run):
    """Credentials of a profile, and of a program that a profile names."""
    world = run({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    (world.home / ".aws").mkdir()
    script = world.home / "give.sh"
    answer = json.dumps({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET})
    script.write_text(f"#!/bin/sh\ntest \"$1\" = 'a b' && echo '{answer}'\n")
    script.chmod(0o755)
    (world.home / ".aws/config").write_text(f"[profile ops]\nregion = eu-central-1\ncredential_process = {script} 'a b'\n")
    world.put("a")
    world.watch(profile="ops")
    world.until_equal()


# Without a server.

@case
def case_scan(run):
    """`scan` counts a bucket without a server: objects, bytes, classes, largest and oldest; what is wrong is one sentence."""
    world = run()
    world.edge.sim("POST", "fill", bucket=world.bucket, prefix="d/", count=2300, size=10)
    world.put("large", b"x" * 5000, StorageClass="STANDARD_IA")
    world.put("ä b", b"1")
    world.edge.sim("POST", "age", bucket=world.bucket, key="ä b", days=400)

    def scan(*arguments, environment=None):
        return subprocess.run([BINARY, "scan", *arguments], env={**world.environment, **(environment or {})}, capture_output=True, text=True, timeout=120)
    found = json.loads(scan(world.url(interval=None), "--json").stdout)
    assert (found["objects"], found["bytes"]) == (2302, 28001), found
    assert found["storage_classes"]["STANDARD_IA"] == {"objects": 1, "bytes": 5000}, found
    assert found["largest"][0]["file_name"] == "large" and found["oldest"][0]["file_name"] == "ä b", found
    table = scan(world.url("d/", interval=None), "--top", "2").stdout
    assert table.startswith("2300 objects") and "STANDARD" in table and table.count("d/") == 4, table
    folder = world.home / "files"
    folder.mkdir()
    (folder / "one").write_text("123")
    assert json.loads(scan(f"file://{folder}", "--json").stdout)["bytes"] == 3
    for arguments, environment, code, words in [
        ([f"s3://not-there?endpoint={world.edge.url}"], {}, 1, "There is no bucket"), (["s3://ab"], {}, 2, "names no bucket"),
        ([world.url(interval=None)], {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, 1, "does not fit"),
        (["file:///not/there"], {}, 1, "/not/there"),
    ]:
        done = scan(*arguments, environment=environment)
        assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == 1, (arguments, done)
        assert SECRET not in done.stderr and "wrong-secret" not in done.stderr


@case
def case_doctor(run):
    """`doctor` says which credentials were found where, what each bucket permits, folder, address and clocks, and what to do."""
    world = run()
    world.put("a")
    queue = notified(world)

    def doctor(*urls, environment=None):
        done = subprocess.run(
            [BINARY, "doctor", "--json", "--data", str(world.data), "--listen", "127.0.0.1:0", *urls],
            env={**world.environment, **(environment or {})}, capture_output=True, text=True, timeout=120)
        assert SECRET not in done.stdout + done.stderr and "wrong-secret" not in done.stdout + done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def words(found, verdict):
        return [finding["words"] for finding in found if finding["verdict"] == verdict]
    code, found = doctor(world.url(events=queue[1]), f"file://{world.home}")
    assert code == 0 and not words(found, "failed") and not words(found, "warning"), found
    told = " ".join(words(found, "ok"))
    for part in ["environment (AWS_ACCESS_KEY_ID)", "can be listed", "can be looked at", "can be read.", "clock", "MB free", "it is free", "folders can be watched"]:
        assert part in told, (part, told)
    code, found = doctor(world.url())
    assert code == 0 and "no queue of notifications" in " ".join(words(found, "warning")), found
    world.edge.sim("POST", "skew", seconds=300)
    code, found = doctor(world.url(events=queue[1]))
    assert code == 0 and "ahead of this machine's; set the clock" in " ".join(words(found, "warning")), found
    world.edge.sim("POST", "skew", seconds=0)
    # One that fails does not hide the next.
    for urls, environment, said in [
        ([f"s3://not-there?endpoint={world.edge.url}", world.url()], {}, "There is no bucket"), ([world.url()], {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "does not fit"),
        ([world.url()], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "No AWS credentials were found"), (["nonsense"], {}, "not a store URL"),
    ]:
        code, found = doctor(*urls, environment=environment)
        assert code == 1 and said in " ".join(words(found, "failed")), (urls, found)
    assert "can be listed" in " ".join(words(doctor(f"s3://not-there?endpoint={world.edge.url}", world.url())[1], "ok"))
    assert not world.data.exists(), "doctor made a data folder"


def main():
    if not os.path.exists(BINARY):
        sys.exit(f"{BINARY} is not there; build it (make build) or set CLOUDFLUX.")
    edge = StandIn()
    try:
        for one in CASES:
            suite.case(one, edge)
    finally:
        edge.stop()
    suite.end()


if __name__ == "__main__":
    main()
