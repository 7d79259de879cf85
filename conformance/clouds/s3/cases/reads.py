"""What access logs tell of reads: each once, however the server ends, and nothing else."""
import collections
import datetime

from botocore.exceptions import ClientError

from case import case
from standin import StandIn
from world import KEY, SEED, name

REQUESTER = f"arn:aws:iam::123456789012:user/{KEY}"


def logged(world, prefix="log/"):
    """Has the bucket's access logs delivered to a bucket of their own; its URL."""
    target = f"logs-{world.bucket}"
    world.s3.create_bucket(Bucket=target)
    delivery = "uri=http://acs.amazonaws.com/groups/s3/LogDelivery"
    world.s3.put_bucket_acl(Bucket=target, GrantWrite=delivery, GrantReadACP=delivery)
    wanted = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix}}
    world.s3.put_bucket_logging(Bucket=world.bucket, BucketLoggingStatus=wanted)
    return {"access-logs": f"s3://{target}/{prefix}"}


def get(world, key, **more):
    return world.s3.get_object(Bucket=world.bucket, Key=key, **more)["Body"].read()


def told(world):
    """The reads that were told: key -> [access_count, bytes]."""
    found = collections.defaultdict(lambda: [0, 0])
    for event in world.events("cloud.download"):
        data = event["data"]
        assert event["source"].startswith(f"s3://{world.bucket}") and data["operation"] == "read", event
        assert data["details"]["detected"] == "access-log" and data["details"]["requester"] == REQUESTER, event
        found[name(data).decode()][0] += data["access_count"]
        found[name(data).decode()][1] += data["bytes"]
    return dict(found)


def until_told(world, wanted):
    """Waits until a last read is told as well, and compares."""
    last = f"last-{len(world.events('cloud.download'))}"
    world.put(last, b"1")
    get(world, last)
    world.until(f"the read of {last}", lambda: last in told(world))
    found = {key: value for key, value in told(world).items() if not key.startswith("last-")}
    assert found == wanted, (found, wanted, world.tail())


@case
def case_reads(run):
    """GETs, parts and copies are told with who, how much and when; HEADs, refusals, lists, writes and changes of class are not."""
    world = run()
    odd = 'a "b"/ü+1%'
    for key, size in [(odd, 1000), ("copied", 300), ("class", 50), ("gone", 7)]:
        world.put(key, b"x" * size)
    world.watch(**logged(world))
    assert world.store()["access_data"]["source"] == "access-log", world.store()
    get(world, odd)
    get(world, odd, Range="bytes=0-249")
    world.s3.head_object(Bucket=world.bucket, Key=odd)
    tag = world.s3.head_object(Bucket=world.bucket, Key=odd)["ETag"]
    for refused in [{"Key": odd, "IfNoneMatch": tag}, {"Key": "nothing"}]:
        try:
            get(world, refused.pop("Key"), **refused)
            raise AssertionError("it was not refused")
        except ClientError:
            pass
    world.s3.copy_object(Bucket=world.bucket, Key="copy", CopySource={"Bucket": world.bucket, "Key": "copied"})
    world.s3.copy_object(Bucket=world.bucket, Key="class", CopySource={"Bucket": world.bucket, "Key": "class"}, StorageClass="STANDARD_IA")
    get(world, "gone")
    world.delete("gone")
    world.s3.list_objects_v2(Bucket=world.bucket)
    until_told(world, {odd: [2, 1250], "copied": [1, 0], "gone": [1, 7]})
    whole, part = [event["data"] for event in world.events("cloud.download") if name(event["data"]).decode() == odd]
    assert whole["size_bytes"] == part["size_bytes"] == 1000 and whole["bucket"] == world.bucket, (whole, part)
    assert "status" not in whole["details"] and "full_reads" not in whole["details"], whole
    assert part["details"]["status"] == 206 and part["details"]["full_reads"] == 0.25 and part["bytes"] == 250, part
    data = world.store()["access_data"]
    assert data["trouble"] is None and data["through"] and data["files"] >= 1 and data["lines"] > 10 and data["unreadable_lines"] == 0, data
    assert 0 <= data["behind_seconds"] < 60, data
    metrics, store = world.server.metrics(), world.store()["id"]
    assert metrics[f'cloudflux_access_log_lines_total{{store="{store}"}}'] > 10
    assert metrics[f'cloudflux_access_log_files_total{{store="{store}"}}'] >= 1
    assert metrics[f'cloudflux_access_log_lines_unreadable_total{{store="{store}"}}'] == 0
    assert metrics[f'cloudflux_access_data_behind_seconds{{store="{store}"}}'] >= 0
    # Paused, nothing is told; resumed, all that happened.
    path = f"/api/stores/{store}"
    world.server.json("POST", path + "/pause")
    world.until("paused", lambda: world.store()["state"] == "paused")
    get(world, "copied")
    world.server.json("POST", path + "/resume")
    until_told(world, {odd: [2, 1250], "copied": [2, 300], "gone": [1, 7]})


