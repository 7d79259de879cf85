"""Signatures, version 4: botocore signs what came over the wire and must come to the same."""
import datetime
import hashlib
import hmac
import re

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .call import Deny
from .state import Settings, utc

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW_SECONDS = 900


class Claim:
    """What a request says of its signature, in its header or in its query."""

    def __init__(self, call):
        header, query = call.headers.get("authorization", ""), call.query
        if header.startswith(ALGORITHM):
            self.kind, self.target, self.date = "AuthHeader", call.raw, call.headers.get("x-amz-date", "")
            fields = dict(x.strip().split("=", 1) for x in header[len(ALGORITHM):].split(","))
            scope, signed, self.signature = fields["Credential"], fields["SignedHeaders"], fields["Signature"]
        elif query.get("X-Amz-Algorithm") == ALGORITHM:
            self.kind, self.date = "QueryString", query["X-Amz-Date"]
            path, _, text = call.raw.partition("?")
            self.target = path + "?" + "&".join(x for x in text.split("&") if not x.startswith("X-Amz-Signature="))
            self.seconds = int(query["X-Amz-Expires"])
            scope, signed, self.signature = query["X-Amz-Credential"], query["X-Amz-SignedHeaders"], query["X-Amz-Signature"]
        else:
            raise Deny(403, "AccessDenied", "Access Denied")
        self.key, _, self.region, self.service, _ = scope.split("/")
        self.signed = signed.split(";")


def verify(call):
    """Notes in the call whose it is, or refuses it."""
    try:
        claim = Claim(call)
    except (KeyError, ValueError):
        raise Deny(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.") from None
    if claim.key not in Settings.keys:
        raise Deny(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    check_time(claim)
    if claim.kind == "AuthHeader" and claim.service == "s3":
        check_payload_hash(call, claim.signed)
    if not hmac.compare_digest(signature(call, claim), claim.signature):
        text = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        raise Deny(403, "SignatureDoesNotMatch", text)
    call.who, call.kind, call.service = claim.key, claim.kind, claim.service


def check_time(claim):
    try:
        date = datetime.datetime.strptime(claim.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        raise Deny(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
    if claim.kind == "QueryString":
        if utc() > date + datetime.timedelta(seconds=claim.seconds):
            raise Deny(403, "AccessDenied", "Request has expired")
    elif abs((utc() - date).total_seconds()) > MAX_SKEW_SECONDS:
        raise Deny(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")


def check_payload_hash(call, signed):
    """x-amz-* headers must be signed, and x-amz-content-sha256 must fit the body."""
    for name in call.headers:
        if name.startswith("x-amz-") and name not in signed:
            raise Deny(403, "AccessDenied", f"There were headers present in the request which were not signed: {name}")
    given = call.headers.get("x-amz-content-sha256")
    if not given:
        raise Deny(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if re.fullmatch("[0-9a-f]{64}", given) and given != hashlib.sha256(call.body).hexdigest():
        raise Deny(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")


def signature(call, claim):
    """The signature that this request must have."""
    request = AWSRequest(
        method=call.method, url="http://" + call.headers.get("host", "") + claim.target, data=call.body,
        headers={name: call.headers.get(name, "") for name in claim.signed})
    request.context["timestamp"] = claim.date
    if claim.kind == "QueryString":
        signer = botocore.auth.S3SigV4QueryAuth
    else:
        signer = botocore.auth.S3SigV4Auth if claim.service == "s3" else botocore.auth.SigV4Auth
    signer = signer(Credentials(claim.key, Settings.keys[claim.key]), claim.service, claim.region)
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
