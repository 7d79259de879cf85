"""The stand-in as a process of its own, asked with boto3 and through its routes for tests."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).resolve().parent


class StandIn:
    """`url` is its address."""

    access, secret = "AKIDTESTTESTTEST0001", "secretsecretsecretsecretsecretsecret0001"
    # Somebody else.
    backup, backup_secret = "AKIDBACKUPBACKUP0002", "secretsecretsecretsecretsecretsecret0002"

    def __init__(self, *options):
        command = [sys.executable, "-m", "edge", "--port", "0", "--key", f"{self.access}:{self.secret}", "--key", f"{self.backup}:{self.backup_secret}", *options]
        self.process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        line = self.process.stdout.readline().strip()
        if not line.startswith("ready http"):
            raise AssertionError(f"the stand-in did not get ready: “{line}”")
        self.url = line.split()[1]
        self.s3 = self.client()

    def sim(self, method, route, **body):
        """What a route for tests answers."""
        status, _, text = http(method, f"{self.url}/__sim/{route}", json.dumps(body).encode())
        assert status < 300, f"{method} /__sim/{route}: {status} {text.decode()}"
        return json.loads(text) if text else None

    def client(self, service="s3", key=None, secret=None, **config):
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key or self.access, aws_secret_access_key=secret or self.secret,
            config=Config(**{"s3": {"addressing_style": "path"}, "max_pool_connections": 20, **config}))

    def refused(self, code, call, *args, **kwargs):
        """The call must fail with this code."""
        try:
            call(*args, **kwargs)
        except ClientError as error:
            return equal(error.response["Error"]["Code"], code)
        raise AssertionError(f"accepted instead of {code}")

    def body(self, key, bucket="data", **more):
        return self.s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read()

    def queue(self, name, bucket=None, *events):
        """An SQS queue, which gets a bucket's events. Returns (client, address, name for others)."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if bucket:
            wanted = {"QueueConfigurations": [{"Id": "all", "QueueArn": arn, "Events": [f"s3:{event}:*" for event in events]}]}
            self.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
        return sqs, url, arn

    def drain(self, queue, count):
        """The records of a queue, once there are so many and no message is left."""
        sqs, url, _ = queue
        found = []

        def more():
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.extend(json.loads(message["Body"]).get("Records", []))
            return len(found) >= count and not got

        eventually(more)
        return found

    def stop(self):
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.stdout.close()


def http(method, url, body=None):
    """(status, headers, bytes) of a request that nobody signs."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def eventually(probe, seconds=15):
    """Waits until the probe returns something true."""
    end = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.1)


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {str(got)[:300]} instead of {str(wanted)[:300]}")
