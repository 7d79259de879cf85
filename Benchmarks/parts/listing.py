"""A bucket's listing: how fast it is read, and what comparing it with what is known costs."""
import os
import shutil
import subprocess
import time

import flux

from . import tools

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def pages(folder, objects):
    """Recorded pages of a thousand objects, as S3 writes them, in the order of the keys."""
    folder.mkdir()
    count = -(-objects // 1000)
    for page in range(count):
        parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name><Prefix></Prefix>'
                 f"<MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><KeyCount>1000</KeyCount><IsTruncated>{'true' if page + 1 < count else 'false'}</IsTruncated>"]
        if page + 1 < count:
            parts.append(f"<NextContinuationToken>{page + 1}</NextContinuationToken>")
        for number in range(page * 1000, min(objects, (page + 1) * 1000)):
            parts.append(
                f"<Contents><Key>measurements-2026-11-{number:09}.parquet</Key><LastModified>2026-11-{1 + number % 28:02}T{number % 24:02}:00:00.000Z</LastModified>"
                f"<ETag>&quot;{number:032x}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Size>{1000 + number}</Size><StorageClass>STANDARD</StorageClass></Contents>")
        parts.append("</ListBucketResult>")
        (folder / str(page)).write_text("".join(parts))


class Stub:
    """Gives the pages as fast as they are asked for."""

    def __init__(self, context, objects):
        folder = context.scratch / f"pages-{objects}"
        if not folder.exists():
            pages(folder, objects)
        self.process = subprocess.Popen([tools.client(context, "s3pages"), str(folder)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def spent(command, environment):
    """(seconds, CPU seconds, highest resident bytes, standard output) of a program."""
    before = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError(f"{command[0]} ended with {status}")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def first(context):
    """`scan` beside `rclone lsf`, on the same stub."""
    rclone = shutil.which("rclone")
    objects, rounds = (20_000, 1) if context.quick else (100_000, 7)
    found = {}
    with Stub(context, objects) as stub:
        ours = [os.environ["CLOUDFLUX"], "scan", f"s3://bench?endpoint=http://127.0.0.1:{stub.port}", "--json"]
        theirs = [rclone, "lsf", "--fast-list", "--files-only", "--format", "ps", "--s3-provider", "Other", "--s3-env-auth", "--s3-no-check-bucket",
                  "--s3-force-path-style", "--s3-list-version", "2", "--s3-list-url-encode=true", "--config", "/dev/null", "--s3-endpoint",
                  f"http://127.0.0.1:{stub.port}", ":s3:bench"]
        # Nothing of this machine's own settings of AWS.
        environment = {"PATH": os.environ["PATH"], "HOME": str(context.scratch), **ENVIRONMENT}
        for _ in range(rounds):
            answer = spent(ours, environment)
            if f'"objects":{objects},'.encode() not in answer[3]:
                raise RuntimeError(f"scan counts otherwise: {answer[3][:200]}")
            found.setdefault("cloudflux scan", []).append(answer[:3])
            if rclone:
                answer = spent(theirs, environment)
                if answer[3].count(b"\n") != objects:
                    raise RuntimeError(f"rclone lists {answer[3].count(bytes([10]))} objects")
                found.setdefault("rclone lsf", []).append(answer[:3])
    rows = []
    for name, runs in found.items():
        seconds, cpu, memory = (tools.median([run[i] for run in runs]) for i in range(3))
        good = "" if name != "cloudflux scan" else tools.reached(
            memory < 200e6 and (not rclone or seconds <= tools.median([run[0] for run in found["rclone lsf"]])))
        rows.append([name, tools.number(seconds, 2), tools.number(cpu, 2), tools.number(memory / 1e6), good])
    return tools.Table(
        f"Listing of {objects:,} objects from a stub that gives recorded pages at full speed", ["who", "seconds", "CPU seconds", "resident at most (MB)", "not slower, < 200 MB"], rows,
        f"Medians of {rounds} interleaved rounds of whole processes." + ("" if rclone else " rclone is missing: `apt-get install rclone`."))


def unchanged(context):
    """A server that knows all objects lists them again, and nothing has changed."""
    objects = 50_000 if context.quick else 1_000_000
    with Stub(context, objects) as stub:
        os.environ.update(ENVIRONMENT)
        server = flux.Server(context.scratch / "listing-data", "--store", f"s3://bench?endpoint=http://127.0.0.1:{stub.port}&interval=1d")
        with server:
            def store():
                stores = server.json("GET", "/api/stores")["stores"]
                return stores[0] if stores else {"state": "starting", "last_rescan": None, "message": None}
            before = time.monotonic()
            flux.wait_for(lambda: store()["state"] == "watching", "the inventory is told", 900)
            inventory = time.monotonic() - before
            flux.wait_for(lambda: server.json("GET", "/api/objects?limit=1")["as_of"]["lag_events"] == 0, "the catalogue is at the head", 600)
            warm = tools.resident(server.process.pid)
            runs = []
            with tools.Sampler(server.process.pid) as sampler:
                for _ in range(1 if context.quick else 3):
                    last, cpu, before = store()["last_rescan"], spent_by(server.process.pid), time.monotonic()
                    server.json("POST", f"/api/stores/{store()['id']}/retry")
                    flux.wait_for(lambda: store()["last_rescan"] != last, "it is compared again", 600)
                    runs.append((time.monotonic() - before, spent_by(server.process.pid) - cpu))
            found = store()
            if found["objects"] != objects or server.json("GET", "/api/stream/events?limit=1&filter=type:cloud.*")["events"]:
                raise RuntimeError(f"something was told of a bucket that did not change: {found}")
    seconds, cpu = (tools.median([run[i] for run in runs]) for i in range(2))
    return tools.Table(
        f"A bucket of {objects:,} known objects is listed again, and nothing has changed", ["what", "seconds", "CPU seconds", "resident (MB)", "< 10 s of CPU, < 300 MB"],
        [["the comparison", tools.number(seconds, 1), tools.number(cpu, 1), tools.number(sampler.highest / 1e6), tools.reached(cpu < 10 and sampler.highest < 300e6)],
         ["the inventory before it, to the log and the catalogue", tools.number(inventory, 1), "", tools.number(warm / 1e6), ""]],
        "CPU of the whole server. Resident: the highest while comparing; after the inventory.")


def spent_by(pid):
    """CPU seconds of a process so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(context):
    return [first(context), unchanged(context)]
