"""The log into the catalogue, and first pages of lists and searches through REST."""
import http.client
import json
import time
import urllib.parse

import flux

from . import million, tools

SORTS = ("name", "size", "last_change", "last_access", "accesses", "first_seen")
ORDERS = ("asc", "desc")
SEARCHES = {"all": "report", "1 in 1,000": "audit", "one": "needle", "nothing": "no-such-thing"}


class Asker:
    """One connection that is kept; milliseconds from the request to the last byte of the answer."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, **parameters):
        target = "/api/objects?" + urllib.parse.urlencode({"limit": 50, **parameters})
        before = time.perf_counter()
        self.connection.request("GET", target)
        answer = self.connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - before) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{target}: {answer.status} {text[:200]!r}")
        return took, json.loads(text)


def folding(context):
    data, rows = million.folder(context), []
    results = [tools.bench_lines("fold", data)[0] for _ in range(1 if context.quick else 3)]
    rate = tools.median([r["rate"] for r in results])
    cpu = tools.median([r["events"] / r["cpu"] for r in results])
    rows.append(["into an empty catalogue, all indexes, snapshots on the way", tools.number(context.events), tools.number(rate), tools.number(min(r["rate"] for r in results)),
                 tools.number(cpu), tools.number(results[0]["megabytes"]), tools.reached(rate > 30_000)])
    return tools.Table("Fold into the catalogue", ["what", "events, one object each", "events/s, median", "slowest round", "events a CPU second", "file (MB)", "> 30,000/s"], rows)


def pages(context):
    data = million.folder(context)
    warm, cold, found, totals, searches = {}, [], {}, {}, []
    server = flux.Server(data).start()
    flux.wait_for(lambda: Asker(server.port).ask(limit=1)[1]["as_of"]["lag_events"] == 0, "the catalogue is at the head", 600)
    asker = Asker(server.port)
    asker.ask(q="report")  # the search index is there from now on
    for name, text in [("no search", None), *SEARCHES.items()]:
        for sort in SORTS:
            for order in ORDERS:
                parameters = {"sort": sort, "order": order, **({"q": text} if text else {})}
                _, answer = asker.ask(**parameters)
                totals[name] = answer["total"]
                if answer["next_cursor"] is None and answer["total"] and answer["total"] > 50:
                    raise RuntimeError(f"{parameters}: {answer['total']} found, and no next page")
                warm.setdefault(name, []).append((tools.median([asker.ask(**parameters)[0] for _ in range(5)]), f"{sort} {order}"))
    server.stop()
    # Cold: the server is new, its file out of the page cache, and the first request is the one that counts.
    for sort in SORTS[:2] if context.quick else SORTS:
        for order in ORDERS:
            million.drop_cache(data)
            server = flux.Server(data).start()
            cold.append((Asker(server.port).ask(sort=sort, order=order)[0], f"{sort} {order}"))
            server.stop()
    for text in SEARCHES.values():
        million.drop_cache(data)
        server = flux.Server(data).start()
        searches.append((Asker(server.port).ask(q=text)[0], text))
        server.stop()
    rows = []
    for name, figures in warm.items():
        slowest = max(figures)
        rows.append([name if name == "no search" else f"search that hits {name}", "warm", tools.number(totals[name]), f"{tools.median([f for f, _ in figures]):.1f}",
                     f"{slowest[0]:.1f} ({slowest[1]})", tools.reached(slowest[0] < 100)])
    rows.append(["no search, first request of a server that has just started", "cold", "", f"{tools.median([c for c, _ in cold]):.1f}", f"{max(cold)[0]:.1f} ({max(cold)[1]})", tools.reached(max(cold)[0] < 100)])
    rows.append(["search, first request of a server that has just started", "cold", "", f"{tools.median([c for c, _ in searches]):.1f}", f"{max(searches)[0]:.1f} ({max(searches)[1]})",
                 tools.reached(max(searches)[0] < 100)])
    return tools.Table(
        f"First page of 50 of {tools.number(context.events)} objects through REST (ms)", ["list", "cache", "found", "median over sorts and orders", "slowest", "< 100 ms"], rows,
        "Every sort, both orders; each warm figure is the median of five requests on one connection.")


def run(context):
    return [folding(context), pages(context)]
