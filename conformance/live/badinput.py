"""Clients that mean harm, or are only broken: each costs a bounded amount, is counted, and takes nothing from others.

FILTERS, HALF_OPEN, SUBSCRIBE_SECONDS, REPLAY_EVENTS and CUT_EXPORTS make the cases larger (`make soak` does).
"""

import asyncio
import contextlib
import http.client
import itertools
import json
import os
import random
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from websockets.asyncio.client import connect

from client import Raw, events, expect, offset
from harness import Server, case, event, flux, main, number

SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
MEBIBYTE = 1 << 20
# A reader beside what is going on must have each event within this. A debug build on a loaded machine takes its time;
# `make soak` asks a release build for less.
LATE_SECONDS = float(os.environ.get("LATE_SECONDS", "20"))


def size(name, standard):
    return int(os.environ.get(name, standard))


@contextlib.asynccontextmanager
async def bystander(server, every=0.02):
    """Somebody posts and somebody reads all the while: the reader gets everything, once, in order and in time."""
    posted, got, late = {}, [], 0.0
    stopping = asyncio.Event()
    # Both were there before: who comes while others flood the door may have to wait.
    own = ThreadPoolExecutor(1)
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def append(n):
        link.request("POST", "/api/stream/events", json.dumps(event(n, type="test.bystander")), {"Content-Type": "application/json"})
        answer = link.getresponse()
        assert answer.status == 202, answer.read()
        answer.read()

    async def post():
        for n in itertools.count():
            if stopping.is_set():
                return n
            posted[n] = time.monotonic()
            await asyncio.get_running_loop().run_in_executor(own, append, n)
            await asyncio.sleep(every)

    async def read(ws):
        nonlocal late
        while True:
            got.extend(number(one) for one in await events(ws, 1, 60))
            late = max(late, time.monotonic() - posted[got[-1]])

    async with connect(server.ws(filter="type:test.bystander"), max_queue=None, ping_interval=None) as ws:
        await expect(ws, "connection")
        await asyncio.to_thread(link.connect)
        poster, reader = asyncio.create_task(post()), asyncio.create_task(read(ws))
        try:
            yield posted
            stopping.set()
            count = await asyncio.wait_for(poster, 60)
            deadline = time.monotonic() + 120
            while len(got) < count and time.monotonic() < deadline and not reader.done():
                await asyncio.sleep(0.02)
            if reader.done():
                reader.result()
            assert got == list(range(count)), f"a bystander was given {len(got)} of {count} events"
            assert late < LATE_SECONDS, f"a bystander had to wait {late:.1f} s for an event"
            print(f"        beside it: {count} events, the latest {late * 1000:.0f} ms after it was posted", flush=True)
        finally:
            stopping.set()
            poster.cancel()
            reader.cancel()
            own.shutdown(wait=False)
            link.close()


async def at_once(count, work):
    """Does it so many times at once, each in a thread of its own: asyncio's have room for a few only."""
    with ThreadPoolExecutor(count) as threads:
        return await asyncio.gather(*[asyncio.get_running_loop().run_in_executor(threads, work, n) for n in range(count)])


async def until(condition, what, seconds=120):
    await asyncio.to_thread(flux.wait_for, condition, what, seconds)


def counted(server, name):
    return server.metrics().get(name, 0)


def grew(server, before, limit, what):
    """Memory may grow by so many MiB."""
    more = (server.memory() - before) / MEBIBYTE
    print(f"        {what}: memory {more:+.0f} MiB", flush=True)
    assert more < limit, f"{what}: memory grew by {more:.0f} MiB"


# Filters.

FIELDS = ["type", "name", "bucket", "source", "id", "data.details.n", "data.a.b.c"]


