"""What tells of objects: events, EventBridge, access logs."""
import json
import re

from standin import equal, eventually

from .objects import STANDARD_TIER


def versions(stand):
    """versions and delete markers, with their events"""
    stand.s3.create_bucket(Bucket="versioned")
    stand.s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    queue = stand.queue("versions", "versioned", "ObjectCreated", "ObjectRemoved", "ObjectRestore")
    first = stand.s3.put_object(Bucket="versioned", Key="k", Body=b"1")["VersionId"]
    stand.s3.put_object(Bucket="versioned", Key="k", Body=b"2")
    stand.s3.delete_object(Bucket="versioned", Key="k")
    stand.s3.delete_object(Bucket="versioned", Key="k", VersionId=first)
    found = stand.s3.list_object_versions(Bucket="versioned")
    equal((len(found["Versions"]), len(found["DeleteMarkers"])), (1, 1))
    names = [r["eventName"] for r in stand.drain(queue, 4)]
    equal(names, ["ObjectCreated:Put"] * 2 + ["ObjectRemoved:DeleteMarkerCreated", "ObjectRemoved:Delete"])


def access_logs(stand):
    """access logs in the target bucket: 27 fields, keys encoded twice, two lines for a copy"""
    stand.s3.create_bucket(Bucket="watched")
    delivery = "uri=http://acs.amazonaws.com/groups/s3/LogDelivery"
    stand.s3.put_bucket_acl(Bucket="logs", GrantWrite=delivery, GrantReadACP=delivery)
    logging = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "log/"}}
    stand.s3.put_bucket_logging(Bucket="watched", BucketLoggingStatus=logging)
    source = {"Bucket": "watched", "Key": 'a "b"/ü'}
    stand.s3.put_object(**source, Body=b"hello")
    stand.body(source["Key"], "watched")
    stand.s3.copy_object(Bucket="watched", Key="copy", CopySource=source)
    stand.s3.delete_objects(Bucket="watched", Delete={"Objects": [{"Key": "copy"}]})
    wanted = {"REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.COPY.OBJECT", "REST.COPY.OBJECT_GET", "REST.POST.MULTI_OBJECT_DELETE", "BATCH.DELETE.OBJECT"}
    lines = []

    def arrived():
        found = stand.s3.list_objects_v2(Bucket="logs", Prefix="log/").get("Contents", [])
        lines[:] = [line for o in found for line in stand.body(o["Key"], "logs").decode().splitlines()]
        return wanted <= {line.split()[7] for line in lines if len(line.split()) > 7}

    eventually(arrived)
    pattern = (
        r'\S+ watched \[[^\]]+\] \S+ (\S+) (\w{16}) (\S+) (\S+) "(.*) HTTP/1.1" (\d+) (\S+) (\S+) (\S+) \d+ \S+ '
        r'"(.*)" "(.*)" (\S+) (\S+) SigV4 \S+ AuthHeader \S+ TLSv1.2 - - us-east-1')
    parsed = [re.fullmatch(pattern, line) for line in lines]
    assert all(parsed), [line for line, match in zip(lines, parsed) if not match][:1]
    read = next(m for m in parsed if m[3] == "REST.GET.OBJECT")
    equal((read[4], read[6], read[8]), ("a%2520%2522b%2522/%25C3%25BC", "200", "5"))
    copied = next(m for m in parsed if m[3] == "REST.COPY.OBJECT_GET")
    equal(copied[4], "a%2520%2522b%2522/%25C3%25BC")


def waiting(queue):
    """How many messages nobody has taken."""
    name = "ApproximateNumberOfMessages"
    return int(queue[0].get_queue_attributes(QueueUrl=queue[1], AttributeNames=[name])["Attributes"][name])


def events(stand):
    """events in SQS: create, copy, delete, restore, in order, none that does not belong"""
    stand.s3.create_bucket(Bucket="events")
    queue = stand.queue("events", "events", "ObjectCreated", "ObjectRemoved", "ObjectRestore", "ObjectTagging")
    item = {"Bucket": "events", "Key": "a b/ü+1"}
    # S3 sends a test message when notifications are set up.
    before = waiting(queue)
    stand.s3.put_object(**item, Body=b"hello")
    stand.s3.copy_object(**item, CopySource=dict(item), StorageClass="GLACIER")
    stand.s3.restore_object(**item, RestoreRequest=STANDARD_TIER)
    eventually(lambda: 'request="false"' in stand.s3.head_object(**item)["Restore"])
    # Shown before it is told.
    eventually(lambda: waiting(queue) >= before + 4)
    stand.s3.put_object_tagging(**item, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    stand.s3.delete_object(**item)
    records = stand.drain(queue, 6)
    names = ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectRestore:Post", "ObjectRestore:Completed", "ObjectTagging:Put", "ObjectRemoved:Delete"]
    equal([r["eventName"] for r in records], names)
    equal({r["s3"]["object"]["key"] for r in records}, {"a+b/%C3%BC%2B1"})
    order = [r["s3"]["object"]["sequencer"] for r in records]
    equal(order, sorted(set(order)))
    equal([r["eventVersion"] for r in records], ["2.1", "2.1", "2.1", "2.1", "2.3", "2.1"])


def event_bridge(stand):
    """events through EventBridge"""
    bridge = stand.client("events")
    sqs, url, arn = stand.queue("bridge")
    bridge.put_rule(Name="s3", EventPattern=json.dumps({"source": ["aws.s3"]}))
    bridge.put_targets(Rule="s3", Targets=[{"Id": "q", "Arn": arn}])
    stand.s3.create_bucket(Bucket="bridged")
    stand.s3.put_bucket_notification_configuration(Bucket="bridged", NotificationConfiguration={"EventBridgeConfiguration": {}})
    stand.s3.put_object(Bucket="bridged", Key="a b+c", Body=b"hello")
    got = eventually(lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"))
    event = json.loads(got[0]["Body"])
    equal((event["detail-type"], event["detail"]["object"]["key"]), ("Object Created", "a b+c"))
    equal((event["detail"]["reason"], len(event["detail"]["object"]["etag"])), ("PutObject", 32))


CHECKS = [versions, access_logs, events, event_bridge]
