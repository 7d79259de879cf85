"""Event messages. Those of moto lack the sequencer, the zone of the time, delete markers and more."""
import base64
import copy
import datetime
import itertools
import logging
import secrets
import time
from urllib.parse import quote_plus

import moto.s3.notifications as moto_events
from moto.events.models import events_backends
from moto.events.utils import _BASE_EVENT_MESSAGE

from .state import CURRENT, new_request_id, utc

SEQUENCE = itertools.count(time.time_ns() // 1000)
OF_VERSION_2_3 = ("LifecycleTransition", "IntelligentTiering", "ObjectAcl", "ObjectTagging", "LifecycleExpiration")
REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}


def object_item(bucket, key, removed, name, etag, version):
    """What a message says of the object, under the names that its form has for it."""
    item = {"key": name, "sequencer": f"{next(SEQUENCE):016X}"}
    if not removed:
        item |= {"size": key.size, etag: key.etag.strip('"')}
    if getattr(bucket, "is_versioned", False):
        item[version] = key.version_id
    return item


def notification(name, bucket, key, config_id):
    """The message to a queue or topic, version 2.1 or 2.3."""
    short = name.removeprefix("s3:")
    newer = short.split(":")[0] in OF_VERSION_2_3 or short == "ObjectRestore:Delete"
    record = {
        "eventVersion": "2.3" if newer else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": utc().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "eventName": short,
        "userIdentity": {"principalId": "AWS:AIDAJDPLRKLG7UEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": CURRENT.request_id or new_request_id(),
            "x-amz-id-2": base64.b64encode(secrets.token_bytes(48)).decode(),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": config_id,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": "A3NL1KOZZKExample"}, "arn": bucket.arn},
            "object": object_item(bucket, key, short.startswith("ObjectRemoved"), quote_plus(key.name, safe="/"), "eTag", "versionId"),
        },
    }
    if short == "ObjectRestore:Completed":
        expiry = datetime.datetime.fromtimestamp(key.edge_expires, datetime.timezone.utc)
        record["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "lifecycleRestoreStorageClass": key.storage_class,
            }
        }
    return {"Records": [record]}


def event_bridge(account_id, bucket, name, key):
    """The same in EventBridge's form: etag in lower case, version-id, the key not encoded."""
    short = name.removeprefix("s3:")
    removed = short.startswith("ObjectRemoved")
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": object_item(bucket, key, removed, key.name, "etag", "version-id"),
        "request-id": CURRENT.request_id or new_request_id(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
    }
    if short in REASONS:
        detail["reason"] = REASONS[short]
    if removed:
        detail["deletion-type"] = "Delete Marker Created" if short.endswith("MarkerCreated") else "Permanently Deleted"
    if short.startswith("ObjectRestore"):
        detail["source-storage-class"] = key.storage_class
    event = copy.deepcopy(_BASE_EVENT_MESSAGE)
    event |= {
        "detail-type": moto_events._detail_type(name),
        "source": "aws.s3",
        "account": account_id,
        "time": utc().timestamp(),  # moto writes it as a date.
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    for bus in events_backends[account_id][bucket.region_name].event_buses.values():
        for rule in bus.rules.values():
            try:
                rule.send_to_targets(event, transform_input=False)
            except Exception:
                logging.exception("EventBridge rule %s", rule.name)
