"""Those who read: they come and go, change what they want, and keep book of what they were given."""

import asyncio
import json
import urllib.parse
from array import array

import aiohttp
import websockets
from websockets.asyncio.client import connect

from client import offset
from flux import BINARY
from ledger import FILTERS, Filter

EVERYTHING = Filter("type:system.inventory OR has:type", lambda form, writer, number: True)
BROKEN = (OSError, websockets.WebSocketException, aiohttp.ClientError, asyncio.TimeoutError, EOFError)
# Heartbeats come every second.
SILENCE = 30


class Reader:
    """One reader's own sequence. `position`: what lies before it was given, or told as a gap."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.random = world.random_for(name)
        self.forget()

    def forget(self):
        self.cursor = self.position = None
        self.filter = self.random.choice(FILTERS)
        self.offsets = array("q")

    def begin(self, cursor):
        """`connection`, or the `ack` of another start: a reader that comes back goes on where it was."""
        place = offset(cursor)
        if self.position is not None and place != self.position:
            self.world.fail(f"{self.name} came back at {self.position} and goes on at {place}")
        self.cursor, self.position, self.start = cursor, place, place

    def take(self, offsets, cursor):
        for one in offsets:
            if one < self.position or (self.offsets and one <= self.offsets[-1]):
                self.world.fail(f"{self.name}: offset {one} was given at {self.position}, behind {self.offsets[-1:].tolist()}")
            self.offsets.append(one)
        self.move(cursor)
        self.world.count["events read"] += len(offsets)
        if len(self.offsets) >= 2000:
            self.flush()

    def move(self, cursor):
        place = offset(cursor)
        if place < self.position:
            self.world.fail(f"{self.name}: a cursor at {place} after one at {self.position}")
        self.cursor, self.position = cursor, place

    def gap(self, message):
        start, end = offset(message["from"]), offset(message["to"])
        self.world.ledger.gap(self.name, message, start, end)
        self.move(message["from"])
        self.flush()
        self.cursor, self.position, self.start = message["to"], end, end
        self.world.count["gaps told"] += 1
        self.world.count["events in gaps"] += end - start

    def flush(self):
        if self.position is not None and self.position > self.start:
            self.world.ledger.span(self.name, self.start, self.position, self.filter, self.offsets)
            self.start, self.offsets = self.position, array("q")

    def message(self, message):
        """What WebSocket and SSE have in common."""
        kind = message["type"]
        if kind == "event":
            self.take([message["data"]["offset"]], message["cursor"])
        elif kind == "events":
            self.take([event["offset"] for event in message["data"]], message["cursor"])
        elif kind == "connection":
            self.begin(message["cursor"])
        elif kind == "heartbeat":
            self.move(message["cursor"])
        elif kind == "gap":
            self.gap(message)
        elif kind not in ("goaway", "ack"):
            self.world.fail(f"{self.name}: unexpected {json.dumps(message)[:300]}")

    def query(self):
        fresh = self.random.choice(["earliest", "latest", f"-{self.random.randrange(1, 300)}"])
        return {"filter": self.filter.text, "from": self.cursor or fresh}

    async def run(self):
        """Comes and goes until the end; then comes back once more, and reads up to the head."""
        while True:
            last = self.world.head is not None
            if not last and self.cursor and self.random.random() < 0.15:
                self.flush()
                self.forget()
            try:
                self.until = asyncio.get_running_loop().time() + self.random.uniform(1, 12)
                self.world.count["streams opened"] += 1
                await self.once()
                broke = False
            except BROKEN:
                broke = True
                self.world.count["streams broken"] += 1
            self.flush()
            if self.done():
                return
            await self.world.pause(self.random.uniform(0.1, 0.4) if broke or last else self.random.choice(self.world.absences))
            if self.world.head is not None:
                await asyncio.sleep(0.1)

    def done(self):
        return self.world.head is not None and self.position is not None and self.position >= self.world.head

    def leaves(self):
        """Whether it is time to go."""
        if self.world.head is not None:
            return self.done()
        return asyncio.get_running_loop().time() > self.until

    async def once(self):
        raise NotImplementedError


class WebSocketReader(Reader):
    def __init__(self, world, name, batch=False, deflate=False, cloud=False, slow=False, subscribes=False):
        super().__init__(world, name)
        self.batch, self.deflate, self.cloud, self.slow, self.subscribes = batch, deflate, cloud, slow, subscribes

    async def once(self):
        query = {**self.query(), **({"batch": 1} if self.batch else {})}
        url = f"ws://{self.world.address()}/ws/stream?{urllib.parse.urlencode(query)}"
        async with connect(
                url, compression="deflate" if self.deflate else None, subprotocols=["cloudevents.json"] if self.cloud else None,
                max_size=None, max_queue=4 if self.slow else 64, ping_interval=None, open_timeout=10, close_timeout=2) as ws:
            self.asked, self.life, changer = {}, self.world.lives, None
            if self.subscribes:
                changer = asyncio.create_task(self.change(ws))
            try:
                await self.listen(ws)
            finally:
                if changer:
                    changer.cancel()
                if self.random.random() < 0.3:
                    ws.transport.abort()

    async def listen(self, ws):
        while not self.leaves():
            try:
                text = await asyncio.wait_for(ws.recv(), 1 if self.cloud else SILENCE)
            except asyncio.TimeoutError:
                if self.cloud:
                    continue  # its heartbeats are pings, which no reader sees
                if self.life == self.world.lives:
                    self.world.fail(f"{self.name} heard nothing for {SILENCE} s")
                raise
            message = json.loads(text)
            if self.cloud:
                self.cloud_event(message)
            elif message["type"] == "ack" and message["action"] == "subscribe":
                self.changed(message)
            else:
                self.message(message)
            if self.slow and self.world.head is None:
                await asyncio.sleep(self.random.uniform(0, 0.3))

    def cloud_event(self, event):
        """Its start is told by nothing but what comes: it is judged from its first event on."""
        if event["type"] == "io.cloudflux.system.gap.v1":
            if self.position is None:
                self.position = self.start = offset(event["data"]["from"])
            return self.gap(event["data"])
        here = offset(event["cursor"]) - 1
        if self.position is None:
            self.position = self.start = here
        self.take([here], event["cursor"])

    def done(self):
        # No heartbeat moves its cursor on where nothing passes.
        return super().done() or (self.cloud and self.world.head is not None and self.world.quiet())

    async def change(self, ws):
        """Other filters, and now and then another start, as fast as a person or faster."""
        number = 0
        while True:
            await asyncio.sleep(self.random.choice([0.01, 0.1, 0.5]))
            if self.world.head is not None:
                return
            number += 1
            wanted = self.random.choice(FILTERS)
            start = {"from": self.random.choice(["earliest", "latest", "-50"])} if self.random.random() < 0.2 else {}
            self.asked[number] = wanted, bool(start)
            await ws.send(json.dumps({"id": number, "action": "subscribe", "filter": wanted.text, **start}))

    def changed(self, ack):
        wanted, moved = self.asked.pop(ack["id"])
        if moved:
            self.flush()
            self.position = None
            self.begin(ack["cursor"])
        else:
            self.move(ack["cursor"])
            self.flush()
        self.start, self.offsets, self.filter = self.position, array("q"), wanted
        self.world.count["filters changed"] += 1


class Auditor(WebSocketReader):
    """Reads everything from the first event on and never leaves by itself: the judge of all others."""

    def __init__(self, world):
        super().__init__(world, "auditor", batch=True)
        self.filter, self.cursor = EVERYTHING, "earliest"

    async def run(self):
        while not self.done():
            try:
                await self.once()
            except BROKEN:
                await asyncio.sleep(0.1)

    def leaves(self):
        return self.done()

    def take(self, offsets, cursor):
        self.move(cursor)

    def message(self, message):
        if message["type"] in ("event", "events"):
            for event in message["data"] if message["type"] == "events" else [message["data"]]:
                self.world.ledger.told(event)
        elif message["type"] == "gap":
            self.world.ledger.auditor_gap(offset(message["from"]), offset(message["to"]))
        super().message(message)

    def flush(self):
        self.start = self.position


class SSEReader(Reader):
    async def once(self):
        query = self.query()
        headers = {}
        if self.cursor:
            headers, query["from"] = {"Last-Event-ID": self.cursor}, "latest"
        url = f"http://{self.world.address()}/api/stream/live?{urllib.parse.urlencode(query)}"
        async with self.world.session.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None, sock_read=SILENCE)) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(answer.status)
            data = b""
            async for line in answer.content:
                if line.startswith(b"data: "):
                    data = line[6:]
                elif line == b"\n" and data:
                    self.message(json.loads(data))
                    data = b""
                    if self.leaves():
                        return


class PageReader(Reader):
    """Goes through the list by pages, forward from the oldest or back from the newest."""

    async def once(self):
        order = self.random.choice(["asc", "desc"])
        query = {"order": order, "limit": self.random.choice([7, 100, 1000]), "filter": self.filter.text}
        lowest = highest = None
        found, holes = [], []
        for _ in range(30):
            async with self.world.session.get(f"http://{self.world.address()}/api/stream/events", params=query) as answer:
                if answer.status == 503:
                    raise aiohttp.ClientError("the server is stopping")
                page = await answer.json(content_type=None)
                if answer.status != 200:
                    # Where its cursor stands may be gone by now, but never be called foreign.
                    return self.world.fail(f"{self.name}: {answer.status} {json.dumps(page)[:300]}")
            found += [event["offset"] for event in page["events"]]
            for gap in page.get("gaps", []):
                holes.append((offset(gap["from"]), offset(gap["to"])))
                self.world.ledger.gap(self.name, gap, *holes[-1])
            if not page["next_cursor"]:
                break
            query["cursor"] = page["next_cursor"]
        self.world.count["pages read"] += 1
        self.world.count["events read"] += len(found)
        if found != sorted(set(found), reverse=order == "desc"):
            self.world.fail(f"{self.name}: pages out of order ({order})")
        if found:
            lowest, highest = min(found), max(found) + 1
            found.sort()
            for start, end in holes:
                if lowest < start:
                    self.world.ledger.span(self.name, lowest, start, self.filter, array("q", (o for o in found if o < start)))
                lowest, found = end, [o for o in found if o >= end]
            if lowest < highest:
                self.world.ledger.span(self.name, lowest, highest, self.filter, array("q", found))
        self.filter = self.random.choice(FILTERS)

    def flush(self):
        pass

    def done(self):
        return self.world.head is not None


class CommandReader(Reader):
    """`cloudflux events --follow`, a process of its own, which finds the server again by itself."""

    async def once(self):
        self.forget()
        process = await asyncio.create_subprocess_exec(
            BINARY, "events", "--follow", "--json", "--filter", self.filter.text, "--data", self.world.data,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=1 << 22)
        words = asyncio.create_task(process.stderr.read())
        self.until += 8
        offsets = array("q")
        try:
            while not self.leaves() and not self.done():
                try:
                    line = await asyncio.wait_for(process.stdout.readline(), 1)
                except asyncio.TimeoutError:
                    continue
                if not line:
                    break
                offsets.append(json.loads(line)["offset"])
        finally:
            if process.returncode is None:
                process.terminate()
            # What it had written before it heard of it.
            for line in (await process.stdout.read()).splitlines():
                if line.endswith(b"}"):
                    offsets.append(json.loads(line)["offset"])
            await process.wait()
            told = (await words).decode()
        self.world.count["events read"] += len(offsets)
        if "gap: " in told:
            return  # its gaps stand in another pipe than its events: which of them lies where cannot be told
        if offsets.tolist() != sorted(set(offsets)):
            self.world.fail(f"{self.name}: events out of order or twice")
        elif offsets:
            self.world.ledger.span(self.name, offsets[0], offsets[-1] + 1, self.filter, offsets)

    def flush(self):
        pass

    def done(self):
        return self.world.head is not None and self.world.quiet()


def everybody(world):
    """The readers of a soak."""
    forms = [
        ("single", {}), ("batch", {"batch": True}), ("deflate", {"deflate": True}),
        ("batch deflate", {"batch": True, "deflate": True}), ("cloudevents", {"cloud": True}),
        ("slow", {"slow": True}), ("slow batch", {"batch": True, "slow": True}),
        ("changing", {"subscribes": True}), ("changing batch", {"batch": True, "subscribes": True}),
    ]
    readers = [WebSocketReader(world, f"ws {form} {number}", **how) for number in range(2) for form, how in forms]
    readers += [SSEReader(world, f"sse {number}") for number in range(4)]
    readers += [PageReader(world, f"pages {number}") for number in range(2)]
    return readers + [CommandReader(world, "events --follow")]
