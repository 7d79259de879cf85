"""The soak: a real server under everything at once, and the books of what it was given and gave.

MINUTES=10 how long; SEED=N repeats a run; RATE=N events a second; CLOUDFLUX=path the binary.
"""

import asyncio
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "live")]
import aiohttp  # noqa: E402

import faults  # noqa: E402
from flux import BINARY, ROOT, Server  # noqa: E402
from ledger import Ledger  # noqa: E402
from machine import MEBIBYTE, Clock, Disk, disk_use, figures  # noqa: E402
from readers import Auditor, everybody  # noqa: E402
from report import Report, Samples  # noqa: E402
from writers import Writer, folder_writer, tree  # noqa: E402

DISK_BYTES = 128 * MEBIBYTE
MAXIMUM_FAILURES = 40


class World:
    padding, writer_count, disk_reserve = 1500, 6, 24 * MEBIBYTE
    segment_bytes = MEBIBYTE

    def __init__(self, base, seed, minutes, rate):
        self.seed, self.seconds, self.rate = seed, minutes * 60, rate
        # What the log keeps, in seconds: some readers stay away for longer.
        kept = max(8, min(60, self.seconds / 6))
        self.retention_bytes = int(max(2 * MEBIBYTE, rate * (self.padding / 2 + 250) * kept))
        self.absences = [0, 0.2, 1, 3, kept * 1.5]
        self.random = self.random_for("faults")
        self.count, self.failures = collections.Counter(), []
        self.ledger = Ledger(self.fail)
        self.disk, self.clock = Disk(base / "disk", DISK_BYTES), Clock(base / "clock")
        self.folder, self.data, self.errors = str(base / "folder"), str(base / "disk/data"), str(base / "server.log")
        os.mkdir(self.folder)
        self.server = Server(
            self.data, "--store", "file://" + urllib.parse.quote(self.folder), "--segment-bytes", str(self.segment_bytes),
            "--retention-bytes", str(self.retention_bytes), "--disk-reserve", str(self.disk_reserve), "--dedup-events", "20000",
            "--heartbeat", "1s", "--drain-timeout", "10s", wrapper=self.clock.wrapper, stderr=self.errors)
        self.lives, self.head, self.headed_at, self.writers_stop, self.session = 0, None, None, False, None
        self.ending = asyncio.Event()
        self.began = self.now()
        # A soak of a minute has to hurry.
        self.pace = min(8, max(1.2, self.seconds / 75))

    # What everybody uses.

    now = staticmethod(time.monotonic)

    def random_for(self, name):
        return random.Random(f"{self.seed} {name}")

    def say(self, words):
        print(f"  {self.now() - self.began:6.1f} s  {words}", flush=True)

    def fail(self, words):
        self.count["failures"] += 1
        if len(self.failures) < MAXIMUM_FAILURES:
            self.failures.append(words)
            self.say("FAILED: " + words)

    def address(self):
        if self.server.port is None:
            raise ConnectionRefusedError("the server is away")
        return f"127.0.0.1:{self.server.port}"

    async def post(self, body, headers):
        async with self.session.post(f"http://{self.address()}/api/stream/events", data=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def pause(self, seconds):
        """Sleeps, but not past the end."""
        try:
            await asyncio.wait_for(self.ending.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def until(self, condition, seconds):
        deadline = self.now() + seconds
        while self.now() < deadline:
            try:
                if await asyncio.to_thread(condition):
                    return True
            except (OSError, AssertionError):
                pass
            await asyncio.sleep(0.1)
        return False

    def quiet(self):
        """Whether the last event is so long ago that everybody who is there has had it."""
        return self.headed_at is not None and self.now() - self.headed_at > 5

    # The server's lives.

    async def restart(self, end):
        self.server.port = None
        await asyncio.to_thread(end)
        await asyncio.to_thread(self.server.start)
        self.lives += 1

    def watching(self):
        return all(one["state"] == "watching" for one in self.server.json("GET", "/api/stores")["stores"])


def objects(server):
    found, cursor = {}, ""
    while cursor is not None:
        page = server.json("GET", f"/api/objects?limit=1000&cursor={cursor}")
        found.update((one["file_name"], one["size_bytes"]) for one in page["objects"])
        cursor = page["next_cursor"]
    return found


async def sample(world, samples, interval):
    while True:
        try:
            memory, descriptors, threads = figures(world.server.process.pid)
            kinds = disk_use(world.data)
            samples.add(world.now(), world.lives, memory=memory, descriptors=descriptors, threads=threads, disk=kinds.total(), kinds=kinds)
        except (OSError, AttributeError, KeyError):
            pass  # between two lives
        await asyncio.sleep(interval)


async def judge(world):
    while True:
        world.ledger.judge()
        await asyncio.sleep(0.5)


async def soak(world):
    samples, report = Samples(), Report(world)
    await asyncio.to_thread(world.server.start)
    if not await world.until(world.watching, 30):
        world.fail("the folder was not watched within 30 s")
    await asyncio.sleep(2)
    report.idle(*figures(world.server.process.pid))
    world.session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0, force_close=False))
    background = [asyncio.create_task(one) for one in (sample(world, samples, min(2, world.seconds / 120)), judge(world))]
    auditor = asyncio.create_task(Auditor(world).run())
    readers = [asyncio.create_task(one.run()) for one in everybody(world)]
    writers = [asyncio.create_task(Writer(world, n, Writer.FORMS[max(0, n - 2)]).run()) for n in range(world.writer_count)]
    writers.append(asyncio.create_task(folder_writer(world)))
    # First a life that ends often, then one that lasts: only that one can show what grows.
    begin = world.now()
    world.last_empty = begin + world.seconds * 0.4
    await faults.run(world, world.last_empty, faults.kill, faults.clock, faults.fill, faults.restart)
    await faults.restart(world)
    world.count["restart"] += 1
    samples.steady(world.now() + world.seconds * 0.15)
    world.say("from here on the server lives on, with a clock that jumps and a disk that fills")
    await faults.run(world, begin + world.seconds * 0.97, faults.clock, faults.fill)
    await world.pause(max(0, begin + world.seconds - world.now()))
    world.writers_stop = True
    await finish("writers", world, writers, 60)
    samples.end(world.now())
    report.metrics = await asyncio.to_thread(world.server.metrics)
    world.head, world.headed_at = int(report.metrics['cloudflux_log_head_offset{topic="events"}']), world.now()
    world.ending.set()
    await finish("the auditor", world, [auditor], 60)
    await finish("readers", world, readers, 60)
    report.caught_up = world.now() - world.headed_at
    await world.session.close()
    for task in background:
        task.cancel()
    await at_rest(world, report)
    report.samples = samples
    return report


