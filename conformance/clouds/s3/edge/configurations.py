"""Configurations of buckets that moto takes and does not give back, or not whole."""
import re

from .call import Deny, answer
from .state import backend

KINDS = {
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "analytics": "AnalyticsConfiguration",
    "metrics": "MetricsConfiguration",
}
KEPT = {}  # (bucket, kind) -> {id: XML}
LIFECYCLES = {}  # bucket -> (XML, header of the minimum size)
MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def answered(call):
    """The answer to a request for one of the kinds; None for other requests."""
    kind = next((kind for kind in KINDS if kind in call.query), None)
    if kind is None or call.key or call.bucket not in backend().buckets:
        return None
    kept, name = KEPT.setdefault((call.bucket, kind), {}), call.query.get("id")
    if call.method == "PUT":
        kept[name] = re.sub(rb"^\s*<\?xml[^>]*\?>\s*", b"", call.body)
        return answer(200, b"")
    if name and name not in kept:
        raise Deny(404, "NoSuchConfiguration", "The specified configuration does not exist.")
    if call.method == "DELETE":
        del kept[name]
        return answer(204, b"")
    if name:
        return answer(200, HEAD + kept[name])
    listed = b"".join(kept[name] for name in sorted(kept))
    return answer(200, HEAD + b"<List%bsResult><IsTruncated>false</IsTruncated>%b</List%bsResult>" % (KINDS[kind].encode(), listed, KINDS[kind].encode()))


def lifecycle(call, status, headers, out):
    """moto's answer, with the XML that was put: moto drops ObjectSizeGreaterThan and more."""
    if "lifecycle" not in call.query or call.key or status >= 300:
        return status, headers, out
    if call.method == "PUT":
        LIFECYCLES[call.bucket] = (call.body, call.headers.get(MINIMUM_SIZE, "all_storage_classes_128K"))
    elif call.method == "DELETE":
        LIFECYCLES.pop(call.bucket, None)
    elif call.bucket in LIFECYCLES:
        out, least = LIFECYCLES[call.bucket]
        headers = [(k, v) for k, v in headers if k.lower() not in ("content-length", MINIMUM_SIZE)]
        headers += [("Content-Length", str(len(out))), (MINIMUM_SIZE, least)]
    return status, headers, out
