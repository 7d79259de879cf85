"""Settings, the clock, and moto's state, which all parts of the edge use."""
import datetime
import secrets
import threading

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


class Settings:
    """What the command line said, and how far the clock is off."""

    keys = {}
    log_delay = 1.0
    restore_delay = 0.0
    day = 86400.0
    skew = 0.0


class Current(threading.local):
    """The request that this thread serves."""

    query = {}
    request_id = None
    quiet = False


CURRENT = Current()
STORE_LOCK = threading.RLock()  # moto's dictionaries do not like a listing during a put.


def utc():
    """The server's own clock."""
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=Settings.skew)


def backend():
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def stored_key(bucket, key, version=None):
    """moto's object, or None."""
    try:
        return backend().get_object(bucket, key, version_id=version) if key else None
    except Exception:
        return None


def new_request_id():
    return secrets.token_hex(8).upper()
