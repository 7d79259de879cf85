"""What the service refuses and moto does not: bodies that do not fit their digest, and copies whose conditions do not hold."""
import base64
import datetime
import hashlib
import zlib
from email.utils import parsedate_to_datetime

from .call import Deny
from .state import stored_key


def digests(call):
    """Content-MD5 and x-amz-checksum-crc32."""
    given = call.headers.get("content-md5")
    if given and base64.b64encode(hashlib.md5(call.body).digest()).decode() != given:
        raise Deny(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    given = call.headers.get("x-amz-checksum-crc32")
    if given and call.method == "PUT" and "STREAMING" not in call.headers.get("x-amz-content-sha256", ""):
        if base64.b64encode(zlib.crc32(call.body).to_bytes(4, "big")).decode() != given:
            raise Deny(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.")


def copy_conditions(call):
    """x-amz-copy-source-if-match, -if-none-match, -if-modified-since, -if-unmodified-since."""
    source = call.copy_source()
    found = stored_key(*source) if source else None
    if found is None:
        return
    names = ("match", "none-match", "modified-since", "unmodified-since")
    match, none_match, since, until = (call.headers.get("x-amz-copy-source-if-" + name) for name in names)
    etag, modified = found.etag.strip('"'), found.last_modified.replace(microsecond=0, tzinfo=datetime.timezone.utc)
    failed = match and match != "*" and match.strip('"') != etag
    failed = failed or (none_match and (none_match == "*" or none_match.strip('"') == etag))
    if since and not none_match:
        failed = failed or modified <= parsedate_to_datetime(since)
    if until and not match:
        failed = failed or modified > parsedate_to_datetime(until)
    if failed:
        raise Deny(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
