"""What CloudTrail tells: who did it, reads where nothing else does, each once and beside every other way."""
import datetime
import gzip
import json
import uuid

from case import case
from cases.notifications import notified
from cases.reads import get, logged, told

ACCOUNT, WHO = "123456789012", "arn:aws:iam::123456789012:user/alice"


class Trail:
    """A bucket that CloudTrail delivers to, and files that it would have written."""

    def __init__(self, world, prefix="trail"):
        self.world, self.prefix, self.bucket, self.number = world, prefix, f"trail-{world.bucket}", 0
        world.s3.create_bucket(Bucket=self.bucket)
        self.where = {"cloudtrail": f"s3://{self.bucket}/{prefix}"}

    def record(self, name, key, when=None, bucket=None, **more):
        when = when or datetime.datetime.now(datetime.timezone.utc)
        return {
            "eventVersion": "1.09", "eventSource": "s3.amazonaws.com", "eventName": name, "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "userIdentity": {"type": "IAMUser", "arn": WHO, "accountId": ACCOUNT}, "sourceIPAddress": "192.0.2.7", "userAgent": "[app/1.0]",
            "requestParameters": {"bucketName": bucket or self.world.bucket, "key": key}, "responseElements": None, "requestID": uuid.uuid4().hex[:16].upper(),
            "eventID": str(uuid.uuid4()), "readOnly": name.startswith("Get"), "eventType": "AwsApiCall", "managementEvent": False, "eventCategory": "Data", **more,
        }

    def deliver(self, *records, body=None):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.number += 1
        name = f"{self.prefix}/AWSLogs/{ACCOUNT}/CloudTrail/eu-central-1/{now:%Y/%m/%d}/{ACCOUNT}_CloudTrail_eu-central-1_{now:%Y%m%dT%H%MZ}_{self.number:016}.json.gz"
        self.world.s3.put_object(Bucket=self.bucket, Key=name, Body=gzip.compress(json.dumps({"Records": list(records)}).encode()) if body is None else body)
        return name


def of(world, key):
    """What was told of a key: type, operation, how it was seen, by whom."""
    return [
        (event["type"], event["data"]["operation"], event["data"]["details"]["detected"], event["user_id"])
        for event in world.events("cloud.upload", "cloud.delete", "cloud.download") if event["data"]["file_name"] == key
    ]


@case
def case_cloudtrail_reads(run):
    """Reads are told from CloudTrail with who and when, each once, also when a file comes twice and over a restart; HEADs and refusals are none."""
    world = run()
    trail = Trail(world)
    for key in ["a b+ü", "other"]:
        world.put(key, b"12345")
    out = {"bytesTransferredOut": 5}
    first = trail.record("GetObject", "a b+ü", additionalEventData=out)
    trail.deliver(
        first, trail.record("GetObject", "a b+ü", additionalEventData=out), trail.record("HeadObject", "a b+ü"),
        trail.record("GetObject", "a b+ü", errorCode="AccessDenied"), trail.record("GetObject", "elsewhere", bucket="another-bucket", additionalEventData=out))
    world.watch(**trail.where)
    world.until("the reads", lambda: len(world.events("cloud.download")) == 2)
    event = world.events("cloud.download")[0]
    assert event["data"]["file_name"] == "a b+ü" and event["data"]["bytes"] == 5 and event["data"]["details"] == {"detected": "cloudtrail", "requester": WHO}, event
    data = world.store()["access_data"]
    assert data["source"] == "cloudtrail" and data["through"] and data["files"] == 1 and data["trouble"] is None, data
    trail.deliver(first, trail.record("GetObject", "other", additionalEventData=out))
    world.until("the next read", lambda: of(world, "other"))
    assert world.server.stop() == 0
    world.watch(**trail.where)
    trail.deliver(trail.record("GetObject", "other", additionalEventData=out))
    world.until("the read after", lambda: len(of(world, "other")) == 2)
    assert len(world.events("cloud.download")) == 4, world.events("cloud.download")


