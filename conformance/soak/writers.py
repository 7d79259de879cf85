"""Those who write: events over REST in each form that is taken, and files in the watched folder."""

import asyncio
import collections
import json
import os

import aiohttp

from ledger import SOURCE


class Writer:
    """Posts batches with ids, again until they are answered; now and then one is given up, and an old one sent again."""

    FORMS = ("native", "cloud batch", "cloud structured", "cloud binary")

    def __init__(self, world, number, form):
        self.world, self.number, self.form = world, number, form
        self.random = world.random_for(f"writer {number}")
        self.next = 0
        self.sent = collections.deque(maxlen=40)
        world.ledger.writer(number, form.split()[0])

    def event(self, number):
        data = {"w": self.number, "n": number, "k": number % 8, "fill": "x" * self.random.randrange(self.world.padding)}
        name = f"{self.number}-{number}"
        if self.form == "native":
            return {"id": name, "source": SOURCE, "type": "soak.native", "data": data}
        return {"specversion": "1.0", "id": name, "source": SOURCE, "type": "soak.cloud", "data": data}

    def request(self, events):
        if self.form == "native":
            return "application/json", {}, json.dumps(events)
        if self.form == "cloud batch":
            return "application/cloudevents-batch+json", {}, json.dumps(events)
        if self.form == "cloud structured":
            return "application/cloudevents+json", {}, json.dumps(events[0])
        event = events[0]
        return "application/json", {f"ce-{name}": event[name] for name in ("specversion", "id", "source", "type")}, json.dumps(event["data"])

    async def run(self):
        each = 1 if self.form in ("cloud structured", "cloud binary") else 0
        while not self.world.writers_stop:
            size = each or self.random.choice([1, 2, 5, 30])
            events = [self.event(number) for number in range(self.next, self.next + size)]
            self.next += size
            if await self.deliver(events):
                self.sent.append(events)
            if self.sent and self.random.random() < 0.05:
                await self.deliver(self.random.choice(self.sent), again=True)
            await asyncio.sleep(size / self.world.rate * self.world.writer_count * self.random.uniform(0.5, 1.5))

    async def deliver(self, events, again=False):
        """True once they are acknowledged; an old batch must be answered as it was at first."""
        kind, headers, body = self.request(events)
        while True:
            try:
                status, answer = await self.world.post(body, {"Content-Type": kind, **headers})
                if status == 202:
                    self.acknowledged(events, answer, again)
                    return True
                if status != 503:
                    self.world.fail(f"writer {self.number}: {status} {json.dumps(answer)[:300]}")
                    return False
                self.world.count["refused posts"] += 1
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                self.world.count["broken posts"] += 1
            if self.random.random() < 0.02 and not again:
                self.world.count["given up"] += len(events)
                return False
            await asyncio.sleep(self.random.uniform(0.05, 0.4))

    def acknowledged(self, events, answer, again):
        told = answer["events"]
        ledger = self.world.ledger
        if [one["id"] for one in told] != [event["id"] for event in events] or answer["accepted"] + answer["duplicates"] != len(events):
            return self.world.fail(f"writer {self.number}: an answer that does not fit {len(events)} events: {json.dumps(answer)[:300]}")
        if again and answer["duplicates"] != len(events):
            self.world.fail(f"writer {self.number}: {answer['accepted']} of {len(events)} events were taken a second time, from {events[0]['id']}")
        ledger.duplicates += answer["duplicates"]
        for event, one in zip(events, told):
            ledger.answered(self.number, int(event["id"].split("-")[1]), one["offset"])


async def folder_writer(world):
    """Files that are written, changed, renamed and deleted, some of them in folders that go with them."""
    random = world.random_for("folder")
    names = [f"d{number % 5}/f{number}.bin" for number in range(200)]
    while not world.writers_stop:
        path = os.path.join(world.folder, random.choice(names))
        try:
            what = random.random()
            if what < 0.6:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "ab" if random.random() < 0.5 else "wb") as file:
                    file.write(b"x" * random.randrange(2000))
            elif what < 0.8:
                target = os.path.join(world.folder, random.choice(names))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.rename(path, target)
            else:
                os.remove(path)
            world.count["files touched"] += 1
        except FileNotFoundError:
            pass
        await asyncio.sleep(random.uniform(0.02, 0.2))


def tree(folder):
    found = {}
    for top, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(top, name)
            found[os.path.relpath(path, folder)] = os.lstat(path).st_size
    return found
