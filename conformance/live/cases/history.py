"""Lists and exports: counts, pages of CloudEvents by their links, and tables that a table reader reads back."""

import csv
import io
import json
import re

from client import SSE
from harness import Server, case, event

PATH = "/api/stream/events"
BATCH = "application/cloudevents-batch+json"


@case
def counts_are_exact_only_where_asked_for_and_scans_end():
    with Server("--max-scan-events", "1000") as server:
        server.post([event(i) for i in range(2500)])
        page = server.json("GET", PATH + "?limit=10")
        assert page["total"] == 2500 and page["limit"] == 10 and len(page["events"]) == 10 and page["scanned"] >= 10, page["scanned"]
        assert server.json("GET", PATH + "?filter=data.details.n%3C10&limit=2")["total"] is None
        assert server.json("GET", PATH + "?since=2020-01-01T00:00:00Z")["total"] is None
        assert server.json("GET", PATH + "?since=2020-01-01T00:00:00Z&count=1")["total"] == 2500
        # Over the limit of one request there is no total, and a page that says how far it came.
        page = server.json("GET", PATH + "?filter=data.details.n%3C10&count=1&limit=5")
        assert page["total"] is None and page["events"] == [] and page["scanned"] == 1000 and page["next_cursor"], page
        found, pages = [], 0
        while page["next_cursor"]:
            page = server.json("GET", PATH + f"?filter=data.details.n%3C10&limit=5&cursor={page['next_cursor']}")
            assert page["scanned"] <= 1000
            found += [one["data"]["details"]["n"] for one in page["events"]]
            pages += 1
        assert found == list(range(9, -1, -1)) and pages >= 3, (found, pages)
    with Server() as server:
        server.post([event(i) for i in range(50)])
        page = server.json("GET", PATH + "?filter=data.details.n%3C10&count=1&limit=3")
        assert page["total"] == 10 and len(page["events"]) == 3
        for bad in ("count=2", "count=yes", "limit=0", "limit=1001", "limit=x", "order=up", "cuont=1", "since=yesterday", "cursor=%21", "format=csv"):
            problem = server.json("GET", f"{PATH}?{bad}", status=400)
            assert problem["parameter"] == bad.split("=")[0], problem


@case
def pages_of_cloudevents_are_followed_by_their_links():
    with Server() as server:
        server.post([event(i) for i in range(23)])
        for order, expected in (("asc", list(range(23))), ("desc", list(range(22, -1, -1)))):
            target, seen, pages = f"{PATH}?limit=5&order={order}&filter=type%3Acloud.*%20name%3A%22*.txt%22", [], 0
            while target:
                status, headers, text = server.request("GET", target, headers={"Accept": BATCH})
                assert status == 200 and headers["Content-Type"] == BATCH
                seen += [one["data"]["details"]["n"] for one in json.loads(text)]
                pages += 1
                link = headers["Link"]
                target = None
                if link:
                    found = re.fullmatch(r'<(/[^>]+)>; rel="next"', link)
                    assert found, link
                    target = found[1]
            assert seen == expected and pages == 5, (order, seen, pages)


@case
def a_table_is_read_back_by_a_table_reader_and_holds_no_formula():
    names = ["=1+1.txt", "+1.txt", "-rm.txt", "@sum.txt", "a,b.txt", 'say "hi".txt', "two\nlines.txt", "cr\rlf\r\n.txt", "\ttab.txt", "ü ☃.txt",
             "plain.txt", " space.txt", "'quote.txt", "-5", "=HYPERLINK(\"http://x\",\"y\")"]
    with Server() as server:
        server.post([{"type": "cloud.upload", "data": {"file_name": name, "provider": "file", "bucket": "/b", "size_bytes": 7}} for name in names]
                    + [{"type": "com.example.list", "data": [-1, "=2"], "correlation_id": "=cmd"}, {"type": "com.example.number", "data": -5}])
        status, headers, text = server.request("GET", "/api/stream/export?format=csv")
        assert status == 200 and headers["Content-Type"] == "text/csv; charset=utf-8" and headers["Content-Disposition"] == 'attachment; filename="events.csv"'
        text = text.decode()
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        events = server.export()
        assert len(rows) == len(events) == len(names) + 2
        for row, one in zip(rows, events):
            assert None not in row and None not in row.values(), row  # as many cells as the head has
            for cell in row.values():
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            shown = {key: value[1:] if value[:1] == "'" and value[1:2] in set("=+-@\t\r") else value for key, value in row.items()}
            assert json.loads(shown["data"]) == one["data"]
            for key in ("id", "type", "source", "timestamp", "recorded_at"):
                assert shown[key] == one[key], key
            assert int(shown["offset"]) == one["offset"] and shown["simulated"] == "false"
            assert shown["correlation_id"] == (one["correlation_id"] or "")
            if one["type"] == "cloud.upload":
                assert shown["file_name"] == one["data"]["file_name"], (shown["file_name"], one)
                assert shown["size_bytes"] == "7" and shown["bucket"] == "/b"
        # RFC 4180: every line ends with CR LF, and what a spreadsheet would run stands in quotes.
        assert text.endswith("\r\n") and text.split("\r\n")[0].startswith("id,type,source,")
        for name in names[:4]:
            assert f'"\'{name}"' in text, name


@case
def a_ticket_opens_one_stream_and_is_in_no_log():
    with Server("--log-level", "trace", auth="password") as server:
        read = {"Authorization": "Bearer " + server.command("token", "create", "r", "--scope", "read").strip()}
        ingest = {"Authorization": "Bearer " + server.command("token", "create", "i", "--scope", "ingest").strip()}
        assert server.request("POST", "/api/auth/ticket")[0] == 401
        assert server.request("POST", "/api/auth/ticket", headers=ingest)[0] == 403
        tickets = []
        for _ in range(3):
            answer = server.json("POST", "/api/auth/ticket", headers=read)
            assert set(answer) == {"ticket", "expires_in"} and answer["expires_in"] == 60
            tickets.append(answer["ticket"])
        assert len(set(tickets)) == 3
        stream = SSE(server, token=tickets[0])
        assert stream.next()[0] == "connection"
        for target in ("/api/stream/live", "/ws/stream"):
            assert server.request("GET", f"{target}?token={tickets[0]}", headers=UPGRADE if target.startswith("/ws") else None)[0] == 401
        stream.close()
        # For streams only: a list knows no such parameter, and no ticket opens it.
        for target in (PATH, "/api/stream/export", "/api/auth/me"):
            assert server.request("GET", f"{target}?token={tickets[1]}")[0] in (400, 401)
        assert SSE(server, token=tickets[1]).next()[0] == "connection"
        server.stop()
        log = (server.folder / "stderr.log").read_text()
        assert log and not any(ticket in log for ticket in tickets)


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