@case
def case_reads_by_the_hour(run):
    """Reads of an hour in a log file are one event, with their number and bytes; an hour's events add up."""
    world = run()
    world.put("hot", b"x" * 100)
    world.start("--access-detail", "hour", "--store", world.url(**logged(world)))
    world.until("the store is settled", world.settled)
    for number in range(40):
        get(world, "hot", **({"Range": "bytes=0-49"} if number % 2 else {}))
    until_told(world, {"hot": [40, 3000]})
    events = [event["data"] for event in world.events("cloud.download") if event["data"]["file_name"] == "hot"]
    assert len(events) < 20, events
    assert abs(sum(data["details"]["full_reads"] for data in events) - 30) < 1e-6, events
    assert all(data["details"]["first"] for data in events), events


@case
def case_reads_killed(run):
    """Killed again and again while it reads logs: each read is told once, also of what was read while no server ran."""
    world = run()
    where = logged(world)
    for number in range(5):
        world.put(f"k{number}", b"x" * (number + 1))
    world.watch(**where)
    wanted = collections.defaultdict(lambda: [0, 0])
    for number in range(150):
        which = (SEED + number * 7) % 5
        before = len(world.events("cloud.download")) if number % 30 == 20 else None
        get(world, f"k{which}")
        wanted[f"k{which}"][0] += 1
        wanted[f"k{which}"][1] += which + 1
        if before is not None:
            world.until("more is told", lambda: len(world.events("cloud.download")) > before)
            world.server.kill()
            world.watch(**where)
    until_told(world, dict(wanted))
    assert world.server.stop() == 0
    get(world, "k0")
    wanted["k0"][0] += 1
    wanted["k0"][1] += 1
    world.watch(**where)
    until_told(world, dict(wanted))
    ids = [(event["source"], event["id"]) for event in world.events()]
    assert len(ids) == len(set(ids))


@case
def case_foreign_log_files(run):
    """Files among the logs that are none, and lines that are none: the store says so in words, and the rest is told."""
    world = run()
    where = logged(world)
    target = f"logs-{world.bucket}"
    world.s3.put_object(Bucket=target, Key="log/README.txt", Body=b"hello")
    world.s3.put_object(Bucket=target, Key="log/2026-01-01-00-00-00-GARBAGE", Body=b"no log\n" * 3 + b"\xff\x00" * 70000)
    world.put("a", b"12345")
    world.watch(**where)
    get(world, "a")
    until_told(world, {"a": [1, 5]})
    store = world.store()
    trouble = store["access_data"]["trouble"]
    assert store["state"] == "watching" and store["access_data"]["unreadable_lines"] == 4, store
    for words in ["1 objects under", "“log/README.txt”", "4 lines of log files are none of an access log", "GARBAGE"]:
        assert words in trouble and words in store["message"], (words, store)
    assert world.tail().count("passed over") == 1, world.tail()


