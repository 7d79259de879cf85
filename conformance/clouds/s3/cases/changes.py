"""What is there, what changes, and what people ask of a store."""
from case import case
from world import later

ODD = ["a b", "a+b", "a%2Bb", "a&b=c", "ä/漢/🙂", "x//y", "./x", "../x", "<&>\"'", "tab\there", "\x7f", "\x01", "%", "e\u0301", "k" * 1024]


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
def case_confirmed_and_interrupted(run):
    """What a person confirmed stays confirmed when the listing that is to tell it fails."""
    world = run()
    for number in range(40):
        world.put(f"f{number}")
    world.watch()
    for number in range(30):
        world.delete(f"f{number}")
    world.until("away", lambda: world.store()["state"] == "away")
    # Refused for good, so that it is not tried again.
    lists = f"GET /{world.bucket}.*list-type"
    world.edge.sim("POST", "fault", match=lists, times=1000, status=501, code="NotImplemented")
    world.server.json("POST", f"/api/stores/{world.store()['id']}/confirm")
    world.until("it fails", lambda: "NotImplemented" in world.store()["message"])
    assert "confirms" not in world.store()["message"], world.store()
    world.edge.sim("DELETE", "fault")
    world.until("back", lambda: world.store()["state"] == "watching")
    world.until_equal()
    assert len(world.events("cloud.delete")) == 30


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
