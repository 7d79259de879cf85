"""Restores of archived objects, which take time, and whose copies expire."""
import datetime
import time
from email.utils import formatdate

import moto.s3.notifications as moto_events
from moto.s3.models import FakeKey

from .call import Deny
from .state import STORE_LOCK, Settings, backend, stored_key

UNDER_WAY = []  # Objects that are being restored, or are for a while.
moto_response_dict = FakeKey.response_dict.fget


def restore(self, days):
    """Instead of moto's: one that takes --restore-delay seconds; a second one, once it is ready, prolongs the copy."""
    now = time.time()
    fresh = getattr(self, "edge_ready", None) is None
    if fresh:
        self.edge_ready = now + Settings.restore_delay
    self.edge_expires = max(self.edge_ready, now) + days * Settings.day
    self._expiry = datetime.datetime.fromtimestamp(self.edge_expires, datetime.timezone.utc).replace(tzinfo=None)
    if fresh:
        self.edge_told = False
        UNDER_WAY.append(self)
        moto_events.send_event(self.account_id, "s3:ObjectRestore:Post", backend().get_bucket(self.bucket_name), self)


def response_dict(self):
    """moto's, with x-amz-restore as the edge knows it."""
    found = moto_response_dict(self)
    found.pop("x-amz-restore", None)
    ready = getattr(self, "edge_ready", None)
    if ready is not None and self._expiry is not None:
        done = f'ongoing-request="false", expiry-date="{formatdate(self.edge_expires, usegmt=True)}"'
        found["x-amz-restore"] = 'ongoing-request="true"' if time.time() < ready else done
    return found


def check(call):
    """A restore of an object that is being restored is a conflict."""
    if call.method == "POST" and "restore" in call.query:
        found = stored_key(call.bucket, call.key, call.query.get("versionId"))
        if time.time() < (getattr(found, "edge_ready", None) or 0):
            raise Deny(409, "RestoreAlreadyInProgress", "Object restore is already in progress")


def finish():
    """Tells of the restores that are ready, and takes away the copies that have expired."""
    now = time.time()
    for key in list(UNDER_WAY):
        with STORE_LOCK:
            bucket = backend().buckets.get(key.bucket_name)
            stored = bucket.keys.getlist(key.name) if bucket is not None and key.name in bucket.keys else []
            if not any(one is key for one in stored):
                UNDER_WAY.remove(key)
            elif not key.edge_told and now >= key.edge_ready:
                key.edge_told = True
                moto_events.send_event(key.account_id, "s3:ObjectRestore:Completed", bucket, key)
            elif now >= key.edge_expires:
                UNDER_WAY.remove(key)
                key.edge_ready, key._expiry = None, None
                moto_events.send_event(key.account_id, "s3:ObjectRestore:Delete", bucket, key)