@case
def case_logs_denied(run):
    """A bucket of logs that may not be listed or read: one clear sentence, the store goes on, and the reads are told once it may."""
    world = run()
    where = logged(world)
    target = f"logs-{world.bucket}"
    world.put("a", b"12345")
    lists = f"GET /{target}.*list-type"
    world.edge.sim("POST", "fault", match=lists, times=1000, status=403, code="AccessDenied")
    words = world.start().problem(world.url(**where))
    assert f"“{target}”" in words and "allow s3:ListBucket" in words, words
    world.end()
    world.watch(**where)
    get(world, "a")
    world.until("it says so", lambda: world.store()["access_data"]["trouble"])
    trouble = world.store()["access_data"]["trouble"]
    assert f"“{target}”" in trouble and "AccessDenied" in trouble and "allow s3:ListBucket" in trouble, trouble
    assert world.store()["state"] == "watching", world.store()
    world.put("still", b"1")
    world.until("the upload", lambda: world.told("still"))
    world.edge.sim("DELETE", "fault")
    world.edge.sim("POST", "fault", match=f"GET /{target}/log/", times=1000, status=403, code="AccessDenied")
    world.until("it says so", lambda: "s3:GetObject" in (world.store()["access_data"]["trouble"] or ""))
    world.edge.sim("DELETE", "fault")
    until_told(world, {"a": [1, 5]})
    world.until("it is well", lambda: world.store()["access_data"]["trouble"] is None)
    for value, words in [("nonsense", "access-logs=nonsense cannot be used"), ("file:///x", "is no bucket"), ("s3://abc?interval=5m", "has no parameter “interval”")]:
        assert words in world.problem(f"s3://other-bucket?endpoint={world.edge.url}&access-logs={value}"), words


@case
def case_scans(run):
    """A backup that reads every object once is recognised, told as a verdict, and heats nothing; what people read still counts."""
    world = run()
    keys = [f"data/{number:03}" for number in range(140)]
    for key in keys:
        world.put(key, b"x")
    world.watch(**logged(world))
    for _ in range(3):
        get(world, keys[7])
    backup = world.edge.client(key=StandIn.backup, secret=StandIn.backup_secret)
    for key in keys:
        backup.get_object(Bucket=world.bucket, Key=key)["Body"].read()

    def verdict():
        return [event["data"] for event in world.events("access.pattern_detected") if event["data"]["pattern_type"] == "scan"]

    world.until("the scan is told", verdict)
    (found,) = verdict()
    assert found["details"]["requester"].endswith(StandIn.backup) and found["details"]["objects"] == 140 and found["details"]["prefix"] == "", found
    assert found["bucket"] == world.bucket and found["provider"] == "aws" and "file_name" not in found, found
    world.until("they count as such", lambda: world.server.json("GET", f"/api/objects?q={keys[7]}")["objects"][0]["scan_reads"] == 1)
    seven, other = (world.server.json("GET", f"/api/objects?q={key}")["objects"][0] for key in (keys[7], keys[8]))
    assert seven["reads"]["days_7"] == 3 and other["reads"]["days_7"] == 0 and other["scan_reads"] == 1 and other["last_read"] is None, (seven, other)
    day = world.server.json("GET", "/api/overview")["reads"][-1]
    assert day["reads"] == 3 and day["scan_reads"] == 140, day


