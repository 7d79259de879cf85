"""What the bucket's queue tells, twice, late, and beside listings."""
from case import case
from world import SEED


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
        key = f"k{SEED * (number + 7) % 13}"
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
