"""How long it takes from a put until a client of the stream has the event, beside a plain consumer of a second queue.

    notified.py SCRATCH PUTS A_SECOND       prints one line of JSON: milliseconds of each put, both ways

Runs in the environment of the S3 suite (boto3), against its stand-in.
"""
import http.client
import json
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "conformance/clouds/s3"), str(ROOT / "conformance/lib")]
from flux import wait_for  # noqa: E402
from standin import StandIn  # noqa: E402
from world import World  # noqa: E402


def stream(port, seen, ready):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/api/stream/live?filter=type:cloud.upload")
    answer = connection.getresponse()
    ready.set()
    while line := answer.readline():
        if line.startswith(b"data:") and b'"cloud.upload"' in line:
            seen.setdefault(json.loads(line[5:])["data"]["data"]["file_name"], time.monotonic())


def consume(sqs, url, seen, wanted):
    """What a program of one's own would do with the queue."""
    while len(seen) < wanted:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
        now = time.monotonic()
        for message in messages:
            for record in json.loads(message["Body"]).get("Records", []):
                seen.setdefault(record["s3"]["object"]["key"], now)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def main():
    scratch, puts, rate = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    edge = StandIn()
    world = World(edge, scratch, interval=None)
    try:
        _, ours, arn = edge.queue("ours", world.bucket, "ObjectCreated")
        sqs, theirs, other = edge.queue("theirs")
        wanted = [{"Id": str(n), "QueueArn": one, "Events": ["s3:ObjectCreated:*"]} for n, one in enumerate((arn, other))]
        edge.s3.put_bucket_notification_configuration(Bucket=world.bucket, NotificationConfiguration={"QueueConfigurations": wanted})
        world.watch(events=ours)
        flux, plain, ready = {}, {}, threading.Event()
        threading.Thread(target=stream, args=(world.server.port, flux, ready), daemon=True).start()
        threading.Thread(target=consume, args=(sqs, theirs, plain, puts), daemon=True).start()
        ready.wait(30)
        put, begin = {}, time.monotonic()
        for number in range(puts):
            time.sleep(max(0, begin + number / rate - time.monotonic()))
            put[f"o{number}"] = time.monotonic()
            world.put(f"o{number}", b"x")
        wait_for(lambda: len(flux) == puts and len(plain) == puts, "every put is heard of", 60)
        print(json.dumps({name: [1000 * (seen[key] - put[key]) for key in put] for name, seen in (("cloudflux", flux), ("queue", plain))}))
    finally:
        world.end()
        edge.stop()


if __name__ == "__main__":
    main()