@case
def case_cloudtrail_changes(run):
    """Changes that a listing has not met yet are told from CloudTrail with who did it; what is told already, by a listing or a later record, is not told again."""
    world = run()
    trail = Trail(world)
    for key in ["kept", "gone"]:
        world.put(key, b"12345")
    world.watch(**trail.where)
    world.edge.sim("POST", "fault", match=f"GET /{world.bucket}\\b.*list-type", times=100_000, status=403, code="AccessDenied")
    world.until("it cannot be listed", lambda: world.store()["state"] == "away")
    world.put("new", b"123")
    world.put("kept", b"123456")
    world.delete("gone")
    put, changed, deleted = trail.record("PutObject", "new"), trail.record("PutObject", "kept"), trail.record("DeleteObject", "gone")
    old = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    trail.deliver(trail.record("DeleteObject", "kept", when=old), put, changed, deleted)
    trail.deliver(put, changed, deleted, trail.record("PutObject", "never", when=old))
    trail.deliver(trail.record("GetObject", "kept", additionalEventData={"bytesTransferredOut": 6}))
    world.until("all files are read", lambda: "cloud.download" in [one[0] for one in of(world, "kept")])
    assert of(world, "new") == [("cloud.upload", "create", "cloudtrail", WHO)], of(world, "new")
    assert of(world, "kept")[:-1] == [("cloud.upload", "modify", "cloudtrail", WHO)], of(world, "kept")
    assert of(world, "gone") == [("cloud.delete", "delete", "cloudtrail", WHO)], of(world, "gone")
    assert of(world, "never") == [], of(world, "never")
    # A listing has nothing to add.
    before = len(world.events("cloud.upload", "cloud.delete"))
    world.edge.sim("DELETE", "fault")
    world.until("it is back", lambda: world.store()["state"] == "watching")
    world.pass_again()
    assert len(world.events("cloud.upload", "cloud.delete")) == before
    world.until_equal()


@case
def case_cloudtrail_beside_others(run):
    """With notifications and access logs on, each change and each read is one event, whoever is first."""
    world = run()
    trail = Trail(world)
    where = {**trail.where, **logged(world), "events": notified(world)[1]}
    world.put("a", b"1")
    world.watch(**where)
    world.put("b", b"22")
    world.until("the notification", lambda: of(world, "b"))
    get(world, "b")
    trail.deliver(trail.record("PutObject", "b"), trail.record("GetObject", "b"))
    trail.deliver(trail.record("DeleteObject", "a"))
    world.until("the read", lambda: told(world).get("b"))
    world.delete("a")
    world.until("the delete", lambda: of(world, "a"))
    trail.deliver(trail.record("DeleteObject", "a"))
    world.put("last", b"333")
    trail.deliver(trail.record("PutObject", "last"))
    world.until("the last", lambda: of(world, "last"))
    assert [one[:2] for one in of(world, "b")] == [("cloud.upload", "create"), ("cloud.download", "read")], of(world, "b")
    assert [one[:2] for one in of(world, "a")] == [("cloud.delete", "delete")], of(world, "a")
    assert len(of(world, "last")) == 1, of(world, "last")


@case
def case_cloudtrail_troubles(run):
    """A damaged file, one that is none, digests beside: said in words, passed over, and the rest is told. A bad place is refused."""
    world = run()
    trail = Trail(world, prefix="")
    trail.where = {"cloudtrail": f"s3://{trail.bucket}"}
    trail.prefix = "x"
    world.put("a", b"12345")
    good = gzip.compress(json.dumps({"Records": [trail.record("GetObject", "a")]}).encode())

    def put(name, body):
        now = datetime.datetime.now(datetime.timezone.utc)
        folder = f"AWSLogs/o-abc/{ACCOUNT}/CloudTrail/eu-central-1/{now:%Y/%m/%d}"
        world.s3.put_object(Bucket=trail.bucket, Key=f"{folder}/{ACCOUNT}_CloudTrail_eu-central-1_{now:%Y%m%dT%H%MZ}_{name}.json.gz", Body=body)

    put("cut", good[:-20])
    put("none", gzip.compress(b"[1]"))
    put("plain", b"hello")
    put("zz", good)
    world.s3.put_object(Bucket=trail.bucket, Key=f"AWSLogs/o-abc/{ACCOUNT}/CloudTrail-Digest/eu-central-1/x.json.gz", Body=b"digest")
    world.watch(**trail.where)
    world.until("the read", lambda: of(world, "a"))
    trouble = world.store()["access_data"]["trouble"]
    assert "3 log files could not be read" in trouble and "cut.json.gz" in trouble and "its end is missing" in trouble, trouble
    assert world.store()["state"] == "watching", world.store()
    for value, words in [("nonsense", "cloudtrail=nonsense cannot be used"), ("file:///x", "is no bucket"), ("s3://abc?interval=5m", "has no parameter “interval”")]:
        assert words in world.problem(f"s3://other-bucket?endpoint={world.edge.url}&cloudtrail={value}"), words
