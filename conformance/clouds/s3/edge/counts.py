"""How often a client asked for what."""
import collections
import threading
from urllib.parse import parse_qs

COUNTS = collections.Counter()
LOCK = threading.Lock()
# A parameter without a value names what of a bucket or object is meant, except for these, which may be empty.
OF_LISTINGS = {"prefix", "delimiter", "marker", "start-after", "continuation-token", "encoding-type", "key-marker", "upload-id-marker", "version-id-marker"}


def kind(call):
    """As `GET list`, `HEAD object`, `PUT object copy`, `POST restore`; of other services the action, as `ReceiveMessage`."""
    action = call.headers.get("x-amz-target", "").rpartition(".")[2]
    if not action and call.method == "POST" and call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(call.body.decode(errors="replace")).get("Action", [""])[0]
    if action:
        return action
    noun = next((name for name, value in call.query.items() if not value and name not in OF_LISTINGS), None)
    if "uploadId" in call.query:
        noun = "part" if "partNumber" in call.query else "upload"
    elif not noun and call.key:
        noun = "object"
    elif not noun and call.bucket:
        noun = "list" if call.method == "GET" else "bucket"
    copied = " copy" if call.copy_source() else ""
    return f"{call.method} {noun or 'buckets'}{copied}"


def count(call):
    with LOCK:
        COUNTS[kind(call)] += 1


def counted():
    with LOCK:
        return dict(COUNTS)


def forget():
    with LOCK:
        COUNTS.clear()