async def finish(what, world, tasks, seconds):
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in done:
        if task.exception():
            raise task.exception()
    for task in late:
        task.cancel()
    if late:
        world.fail(f"{len(late)} of the {what} had not come to their end within {seconds} s")


async def at_rest(world, report):
    """Nobody writes and nobody reads: everything is as it was at the start, and all is accounted for."""
    def settled():
        metrics = world.server.metrics()
        descriptors = world.server.descriptors()
        log = metrics['cloudflux_log_size_bytes{topic="events"}']
        return log <= report.most_log and metrics["cloudflux_live_subscribers"] == 0 and metrics["cloudflux_catalogue_lag_events"] == 0 \
            and descriptors <= report.idle_descriptors + report.SPARE_DESCRIPTORS
    await world.until(settled, 30)
    expected = tree(world.folder)
    await world.until(lambda: objects(world.server) == expected, 30)
    report.metrics = await asyncio.to_thread(world.server.metrics)
    report.rest(*figures(world.server.process.pid), disk_use(world.data).total())
    report.accounts = world.ledger.close(int(report.metrics['cloudflux_log_earliest_offset{topic="events"}']))
    there = objects(world.server)
    report.objects = len(there), sum(there.get(name) != size for name, size in expected.items()) + len(set(there) - set(expected))
    code = await asyncio.to_thread(world.server.stop)
    if code != 0:
        world.fail(f"the server ended with {code} after SIGTERM")
    verify = subprocess.run([BINARY, "log", "verify", "--data", world.data], capture_output=True, text=True)
    if verify.returncode:
        world.fail(f"log verify: {verify.stdout}{verify.stderr}")


def keep(world, base):
    """The data folder and the server's log, where they outlive the run."""
    kept = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", ROOT / ".build-conformance")) / f"soak/kept-{world.seed}"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    if os.path.exists(world.data):
        shutil.copytree(world.data, kept / "data")
    shutil.copy(world.errors, kept / "server.log")
    (kept / "failures.txt").write_text("\n".join(world.failures) + "\n")
    return kept


async def main():
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    minutes, rate = float(os.environ.get("MINUTES", "10")), float(os.environ.get("RATE", "300"))
    print(f"soak: SEED={seed}, {minutes:g} minutes, {rate:g} events a second, {BINARY}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cloudflux-soak-") as scratch:
        base = pathlib.Path(scratch)
        world = World(base, seed, minutes, rate)
        report = None
        try:
            report = await soak(world)
            report.show()
        except Exception as error:
            world.fail(f"the soak itself broke: {type(error).__name__}: {error}")
            traceback.print_exc()
        finally:
            world.server.kill()
            if world.failures:
                print(f"soak: FAILED with SEED={seed}; data folder and log are kept in {keep(world, base)}", flush=True)
            world.disk.end()
        passed, failed, skipped = (report.passed, report.failed, report.skipped) if report else (0, 1, 0)
        print(f"soak: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
        return 1 if world.failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
