"""A scripted server inside the browser: the contract's routes and messages, in the state that a test asks for.

Only for what a healthy server does not show on demand; everything else is tested against the real binary."""
import datetime
import functools
import http.server
import json
import math
import random
import re
import sys
import threading
import urllib.parse

from browser import DIST

BASE = datetime.datetime.now(datetime.timezone.utc)


def at(seconds_ago: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


KINDS = [("cloud.upload", "upload"), ("cloud.download", "download"), ("cloud.upload", "upload"), ("cloud.delete", "delete"),
         ("access.pattern_detected", None), ("cost.savings_found", None), ("ml.prediction", None), ("migration.progress", "migrate"), ("cost.alert", None)]
NAMES = ["finance/2026/report-2026-Q3.pdf", "finance/2026/report-2026-Q4.pdf", "media/masters/episode-04-4k.mov", "logs/edge/2026/11/24/edge-da67.ndjson.gz",
         "training/run-44/checkpoint-49000.safetensors", "legal/contract-c676.pdf", "tiles/2024/tile-30-19.tif", "scans/invoice-835d.pdf"]


def event(offset: int, age: float = 0, simulated: bool = False) -> dict:
    r = random.Random(offset)
    kind, operation = KINDS[r.randrange(len(KINDS))]
    data = {"file_name": r.choice(NAMES), "provider": r.choice(["file", "file", "aws"]), "bucket": r.choice(["/srv/reports", "reports"]), "size_bytes": r.randrange(2_000, 40_000_000_000)}
    data["bucket"] = "/srv/reports" if data["provider"] == "file" else "reports"
    if operation:
        data["operation"] = operation
    if kind.startswith("cost."):
        data |= {"amount": round(r.uniform(0.02, 40), 2), "currency": "USD"}
    if kind in ("access.pattern_detected", "cloud.download", "ml.prediction"):
        data |= {"access_count": r.randrange(1, 900), "data_temperature": r.choice(["HOT", "WARM", "COLD", "ARCHIVE"])}
    return {"id": f"evt_01JD{offset:020d}", "type": kind, "source": "file:///srv/reports", "timestamp": at(age), "recorded_at": at(age), "partition": 0, "offset": offset,
            "correlation_id": None, "user_id": None, "version": "1.0", "simulated": simulated, "data": data}


STORES = [
    {"id": "st_a", "url": "file:///srv/reports", "provider": "file", "bucket": "/srv/reports", "state": "watching", "message": None, "objects": 148211, "bytes": 812_000_000_000, "progress": None, "last_rescan": at(190), "added_at": at(9e5), "origin": "configuration", "watches": 31, "overflows": 0},
    {"id": "st_b", "url": "file:///srv/media", "provider": "file", "bucket": "/srv/media", "state": "indexing", "message": None, "objects": 41210, "bytes": 9_100_000_000, "progress": {"done": 41210, "total": 120000}, "last_rescan": None, "added_at": at(20), "origin": "api", "watches": 8, "overflows": 0},
    {"id": "st_c", "url": "file:///mnt/backup", "provider": "file", "bucket": "/mnt/backup", "state": "away", "message": "The folder /mnt/backup is another file system now (device changed).", "objects": 9021, "bytes": 77_000_000, "progress": None, "last_rescan": at(7000), "added_at": at(9e4), "origin": "api", "watches": 0, "overflows": 0},
    {"id": "st_d", "url": "file:///srv/old", "provider": "file", "bucket": "/srv/old", "state": "paused", "message": None, "objects": 12, "bytes": 2100, "progress": None, "last_rescan": at(70000), "added_at": at(9e5), "origin": "api", "watches": 0, "overflows": 0},
]


# Buckets: one whose reads are known, one with trouble among its access logs, one whose logs have not come yet, one that nobody tells of.
def _bucket(name: str, access: dict | None, **also) -> dict:
    listing = {"interval_seconds": 1320, "requests": 1_204, "retries": 0, "cost_usd_month": 0.98}
    return {"id": f"st_{name}", "url": f"s3://{name}?region=eu-central-1", "provider": "aws", "bucket": name, "state": "watching", "message": None, "objects": 311_904, "bytes": 144_000_000_000_000, "progress": None, "last_rescan": at(400), "added_at": at(9e5), "origin": "configuration", "watches": 0, "overflows": 0, "listing": listing, "access_data": access} | also


def _told(seconds: float | None, trouble: str | None = None, lines: int = 1_204_113, unreadable: int = 0) -> dict:
    return {"source": "access-log", "through": None if seconds is None else at(seconds), "behind_seconds": seconds, "files": lines // 2_900, "lines": lines, "unreadable_lines": unreadable, "trouble": trouble}


TROUBLE = "2 objects below s3://logs/app/ have no name of a log file, like “s3://logs/app/notes.txt”; they are passed over."
BUCKETS = [
    _bucket("reports-eu", _told(725)),
    _bucket("app-logs", _told(1_900, TROUBLE, unreadable=3)),
    _bucket("fresh", _told(None, lines=0)),
    _bucket("media", None, listing={"interval_seconds": 60, "requests": 88_120, "retries": 12, "cost_usd_month": None}),
]

# In the order of objects; the last was not judged.
TEMPERATURES = [("HOT", 0.97, 0.998), ("WARM", 0.71, 0.62), ("COLD", 0.64, 0.07), ("ARCHIVE", 0.88, 0.003), (None, None, None)]


def judged(i: int) -> dict:
    temperature, confidence, chance = TEMPERATURES[i % len(TEMPERATURES)]
    return {"data_temperature": temperature, "confidence": confidence, "chance_30_days": chance, "judged_at": at(3_600 * (i + 1)) if temperature else None}


UNJUDGED = judged(4)


def history(reads: bool = True) -> list:
    """Of one object: a backup reads it each week, and people as they like."""
    days = [(BASE - datetime.timedelta(days=d), d) for d in range(70, -1, -1)]
    each = [{"day": day.strftime("%Y-%m-%d"), "reads": (d * 7) % 11 if reads and d < 40 else 0, "bytes": 900, "scan_reads": 1 + d % 2 if d % 7 == 3 else 0} for day, d in days]
    return [day for day in each if day["reads"] or day["scan_reads"]]


def reads() -> list:
    """Of two months, with a scan on one day."""
    days = [(BASE - datetime.timedelta(days=d), d) for d in range(60, -1, -1)]
    return [{"day": day.strftime("%Y-%m-%d"), "reads": 40 + (d * 37) % 90, "bytes": 9_000_000, "scan_reads": 4_000 if d == 9 else 0} for day, d in days if d % 13]


def stored(i: int) -> dict:
    name = NAMES[i % len(NAMES)]
    return {"id": f"obj_{i}", "store_id": "st_a", "provider": "file", "bucket": "/srv/reports", "file_name": name if i < 8 else name.replace(".", f"-{i}.", 1), "size_bytes": (i * 7919 * 1009) % 4_000_000_000, "storage_class": None, "tier": None,
            "etag": None, "version_id": None, "first_seen": at(9e5), "last_modified": at(i * 500), "last_change": at(i * 500), "last_access": at(i * 900) if i % 3 else None,
            "accesses": {"d1": i % 3, "d7": i, "d30": i * 3, "d90": i * 5, "total": i * 9}, "deleted": i % 11 == 10} | judged(i)


class Scripted:
    """`page.route` answers; what a test changes: attributes and `socket` (the live WebSocket, or None)."""

    def __init__(self, page):
        self.page, self.socket, self.sockets, self.asked, self.said = page, None, 0, [], []
        self.me, self.stats_up, self.total, self.history, self.head = 200, True, 1_284_031, 60, 5_000
        self.greet, self.busy, self.rates_up = True, False, True
        self.stores = [s for s in STORES if s["state"] != "away"]
        self.objects, self.objects_up = [stored(i) for i in range(150)], True
        self.overview_up, self.nothing, self.reads, self.hottest = True, False, reads(), [stored(n) for n in (7, 4, 20, 3, 2)]
        self.judged, self.read_days = True, history()
        self.slow_login, self.answer_login = False, None
        self.version, self.trimmed, self.kept = "0.1.0", None, []
        page.route("**/api/**", self.rest)
        page.route_web_socket("**/ws/stream**", self.stream)

    # REST
    def rest(self, route):
        request, path = route.request, route.request.url.split("/api/")[1].split("?")[0]
        self.asked.append(f"{request.method} /api/{route.request.url.split('/api/')[1]}")
        user = {"user": {"name": "mara", "scopes": ["admin"]}, "csrf_token": "t"}
        if path == "auth/welcome" and not json.loads(request.post_data)["username"]:
            spent = "USED" in request.post_data
            return self.problem(route, *((403, "welcome_invalid", "This welcome link is not valid.") if spent else (422, "bad_name", "A name has 1 to 64 characters.")))
        if self.me != 200 and not path.startswith("auth/login"):
            return self.problem(route, 401, "not_signed_in", "Sign in first.")
        if path in ("auth/me", "auth/login"):
            if path == "auth/login" and "wrong" in (request.post_data or ""):
                self.answer_login = lambda: self.problem(route, 401, "wrong_credentials", "That name and password do not match.")
                return None if self.slow_login else self.answer_login()
            self.me = 200
            return self.json(route, user)
        if path == "stream/stats":
            if not self.stats_up:
                return route.abort()
            per = {"cloud.upload": 410_000 + self.total % 997, "cloud.download": 700_000, "cloud.delete": 90_000, "access.pattern_detected": 60_000, "cost.alert": 31}
            return self.json(route, {"total_events_produced": self.total, "simulated_events": 0, "events_in_history": self.total, "active_websocket_connections": 14 if self.socket else 0, "active_subscribers": 17 if self.socket else 0, "event_type_distribution": per if self.total else {},
                                     "events_per_second": 1.4 if self.total else 0, "uptime_seconds": 86_000, "uptime_status": "running", "latency_ms": {"p50": 0.8, "p90": 2, "p99": 7, "max": 31}})
        if path == "stream/events":
            if "cursor=garbage" in request.url:
                return self.problem(route, 400, "bad_cursor", "The cursor is not valid: it does not start with “v1-”.")
            if self.trimmed and f"cursor={self.cursor(self.trimmed - 1)}" in request.url:
                gap = {"from": self.cursor(self.trimmed - 1), "to": self.cursor(self.trimmed), "count": 1, "reason": "retention"}
                return self.json(route, {"events": [event(self.trimmed + i, 60 - i) for i in range(40)], "total": None, "limit": 100, "next_cursor": None, "gaps": [gap]})
            if "order=desc" in request.url:
                first = self.head - self.history
                return self.json(route, {"events": [event(first - i, 200 + i) for i in range(1, 41)], "total": None, "limit": 200, "next_cursor": None})
            if "cursor=" in request.url:
                return self.json(route, {"events": [event(4_900 + i, 60 - i) for i in range(40)], "total": None, "limit": 200, "next_cursor": None})
            r = random.Random(5)
            events = [event(i, r.uniform(0, 890)) for i in range(700)] if self.total else []
            return self.json(route, {"events": events, "total": None, "limit": 1000, "next_cursor": None})
        if path == "stream/rates":
            return self.rates(route)
        if path == "stream/simulate":
            return self.json(route, {"message": "Playing 40 reads of 10 objects, as they were recorded.", "events_generated": 40, "files_processed": 10, "active_subscribers": 1, "simulation_id": "sim_1", "duration_seconds": 2})
        if path.startswith("filters"):
            return self.filters(route, urllib.parse.unquote(path[8:]))
        if path == "stores":
            return self.json(route, {"stores": self.stores})
        if path == "overview":
            return self.json(route, self.overview) if self.overview_up else route.abort()
        if path == "objects":
            return self.page_of_objects(route)
        if path == "objects/obj_gone":
            return self.problem(route, 404, "no_such_object", "No object of that id is known; GET /api/objects lists them.")
        if path.startswith("objects/"):
            known = next((o for o in self.objects if o["id"] == path[8:]), stored(3))
            days = [{"day": d["day"], "count": d["reads"], "bytes": d["bytes"]} for d in self.read_days if d["reads"]]
            return self.json(route, known | {"accesses_by_day": days, "history": self.read_days, "renamed_from": None, "filter": 'bucket:/srv/reports name:"finance/2026/report-2026-Q3.pdf"'})
        return self.json(route, {})

    @property
    def overview(self):
        if self.nothing:
            return {"objects": 0, "bytes": 0, "stores": [], "classes": [], "temperatures": [], "reads": [], "hottest": [], "coldest": [], "generated_at": at(0)}
        known = [{name: store[name] for name in ("id", "url", "bucket", "objects", "bytes")} for store in STORES if store["state"] != "away"]
        known[2] |= {"objects": 9022}
        classes = [{"storage_class": "STANDARD_IA", "objects": 41210, "bytes": 9_100_000_000}, {"storage_class": None, "objects": 157234, "bytes": 812_000_002_100}]
        hottest = [one | (judged(place // 3) if self.judged else UNJUDGED) | {"reads": {"days_1": 3, "days_7": 40, "days_30": 900 - 100 * place, "days_90": 2000}} for place, one in enumerate(self.hottest)]
        return {"objects": 198_444, "bytes": 9_912_000_000_000, "stores": known, "classes": classes, "temperatures": self.temperatures, "reads": self.reads, "hottest": hottest, "coldest": self.coldest, "generated_at": at(0)}

    @property
    def temperatures(self):
        if not self.judged:
            return [{"data_temperature": None, "objects": 198_444, "bytes": 9_912_000_000_000}]
        sums = [(12_044, 310_000_000_000), (30_400, 1_100_000_000_000), (61_000, 3_502_000_000_000), (80_000, 4_900_000_000_000), (15_000, 100_000_000_000)]
        return [{"data_temperature": TEMPERATURES[place][0], "objects": objects, "bytes": size} for place, (objects, size) in enumerate(sums)]

    @property
    def coldest(self):
        return sorted((o for o in self.objects if o["data_temperature"] in ("COLD", "ARCHIVE")), key=lambda o: -o["size_bytes"])[:10] if self.judged else []

    def page_of_objects(self, route):
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(route.request.url).query))
        if not self.objects_up:
            return route.abort()
        if not re.fullmatch(r"c\d+", asked.get("cursor", "c0")):
            return self.problem(route, 400, "bad_cursor", "The cursor is not one of this list; give it exactly as “next_cursor” had it, or start without.")
        begin, found = int(asked.get("cursor", "c0")[1:]), [] if asked.get("q") == "nothing" else self.objects
        if "temperature" in asked:
            found = [o for o in found if (o["data_temperature"] or "NONE") == asked["temperature"]]
        end = begin + int(asked["limit"])
        return self.json(route, {"objects": found[begin:end], "total": len(found), "limit": 50, "next_cursor": f"c{end}" if end < len(found) else None, "as_of": {"cursor": "v1-1f-e0-1", "lag_events": 0}})

    def rates(self, route):
        """700 events of the last quarter of an hour. `busy`: all of them just now, and what was before is never told apart."""
        if not self.rates_up:
            return self.problem(route, 500, "internal", "The log cannot be read.")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(route.request.url).query))
        begin, end = (datetime.datetime.fromisoformat(asked[k].replace("Z", "+00:00")).timestamp() for k in ("since", "until"))
        width, r, now = int(asked["bar"]), random.Random(7), datetime.datetime.now().timestamp()
        first = begin // width * width
        bars = [{"start": at(now - max(begin, first + i * width)), "total": 0, "by_type": {}} for i in range(math.ceil((end - first) / width))]
        for i in range(700 if self.total else 0):
            bar = int((now - r.uniform(*((2, 37) if self.busy else (0, 890))) - first) // width)
            if 0 <= bar < len(bars):
                kind = event(i)["type"]
                bars[bar]["total"] += 1
                bars[bar]["by_type"][kind] = bars[bar]["by_type"].get(kind, 0) + 1
        for i, bar in enumerate(bars):
            if self.busy and first + (i + 1) * width < now - 37:
                bar["total"] += 5_000
            if asked.get("types") == "0" or asked.get("cursor") == "more":
                bar["by_type"] = {}
        self.json(route, {"bars": bars, "bar_seconds": width, "next_cursor": "types" if asked.get("types") == "0" else "more" if self.busy else None, "scanned": 0})

    def filters(self, route, name):
        """Kept as the server keeps them; `limit` of them."""
        if route.request.method == "PUT":
            self.kept = [f for f in self.kept if f["name"] != name] + [{"name": name, "expression": json.loads(route.request.post_data)["expression"], "changed_at": at(0)}]
        if route.request.method == "DELETE":
            self.kept = [f for f in self.kept if f["name"] != name]
        presets = [{"name": "Removals", "expression": "type:cloud.delete"}, {"name": "Big files that nobody reads", "expression": "size>1GB -type:cloud.download time>now-7d"}]
        return self.json(route, {"filters": self.kept, "presets": presets, "limit": 100})

    def json(self, route, value):
        route.fulfill(status=200, content_type="application/json", body=json.dumps(value))

    def problem(self, route, status, code, detail):
        route.fulfill(status=status, content_type="application/problem+json", body=json.dumps({"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}))

    # WebSocket
    def stream(self, ws):
        self.socket, self.sockets, self.url = ws, self.sockets + 1, ws.url
        ws.on_message(lambda m: self.client(ws, json.loads(m)))
        if "filter=foo" in ws.url:
            self.say(self.refusal(None, "foo"), ws)
            return ws.close(code=4500, reason="bad filter")
        if self.greet:
            self.hello(ws)

    @staticmethod
    def refusal(question, field):
        return {"type": "error", "id": question, "code": "bad_filter", "message": f"There is no field “{field}”.", "retryable": False, "position": 0, "suggestion": "type"}

    def cursor(self, offset=None):
        return f"v1-1f-e0-{self.head if offset is None else offset}"

    def hello(self, ws):
        self.say({"type": "connection", "status": "connected", "message": "hello", "timestamp": at(0), "session": "c7f2-91ab", "server_version": self.version, "heartbeat_ms": 5000, "cursor": self.cursor(self.head - self.history), "limits": {}}, ws)
        if "from=-200" in ws.url and self.history:
            self.past(ws)
        self.heartbeat(ws)

    def past(self, ws, count=None):
        count = count or self.history
        self.say({"type": "events", "data": [event(self.head - count + i, (count - i) * 1.7 + 2) for i in range(count)], "cursor": self.cursor()}, ws)

    def heartbeat(self, ws=None):
        self.say({"type": "heartbeat", "timestamp": at(0), "subscribers": 17, "cursor": self.cursor(), "head": self.cursor(), "lag_events": 0, "lag_ms": 0}, ws)

    def happen(self, count=1, simulated=False):
        for _ in range(count):
            e = event(self.head, 0, simulated)
            self.head += 1
            self.say({"type": "events", "data": [e], "cursor": self.cursor()})

    def client(self, ws, m):
        self.said.append(m)
        unknown = next((f for f in ("typ", "foo") if m["action"] == "subscribe" and f"{f}:" in m["filter"]), None)
        if unknown:
            return self.say(self.refusal(m["id"], unknown), ws)
        self.say({"type": "ack", "id": m["id"], "action": m["action"], "cursor": self.cursor(self.head - self.history)}, ws)
        if m["action"] == "subscribe" and "nothing" not in m["filter"]:
            self.past(ws, 11 if "few" in m["filter"] else None)

    def say(self, message, ws=None):
        (ws or self.socket).send(json.dumps(message))


class _Files(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A browser that goes elsewhere while a file is on its way is no fault; anything else is told.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path.split("?")[0] == "/welcome":
            self.path = "/index.html"
        super().do_GET()


def serve() -> str:
    """The built page's files; everything else is answered by `Scripted`."""
    server = _Files(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(DIST)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"
