"""What of moto is replaced, because the service does otherwise."""
import time

import moto.s3.notifications as moto_events
from moto.s3.models import FakeKey, S3Backend
from moto.sqs.models import Queue

from . import events, restores
from .state import CURRENT

moto_send_event = moto_events.send_event
moto_delete_object = S3Backend.delete_object


def send_event(account_id, event_name, bucket, key):
    """moto sends ObjectTagging:Put after each put as well."""
    name = moto_events.S3NotificationEvent(event_name).value
    if CURRENT.quiet or (name == "s3:ObjectTagging:Put" and "tagging" not in CURRENT.query):
        return
    moto_send_event(account_id, name, bucket, key)


def delete_object(self, bucket_name, key_name, version_id=None, bypass=False):
    """moto sends nothing for a delete in a bucket with versions."""
    bucket = self.get_bucket(bucket_name)
    if not getattr(bucket, "is_versioned", False):
        return moto_delete_object(self, bucket_name, key_name, version_id, bypass)
    versions = bucket.keys.getlist(key_name) if key_name in bucket.keys else []
    gone = next((one for one in versions if str(one.version_id) == str(version_id)), None)
    CURRENT.quiet = True
    try:
        done, meta = moto_delete_object(self, bucket_name, key_name, version_id, bypass)
    finally:
        CURRENT.quiet = False
    if done and version_id is None:
        send_event(self.account_id, "s3:ObjectRemoved:DeleteMarkerCreated", bucket, bucket.keys[key_name])
    elif done and gone is not None:
        send_event(self.account_id, "s3:ObjectRemoved:Delete", bucket, gone)
    return done, meta


# Messages of a queue: moto asks the clock twice for each that waits, at each send. With 2,000 waiting that took 35 ms a message.


def messages(self):
    now = time.time() * 1000
    return [m for m in self._messages if m.visible_at < now and m.delayed_until <= now]


def messages_not_visible(self):
    now = time.time() * 1000
    return sum(m.visible_at >= now for m in self._messages)


def messages_delayed(self):
    now = time.time() * 1000
    return sum(m.delayed_until > now for m in self._messages)


def install():
    S3Backend.log_incoming_request = lambda *a, **k: None  # Its lines are not in S3's format.
    S3Backend.delete_object = delete_object
    FakeKey.restore = restores.restore
    FakeKey.response_dict = property(restores.response_dict)
    FakeKey.status = property(lambda self: None, lambda self, value: None)  # It would tell of restores a second time.
    moto_events.send_event = send_event
    moto_events._get_s3_event = events.notification
    moto_events._send_event_bridge_message = events.event_bridge
    Queue.messages = property(messages)
    Queue.approximate_number_of_messages_not_visible = property(messages_not_visible)
    Queue.approximate_number_of_messages_delayed = property(messages_delayed)