def past(world, reads):
    """A log file, delivered now, of reads in the past: (key, days ago, how many)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = []
    for key, ago, count in reads:
        for number in range(count):
            when = (now - datetime.timedelta(days=ago, minutes=number)).strftime("%d/%b/%Y:%H:%M:%S +0000")
            lines.append(
                f'79a5 {world.bucket} [{when}] 192.0.2.3 {REQUESTER} {len(lines):016X} REST.GET.OBJECT {key} "GET /{world.bucket}/{key} HTTP/1.1" '
                f'200 - 5 5 7 6 "-" "app/1.0" - host SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader {world.bucket}.s3.amazonaws.com TLSV1.2 - -\n')
    file = now.strftime("log/%Y-%m-%d-%H-%M-%S-0123456789ABCDEF")
    world.s3.put_object(Bucket=f"logs-{world.bucket}", Key=file, Body="".join(lines).encode())


@case
def case_temperatures(run):
    """Who is hot and who is cold is told once, with chance and sureness; the catalogue keeps it over a rebuild; what has just come is not judged."""
    world = run()
    for key in ["hot", "app/a.log", "app/b.log", "new"]:
        world.put(key, b"12345")
    where = logged(world)
    past(world, [("hot", ago, 5) for ago in range(1, 31)] + [("app/a.log", 30, 1), ("app/b.log", 29.5, 1)])
    world.watch(**where)

    def known(key):
        return world.server.json("GET", f"/api/objects?q={key}")["objects"][0]

    world.until("it is judged", lambda: known("hot")["data_temperature"])
    hot, cold, new = known("hot"), known("app/a.log"), known("new")
    assert hot["data_temperature"] == "HOT" and hot["confidence"] > 0.95 and hot["chance_30_days"] > 0.95 and hot["judged_at"], hot
    assert cold["data_temperature"] in ("WARM", "COLD", "ARCHIVE") and cold["chance_30_days"] < hot["chance_30_days"], cold
    assert new["data_temperature"] is None and new["confidence"] is None and new["chance_30_days"] is None and new["judged_at"] is None, new
    patterns = {event["data"]["file_name"]: event["data"] for event in world.events("access.pattern_detected")}
    predictions = {event["data"]["file_name"]: event["data"] for event in world.events("ml.prediction")}
    assert set(patterns) == set(predictions) == {"hot", "app/a.log", "app/b.log"}, (patterns, predictions)
    assert patterns["hot"]["pattern_type"] == "temperature" and patterns["hot"]["data_temperature"] == "HOT" and patterns["hot"]["access_count"] >= 140, patterns
    assert patterns["hot"]["bucket"] == world.bucket and patterns["hot"]["provider"] == "aws", patterns
    assert predictions["hot"]["predicted_value"] == hot["chance_30_days"] and len(predictions["hot"]["details"]["reasons"]) == 3, predictions
    overview = world.server.json("GET", "/api/overview")
    assert [(part["data_temperature"], part["objects"]) for part in overview["temperatures"]][0] == ("HOT", 1), overview["temperatures"]
    assert sum(part["objects"] for part in overview["temperatures"]) == 4, overview["temperatures"]
    assert [one["file_name"] for one in world.server.json("GET", "/api/objects?temperature=HOT&sort=size")["objects"]] == ["hot"]
    assert [one["file_name"] for one in world.server.json("GET", "/api/objects?temperature=NONE")["objects"]] == ["new"]
    assert world.server.stop() == 0
    for path in world.data.glob("catalog.sqlite*"):
        path.unlink()
    world.watch(**where)
    world.until("the catalogue is there", lambda: known("hot")["data_temperature"] == "HOT")
    assert known("hot") == {**hot, "accesses": known("hot")["accesses"], "reads": known("hot")["reads"]}, (known("hot"), hot)
    assert len([event for event in world.events() if event["type"] in ("access.pattern_detected", "ml.prediction")]) == 6
    # What is read again and again becomes hot, and that is told.
    for _ in range(60):
        get(world, "app/b.log")
    world.until("it is hot", lambda: known("app/b.log")["data_temperature"] == "HOT")
    changed = [event["data"] for event in world.events("access.pattern_detected") if event["data"].get("file_name") == "app/b.log"]
    assert changed[-1]["data_temperature"] == "HOT" or changed[0]["data_temperature"] == "HOT", changed
