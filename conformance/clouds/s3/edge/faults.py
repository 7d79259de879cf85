"""Faults: answers that go wrong when a test wants them to.

A fault is of use to requests whose `METHOD path?query` has a match of the regular expression `match` (any), for so many `times` (1):

    {"delay": 0.5}                                    it takes so many seconds more
    {"drop": true}                                    the connection is closed without an answer
    {"cut": 100}                                      the connection is closed after so many bytes of the body
    {"bps": 1000}                                     the body comes slowly, so many bytes in a second
    {"status": 503, "code": "SlowDown",
     "message": "...", "headers": {"Retry-After": "1"}}   an error
    {"body": "<a/>", "status": 200, "headers": {}}    this text, as application/xml
    {"html": true, "status": 200}                     a page, as of a proxy that wants somebody to sign in

`delay`, `cut` and `bps` go with each of the last three as well.
"""
import re
import socket
import threading
import time

from .call import Deny, answer

FAULTS = []
LOCK = threading.Lock()
FIELDS = {"match", "times", "delay", "drop", "cut", "bps", "status", "code", "message", "headers", "body", "html"}
PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to use this network</h1></body></html>\n"


class Dropped(Exception):
    """The connection is closed already."""


def add(fault):
    """A mistake in the fault is told here, not at some request later."""
    if unknown := set(fault) - FIELDS:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    re.compile(fault.get("match", "."))
    with LOCK:
        FAULTS.append(fault)


def forget():
    with LOCK:
        FAULTS.clear()


def taken(line):
    """The first fault that matches, used once more; or None."""
    with LOCK:
        for fault in FAULTS:
            if re.search(fault.get("match", "."), line):
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    FAULTS.remove(fault)
                return fault
    return None


def answered(call):
    """The answer that a fault gives; None where moto is to answer, if slowly or in part."""
    fault = taken(f"{call.method} {call.raw}")
    if fault is None:
        return None
    time.sleep(fault.get("delay", 0))
    if fault.get("drop"):
        call.socket.shutdown(socket.SHUT_RDWR)
        raise Dropped
    call.cut, call.bps = fault.get("cut"), fault.get("bps")
    headers = fault.get("headers", {})
    if fault.get("html"):
        return answer(fault.get("status", 200), PAGE.encode(), {"Content-Type": "text/html; charset=utf-8", **headers})
    if "body" in fault:
        return answer(fault.get("status", 200), fault["body"].encode(), headers)
    if "status" in fault:
        raise Deny(fault["status"], fault.get("code", "SlowDown"), fault.get("message", "Please reduce your request rate."), headers)
    return None


def sent(call, out):
    """The body as a fault wants it to arrive, in pieces."""
    data = out if call.cut is None else out[:call.cut]
    step = max(1, int(call.bps / 10)) if call.bps else max(1, len(data))
    yield b""  # The head of the answer goes out at once.
    for start in range(0, len(data), step):
        piece = data[start:start + step]
        if call.bps:
            time.sleep(len(piece) / call.bps)
        yield piece
    if call.cut is not None:
        call.socket.shutdown(socket.SHUT_RDWR)
