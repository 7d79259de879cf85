"""A bucket at the stand-in, a server that watches it, and what people would look at."""
import base64
import json
import os
import pathlib
import random
import sys
import time
import urllib.parse

from standin import StandIn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lib"))
from flux import Server, wait_for  # noqa: E402

PATIENCE = float(os.environ.get("PATIENCE", "60"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
KEY, SECRET = StandIn.access, StandIn.secret
# Nothing of the machine that this runs on counts.
BARE = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
}


class World:
    """A server whose environment holds the credentials; nothing is watched until `watch`."""

    number = 0

    def __init__(self, edge, scratch, environment=None, interval="1s"):
        World.number += 1
        self.edge, self.s3 = edge, edge.s3
        self.bucket, self.interval = f"bucket-{World.number}", interval
        self.s3.create_bucket(Bucket=self.bucket)
        self.log = scratch / "server.log"
        self.home = scratch / "home"
        self.home.mkdir()
        self.environment = {**BARE, "HOME": str(self.home), **(environment or {})}
        self.data = scratch / "data"
        self.server = None

    def url(self, prefix="", **parameters):
        given = {"endpoint": self.edge.url, "interval": self.interval, **parameters}
        query = "&".join(f"{name}={urllib.parse.quote(value, safe='')}" for name, value in given.items() if value is not None)
        return f"s3://{self.bucket}{'/' + urllib.parse.quote(prefix, safe='/') if prefix else ''}?{query}"

    def start(self, *options, wrapper=()):
        wrap = ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items()), *wrapper]
        self.server = Server(self.data, *options, stderr=self.log, wrapper=wrap).start()
        return self

    def watch(self, prefix="", **parameters):
        self.start("--store", self.url(prefix, **parameters))
        self.until("the store is settled", self.settled)
        return self

    def settled(self):
        # A configured store is added once the server listens.
        stores = self.server.json("GET", "/api/stores")["stores"]
        return stores and stores[0]["state"] not in ("starting", "indexing")

    def end(self):
        if self.server:
            self.server.kill()

    def put(self, key, body=b"x", **more):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def delete(self, key):
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    # What people look at.

    def store(self):
        return self.server.json("GET", "/api/stores")["stores"][0]

    def until(self, what, condition):
        try:
            return wait_for(condition, what, PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}\n{self.server.json('GET', '/api/stores')}\n{self.tail()}") from None

    def tail(self):
        return self.log.read_bytes()[-3000:].decode(errors="replace")

    def pass_again(self):
        """Waits until a listing that began after now has ended."""
        before = self.store()["last_rescan"]
        self.until("a listing", lambda: self.store()["last_rescan"] != before)
        before = self.store()["last_rescan"]
        self.until("another listing", lambda: self.store()["last_rescan"] != before)

    def events(self, *types):
        found, cursor = [], None
        while True:
            query = {"limit": "1000", "order": "asc", **({"cursor": cursor} if cursor else {})}
            if types == ("system.inventory",):
                query["type"] = types[0]
            page = self.server.json("GET", "/api/stream/events?" + urllib.parse.urlencode(query))
            found += page["events"]
            cursor = page["next_cursor"]
            if not cursor:
                return [event for event in found if not types or event["type"] in types]

    def told(self, key):
        """What was told of a key, in order."""
        return [event for event in self.events("cloud.upload", "cloud.delete") if name(event["data"]) == key.encode()]

    def objects(self):
        """The objects as events tell of them: key -> (size, class). Also checks that the events make sense."""
        there = {}
        for event in self.events("system.inventory"):
            for entry in event["data"]["objects"]:
                assert name(entry) not in there, ("told twice", entry)
                there[name(entry)] = (entry["size_bytes"], entry["storage_class"])
        for event in self.events("cloud.upload", "cloud.delete"):
            data = event["data"]
            assert data["provider"] == "aws" and data["bucket"] == self.bucket, event
            if event["type"] == "cloud.delete":
                assert name(data) in there, ("deleted though not there", event)
                del there[name(data)]
            else:
                assert (name(data) in there) == (data["operation"] != "create"), event
                there[name(data)] = (data["size_bytes"], data["storage_class"])
        return there

    def real(self, prefix=""):
        """The objects as the official SDK lists them."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {entry["Key"].encode(): (entry["Size"], entry["StorageClass"]) for page in pages for entry in page.get("Contents", [])}

    def until_equal(self, prefix=""):
        try:
            wait_for(lambda: self.objects() == self.real(prefix), "events and bucket agree", PATIENCE)
        except AssertionError:
            told, real = self.objects(), self.real(prefix)
            wrong = sorted(key for key in told.keys() | real.keys() if told.get(key) != real.get(key))
            raise AssertionError(f"events and bucket differ: {[(key, told.get(key), real.get(key)) for key in wrong[:5]]}\n{self.store()}\n{self.tail()}") from None

    def problem(self, url):
        """What adding a store is answered with."""
        status, _, text = self.server.request("POST", "/api/stores", {"url": url})
        assert 400 <= status < 500, (status, text)
        return json.loads(text)["detail"]


def name(data):
    return base64.b64decode(data["file_name_base64"]) if "file_name_base64" in data else data["file_name"].encode()


def later():
    """A second that is not this one: what was written is told by its second."""
    now = int(time.time())
    wait_for(lambda: int(time.time()) > now, "the next second", 5)
