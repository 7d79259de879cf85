"""Object put → event at a client, through notifications."""
import json
import pathlib
import subprocess

from . import tools

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(context):
    puts, rate = (50, 20) if context.quick else (1000, 20)
    python = subprocess.run(
        [ROOT / "conformance/lib/python-with", "clouds-s3", ROOT / "conformance/clouds/s3/requirements.txt"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    scratch = context.scratch / "notified"
    scratch.mkdir()
    output = subprocess.run([python, ROOT / "Benchmarks/clients/notified.py", scratch, str(puts), str(rate)], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(output.splitlines()[-1])
    queue = tools.quantile(found["queue"], 0.99)
    rows = []
    for name, what in (("cloudflux", "event at a client of the stream"), ("queue", "message at a plain consumer of a second queue")):
        values = [tools.quantile(found[name], share) for share in (0.5, 0.9, 0.99, 1)]
        rows.append([what, *(tools.number(value, 1) for value in values), tools.reached(values[2] - queue < 500) if name == "cloudflux" else ""])
    return [tools.Table(
        f"Object put → event, {puts:,} puts at {rate} a second through a queue (ms)", ["what", "p50", "p90", "p99", "most", "p99 < 500 ms and the queue's"], rows,
        "From before the put to the stand-in; each message costs a HEAD, an append that is on disk, and the stream.")]
