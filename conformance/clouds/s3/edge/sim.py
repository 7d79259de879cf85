"""Routes for tests only: unsigned, JSON.

    POST   /__sim/fault     see faults.py
    DELETE /__sim/fault     forgets all faults
    GET    /__sim/requests  {"GET list": 3, ...}: how many requests of each kind came, refused ones and those of faults as well
    DELETE /__sim/requests  starts the count again
    POST   /__sim/fill      {"bucket", "prefix", "count", "size"}: objects that were there before, so no event and no log
    POST   /__sim/age       {"bucket", "key", "days"}: makes an object older
    POST   /__sim/skew      {"seconds": 1200}: moves the server's clock
"""
import datetime
import json

from . import counts, faults
from .call import answer
from .state import CURRENT, STORE_LOCK, Settings, backend

PREFIX = "/__sim/"


def answered(call):
    route = f"{call.method} {call.path.removeprefix(PREFIX)}"
    if route not in ROUTES:
        return answer(404, b"")
    try:
        status, found = ROUTES[route](json.loads(call.body or b"{}"))
    except Exception as error:
        status, found = 400, {"error": f"{type(error).__name__}: {error}"}
    return answer(status, json.dumps(found).encode() if found is not None else b"", {"Content-Type": "application/json"})


def add_fault(wanted):
    faults.add(wanted)
    return 201, None


def forget_faults(_):
    faults.forget()
    return 200, None


def requests(_):
    return 200, counts.counted()


def forget_requests(_):
    counts.forget()
    return 200, None


def fill(wanted):
    data = b"x" * wanted.get("size", 10)
    CURRENT.quiet = True
    try:
        with STORE_LOCK:
            for number in range(wanted["count"]):
                backend().put_object(wanted["bucket"], f"{wanted.get('prefix', '')}{number:06d}", data)
    finally:
        CURRENT.quiet = False
    return 200, None


def age(wanted):
    key = backend().buckets[wanted["bucket"]].keys[wanted["key"]]
    key.last_modified -= datetime.timedelta(days=wanted["days"])
    return 200, None


def skew(wanted):
    Settings.skew = float(wanted["seconds"])
    return 200, None


ROUTES = {
    "POST fault": add_fault,
    "DELETE fault": forget_faults,
    "GET requests": requests,
    "DELETE requests": forget_requests,
    "POST fill": fill,
    "POST age": age,
    "POST skew": skew,
}