def any_filter(rng):
    """An expression, and whether it is a good one."""
    word = "".join(rng.choice("abcxyz0189_") for _ in range(rng.randrange(1, 12)))
    return rng.choice([
        lambda: (f"{rng.choice(FIELDS)}:{word}", True),
        lambda: (f'name:"{"*a" * rng.randrange(1, 40)}*b" size>{rng.randrange(10**9)}', True),
        lambda: (" OR ".join(f"(type:{word}{n}.* -bucket:{word})" for n in range(rng.randrange(1, 30))), True),
        lambda: ("(" * 15 + word + ")" * 15, True),
        lambda: (f"size>={rng.randrange(1000)}KB time>now-{rng.randrange(1, 99)}h {word}", True),
        lambda: (f"{word}: (", False),
        lambda: (f"typ:{word}", False),
        lambda: ("(" * 17 + word + ")" * 17, False),
        lambda: (word + " a" * 70, False),
        lambda: (word * 1000 + "x" * 2048, False),
    ])()


@case
async def filters_tried_one_after_another():
    total, rng, good = size("FILTERS", 20_000), random.Random(SEED), 0
    with Server() as server:
        async with bystander(server), connect(server.ws(filter="type:none"), max_queue=None, max_size=None) as ws:
            await expect(ws, "connection")
            begun = counted(server, "cloudflux_live_subscriptions_total")
            window = 50

            async def tries(count):
                nonlocal good
                for start in range(0, count, window):
                    tried = [any_filter(rng) for _ in range(min(window, count - start))]
                    for n, (text, _) in enumerate(tried):
                        await ws.send(json.dumps({"id": n, "action": "subscribe", "filter": text}))
                    answered = 0
                    while answered < len(tried):
                        message = json.loads(await asyncio.wait_for(ws.recv(), 30))
                        if message["type"] in ("ack", "error"):
                            assert message["id"] == answered, (message, answered)
                            text, is_good = tried[answered]
                            assert (message["type"] == "ack") == is_good, (text[:200], message)
                            good += is_good
                            answered += 1

            await tries(total // 4)
            before = server.memory()
            await tries(total - total // 4)
            grew(server, before, 32, f"{total} filters (SEED={SEED})")
            metrics = server.metrics()
            assert metrics["cloudflux_live_subscriptions_total"] - begun == good, (metrics["cloudflux_live_subscriptions_total"], begun, good)
            assert metrics['cloudflux_live_refused_total{code="bad_filter"}'] == total - good


# Connections.

def half_open(server, kind):
    """A connection that begins to say something, and then nothing."""
    link = socket.create_connection(("127.0.0.1", server.port), 30)
    link.setblocking(False)
    start = (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ", b"GET /ws/stream HTTP/1.1\r\nUpgrade: websocket\r\n")[kind % 3]
    if start:
        link.send(start)
    return link


@case
async def half_open_connections_are_held_for_a_moment_only():
    most = min(size("HALF_OPEN", 10_000), resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    with Server() as server:
        descriptors = server.descriptors()
        async with bystander(server):
            before = server.memory()
            started = time.monotonic()
            links = await asyncio.to_thread(lambda: [half_open(server, n) for n in range(most)])
            took = time.monotonic() - started
            held = counted(server, "cloudflux_http_connections")
            grew(server, before, 256, f"{most} connections in {took:.1f} s, {held:.0f} at once")
            # Whoever comes now is served.
            assert server.request("GET", "/healthz")[0] == 200
            await until(lambda: counted(server, 'cloudflux_http_connections_cut_total{reason="header_timeout"}') == most,
                        "all are cut off and counted", 60)
            await until(lambda: counted(server, "cloudflux_http_connections") < 20, "they are gone")
            for link in links:
                link.close()
        await until(lambda: server.descriptors() <= descriptors + 4, "their descriptors are given back")


@case
async def connections_beyond_the_limit_are_refused_and_the_rest_go_on():
    with Server("--max-connections", "50") as server:
        async with bystander(server):
            before = counted(server, "cloudflux_http_connections")
            links = await asyncio.to_thread(lambda: [half_open(server, n) for n in range(1000)])
            # 50 streams and 600 others; a connection of our own is refused as well.
            await until(lambda: closed(links) >= 350 - before, "those beyond the limit are refused")
            for link in links:
                link.close()
            await until(lambda: serves(server), "the next one is served")
            refused = counted(server, 'cloudflux_http_connections_cut_total{reason="too_many"}')
            assert refused >= 350, refused


def closed(links):
    """How many of them the server has ended."""
    ended = 0
    for link in links:
        with contextlib.suppress(BlockingIOError):
            try:
                ended += link.recv(1) == b""
            except ConnectionError:
                ended += 1
    return ended


def serves(server):
    with contextlib.suppress(OSError):
        return server.request("GET", "/healthz")[0] == 200


# One byte a second.

@case
async def one_byte_a_second_is_cut_off_in_headers_bodies_and_frames():
    each = 60
    host = "Host: 127.0.0.1\r\n"
    head = f"GET /healthz HTTP/1.1\r\n{host}X-Slow: " + "x" * 300
    body = f"POST /api/stream/events HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    again = f"GET /healthz HTTP/1.1\r\n{host}\r\n"
    frame = b"\x81\xfe\x0f\xff\x00\x00\x00\x00" + b" " * 4000
    with Server("--ping-interval", "5s") as server:
        async with bystander(server):
            before = server.memory()
            slow = {"header": [], "body": [], "second header": [], "frame": []}
            for _ in range(each):
                for kind, said in (("header", b""), ("body", body.encode()), ("second header", again.encode())):
                    link = socket.create_connection(("127.0.0.1", server.port))
                    link.sendall(said)
                    slow[kind].append(link)
                slow["frame"].append(Raw(server, query={"filter": "type:none"}).socket)
            texts = {"header": head.encode(), "body": b"[" + b" " * 4000, "second header": head.encode(), "frame": frame}
            lasted = await drip(slow, texts, 90)
            print("        longest: " + ", ".join(f"{kind} {seconds:.0f} s" for kind, seconds in lasted.items()), flush=True)
            grew(server, before, 32, f"{4 * each} connections")
        metrics = server.metrics()
        assert metrics['cloudflux_http_connections_cut_total{reason="header_timeout"}'] == each, metrics
        assert metrics['cloudflux_http_requests_total{method="POST",route="/api/stream/events",status="408"}'] == each
        assert metrics['cloudflux_live_ended_total{code="4408"}'] == each


async def drip(slow, texts, limit):
    """A byte a second to everybody, until the server has ended them all. How long the longest of each kind lasted."""
    began, lasted = time.monotonic(), {}
    open_links = {kind: list(links) for kind, links in slow.items()}
    for second in range(limit):
        for kind, links in open_links.items():
            for link in list(links):
                link.setblocking(False)
                try:
                    link.send(texts[kind][second:second + 1])
                    while True:
                        if not link.recv(65536):
                            raise ConnectionResetError
                except BlockingIOError:
                    continue
                except ConnectionError:
                    links.remove(link)
                    link.close()
                    lasted[kind] = time.monotonic() - began
        if not any(open_links.values()):
            return lasted
        await asyncio.sleep(1)
    raise AssertionError(f"still there after {limit} s: { {kind: len(links) for kind, links in open_links.items()} }")


# Clients that never read, and that never answer.

@case
async def clients_that_never_read_are_cut_off():
    each = 25
    with Server("--stall-timeout", "3s", "--heartbeat", "500ms") as server:
        for start in range(0, 2000, 100):
            server.post([event(n, padding=10_000) for n in range(start, start + 100)])
        descriptors = server.descriptors()
        async with bystander(server):
            before = server.memory()
            links = []
            for target in ("/api/stream/events?limit=1000", "/api/stream/export", "/api/stream/live?from=earliest"):
                for _ in range(each):
                    link = socket.socket()
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    link.connect(("127.0.0.1", server.port))
                    link.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                    links.append(link)
            streams = [Raw(server, query={"from": "earliest"}, receive_buffer=4096) for _ in range(each)]
            # An SSE stream is a stream and an answer: either watch may see first that nothing is taken.
            await until(lambda: counted(server, "cloudflux_live_stalled_total") >= each, "stalled streams are ended and counted", 60)
            # Of the exports no more than have a place wait for their client.
            await until(lambda: counted(server, 'cloudflux_http_connections_cut_total{reason="stalled"}') >= each + 8,
                        "stalled answers are cut off and counted", 60)
            await until(lambda: counted(server, "cloudflux_exports_running") == 0, "their places are free")
            await until(lambda: counted(server, "cloudflux_live_subscribers") == 1, "the streams are gone", 60)
            grew(server, before, 160, f"{4 * each} clients that read nothing")
            for link in links + [one.socket for one in streams]:
                link.close()
        await until(lambda: server.descriptors() <= descriptors + 4, "their descriptors are given back")


@case
async def clients_that_never_answer_are_closed():
    count = 300
    with Server("--ping-interval", "500ms", "--heartbeat", "60s") as server:
        async with bystander(server):
            before = server.memory()
            silent = await asyncio.to_thread(lambda: [Raw(server, query={"filter": "type:none"}) for _ in range(count)])
            await until(lambda: counted(server, 'cloudflux_live_ended_total{code="4408"}') == count, "all are closed with 4408")
            await until(lambda: counted(server, "cloudflux_live_websockets") == 1, "they are forgotten")
            grew(server, before, 48, f"{count} clients that answer nothing")
            del silent


# Subscriptions.

@case
async def subscriptions_changed_a_thousand_times_a_second():
    seconds, rate = size("SUBSCRIBE_SECONDS", 6), 1000
    rng = random.Random(SEED)
    wanted = ["type:test.bystander", "data.details.n>5", "type:none", "type:* -data.details.n:3"]
    starts = [None, None, None, "latest", "earliest", "-20"]
    with Server() as server:
        server.post([event(n) for n in range(2000)])
        async with bystander(server), connect(server.ws(filter="type:none"), max_queue=None, max_size=None) as ws:
            await expect(ws, "connection")
            begun = counted(server, "cloudflux_live_subscriptions_total")
            sent, acked, given, place = 0, 0, 0, None
            before, start = server.memory(), time.monotonic()

            async def listen():
                nonlocal acked, given, place
                while True:
                    message = json.loads(await asyncio.wait_for(ws.recv(), 30))
                    if message["type"] == "ack":
                        assert message["id"] == acked, (message, acked)
                        acked, place = acked + 1, offset(message["cursor"])
                    elif message["type"] == "event":
                        # Behind the ack's cursor, forward, never twice.
                        assert place is None or message["data"]["offset"] >= place, (message["data"]["offset"], place)
                        place, given = message["data"]["offset"] + 1, given + 1
                    else:
                        assert message["type"] == "heartbeat", message

            listener = asyncio.create_task(listen())
            while (now := time.monotonic() - start) < seconds:
                # A client that outruns the answers would be closed, and rightly: it waits for some.
                while sent < now * rate and sent - acked < 60:
                    move = rng.choice(starts)
                    await ws.send(json.dumps({"id": sent, "action": "subscribe", "filter": rng.choice(wanted), **({"from": move} if move else {})}))
                    sent += 1
                if listener.done():
                    listener.result()
                await asyncio.sleep(0.001)
            while acked < sent and not listener.done():
                await asyncio.sleep(0.01)
            listener.cancel()
            grew(server, before, 48, f"{sent} changes, {acked / (time.monotonic() - start):.0f} a second, {given} events between them (SEED={SEED})")
            assert counted(server, "cloudflux_live_subscriptions_total") - begun == sent


# Replay, and exports.

class Counter:
    """Reads a stream of the whole log without looking at it: counts events by a word that stands once in each."""

    MARK = b'"recorded_at":'

    def __init__(self, server):
        raw = Raw(server, query={"from": "earliest", "batch": "1", "filter": "type:cloud.*"})
        self.raw, self.socket, self.tail = raw, raw.socket, raw.buffer
        self.count = self.tail.count(self.MARK)

    def read(self, wanted):
        told = time.monotonic()
        while self.count < wanted:
            # It does not see pings, so it says unasked that it is there.
            if time.monotonic() - told > 5:
                self.raw.send(10, b"")
                told = time.monotonic()
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError("the server ended the stream")
            text = self.tail[1 - len(self.MARK):] + data
            self.count += text.count(self.MARK)
            self.tail = text
        return self.count


@case
async def many_replay_a_large_log_at_once():
    total, readers = size("REPLAY_EVENTS", 20_000), 16
    with Server("--stall-timeout", "600s") as server:
        for start in range(0, total, 10_000):
            server.post([event(n) for n in range(start, min(total, start + 10_000))])
        bytes_ = counted(server, 'cloudflux_log_size_bytes{topic="events"}')
        async with bystander(server):
            before, started = server.memory(), time.monotonic()
            counters = [Counter(server) for _ in range(readers)]
            await until(lambda: counted(server, "cloudflux_live_behind") > 0 or counters[0].count >= 0, "they read history")
            counts = await at_once(readers, lambda n: counters[n].read(total))
            took = time.monotonic() - started
            assert counts == [total] * readers, counts
            grew(server, before, 192, f"{readers} readers of {total} events ({bytes_ / MEBIBYTE:.0f} MiB), {readers * total / took:,.0f} a second")
            for one in counters:
                one.socket.close()
        delivered = counted(server, "cloudflux_live_delivered_events_total")
        assert delivered >= readers * total, delivered


@case
async def exports_cut_in_the_middle_leave_nothing_behind():
    cuts, rng = size("CUT_EXPORTS", 150), random.Random(SEED)
    with Server() as server:
        for start in range(0, 20_000, 1000):
            server.post([event(n, padding=1000) for n in range(start, start + 1000)])
        descriptors = server.descriptors()
        async with bystander(server):
            warm, _ = await asyncio.to_thread(cut_exports, server, 20, rng)
            before = server.memory()
            cut, refused = await asyncio.to_thread(cut_exports, server, cuts, rng)
            await until(lambda: counted(server, "cloudflux_exports_running") == 0, "their places are free")
            grew(server, before, 48, f"{cuts} exports begun, {cut} cut, {refused} refused (SEED={SEED})")
            # One that was given up before its answer came may have been seen by the server or not.
            counts = {result: counted(server, f'cloudflux_exports_total{{result="{result}"}}') for result in ("cut", "whole", "refused")}
            assert counts["cut"] >= warm + cut > 0 and counts["refused"] >= refused and counts["whole"] == 0, (counts, warm, cut, refused)
            # As many as may run do run, to their last byte.
            whole = await at_once(8, lambda n: server.export("&filter=type:cloud.*"))
            assert [len(one) for one in whole] == [20_000] * 8
            assert counted(server, 'cloudflux_exports_total{result="whole"}') == 8
        await until(lambda: server.descriptors() <= descriptors + 4, "their descriptors are given back")


def cut_exports(server, count, rng):
    """Begins exports, up to twelve at once, and ends each somewhere. How many were cut while they ran; how many had no place."""
    cut, refused, links = 0, 0, []
    for n in range(count):
        link = socket.create_connection(("127.0.0.1", server.port), 30)
        form = rng.choice(["ndjson", "csv", "cloudevents"])
        link.sendall(f"GET /api/stream/export?format={form} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        left = rng.choice([0, 1, 1000, 300_000, 2_000_000])
        answer = b""
        while left > 0 and (data := link.recv(min(left, 1 << 16))):
            answer = answer or data
            left -= len(data)
            if answer.startswith(b"HTTP/1.1 503"):
                refused += 1
                break
        cut += answer.startswith(b"HTTP/1.1 200")
        links.append(link)
        if len(links) == 12 or n == count - 1:
            for one in links:
                if rng.random() < 0.5:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                one.close()
            links = []
    return cut, refused


if __name__ == "__main__":
    print(f"        SEED={SEED}", flush=True)
    main("live badinput")
