"""What people do that nobody planned: odd drags, odd links, odd names, an end in the middle, another tab, a narrow view."""
import contextlib
import datetime
import functools
import io
import json
import re
import signal
import socket
import struct
import threading
import urllib.parse

from playwright.sync_api import expect

from browser import DIST, PHONE, axe, check, look, open_page, part, quiet
from journey import rows
from past import heads, query_of
from scripted import serve
from server import BINARY, Server, wait
from states import ALLOWED, ready, setting, start

ZOOMED = (720, 450)  # 1440 by 900 at 200 %


def ago(seconds: float) -> str:
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def go(page, s, **query):
    page.goto("about:blank")
    page.goto(f"{s.base}#/live{'?' if query else ''}{urllib.parse.urlencode(query)}")


def get(page, s, path, **query):
    return page.request.get(f"{s.base}api/stream/{path}", params={k: str(v) for k, v in query.items()}).json()


def post(page, s, tag, count, kind="com.example.busy"):
    for first in range(0, count, 5_000):
        body = [{"type": kind, "id": f"{tag}-{i}", "data": {"file_name": f"{tag}-{i}"}} for i in range(first, min(count, first + 5_000))]
        answer = page.request.post(f"{s.base}api/stream/events", data=json.dumps(body), headers={"Content-Type": "application/json"})
        check(answer.status == 202, f"posted: {answer.status}")


def left(base):
    """A browser that goes elsewhere while a file is on its way is no traceback in what the suite prints."""
    largest = max((DIST / "assets").iterdir(), key=lambda f: f.stat().st_size)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(base).port))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it ends with a reset
            client.sendall(f"GET /assets/{largest.name} HTTP/1.0\r\n\r\n".encode())
            client.recv(100)
            client.close()
        wait(lambda: not any("process_request_thread" in t.name for t in threading.enumerate()), "the answers that nobody takes")
    check(said.getvalue() == "", f"it is quiet: {said.getvalue()[-300:]}")


# Against the scripted server.
def not_sorted(browser, base, mode):
    """A time of which more is counted than was told apart says so; nothing of it looks like nothing."""
    page, s = start(browser, base, mode, prepare=setting(busy=True))
    ready(page)
    page.goto(f"{base}#/live?since={ago(3600)}&until={ago(0)}")
    chart = page.get_by_test_id("rates")
    expect(chart).to_have_attribute("aria-label", re.compile(r"^[\d,]{7,} events .* by family\. .*\b[\d,]{7,} of them are counted and not told apart by family\.$"))
    note = page.get_by_text(re.compile(r"^[\d,]{7,} counted, their families not read$"))
    expect(note).to_be_visible()
    check(page.get_by_test_id("not-sorted").get_attribute("d").count("M") > 40, "their bars stand there")
    expect(page.get_by_role("button", name=re.compile(r"^cloud [\d,]+\+$"))).to_be_visible()
    check(sum("stream/rates" in a and "types" not in a and "cursor" in a for a in s.asked) < 30, "and it stops asking")
    look(page, f"past-not-sorted-{mode}")
    s.rates_up = False
    page.goto(f"{base}#/live?since={ago(7200)}&until={ago(10)}")
    expect(page.get_by_role("alert").filter(has_text="That time could not be counted: The log cannot be read.")).to_be_visible()
    check(page.get_by_role("img", name="That time could not be counted").count() == 1, "the chart says it too")
    look(page, f"past-not-counted-{mode}")
    quiet(page, "not sorted", (*ALLOWED, "500"))
    page.context.close()


def unreadable_filter(browser, base):
    """A filter that was kept by an older version and cannot be read any more is told where it can be mended."""
    page, s = start(browser, base, "light")
    s.kept = [{"name": "From long ago", "expression": "foo:1", "changed_at": "2026-01-01T00:00:00.000Z"}]
    ready(page)
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_role("button", name=re.compile("^From long ago")).click()
    expect(page.get_by_role("alert")).to_contain_text("There is no field “foo”.")
    check(page.get_by_role("combobox").input_value() == "foo:1", "it stands in the line, to be mended")
    expect(page.get_by_role("alert").get_by_role("link", name="Filter language")).to_have_attribute("href", "/docs/filter-language")
    page.context.close()
    phone, s = start(browser, base, "dark", PHONE)
    ready(phone)
    phone.get_by_role("combobox").fill("foo:1")
    phone.keyboard.press("Enter")
    button = phone.get_by_role("button", name="Use “type”")
    expect(button).to_be_visible()
    check(button.evaluate("e => e.scrollWidth <= e.clientWidth"), "its button has room on a phone")
    look(phone, "filter-bad-phone-dark")
    phone.context.close()


# Against the real server.
def documentation(page, s):
    """The documentation is one step away, in a tab of its own."""
    page.get_by_role("button", name="Account").click()
    item = page.get_by_role("menuitem", name="Documentation")
    expect(item).to_be_visible()
    look(page, "account-menu")
    with page.expect_popup() as opened:
        item.click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    check(opened.value.url == f"{s.base}docs", f"it is the server's own: {opened.value.url}")
    opened.value.close()
    expect(page.get_by_role("menu")).to_have_count(0)
    page.keyboard.press("?")
    link = page.get_by_role("dialog", name="Keyboard shortcuts").get_by_role("link", name="Documentation")
    expect(link).to_have_attribute("target", "_blank")
    page.keyboard.press("Escape")
    box = page.get_by_role("combobox")
    box.focus()
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    page.keyboard.press("Tab")
    help_link = page.get_by_role("link", name="Filter language")
    expect(help_link).to_be_focused()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_url("**/docs/filter-language")
    opened.value.close()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()


def drags(page, s):
    """Backwards, of one pixel, beyond both ends, over the axis, given up half way: a stretch that was meant, or nothing."""
    go(page, s)
    ready(page)
    chart = page.get_by_test_id("rates")
    wait(lambda: "events in the last" in (chart.get_attribute("aria-label") or ""), "the chart")
    box = chart.bounding_box()
    y, right = box["y"] + 40, box["x"] + box["width"]

    def drag(a, b):
        page.mouse.move(a, y)
        page.mouse.down()
        page.mouse.move((a + b) / 2, y, steps=3)
        page.mouse.move(b, y, steps=3)
        page.mouse.up()
        page.wait_for_url(re.compile("since="))
        q = {k: datetime.datetime.fromisoformat(v.replace("Z", "+00:00")) for k, v in query_of(page).items()}
        page.get_by_role("button", name=re.compile("back to live")).click()
        ready(page)
        return (q["until"] - q["since"]).total_seconds(), q

    there, back = drag(right - 700, right - 300)[0], drag(right - 300, right - 700)[0]
    check(abs(there - back) <= 10 and there > 200, f"backwards is the same: {there}, {back}")
    check(drag(right - 400, right - 399)[0] in (10, 20), "one pixel is the bar under it, or the two between which it lies")
    check(drag(box["x"] + 300, box["x"] - 400)[0] > 100, "beyond the left end chooses up to it")
    length, q = drag(right - 300, right + 400)
    check(100 < length and (datetime.datetime.now(datetime.timezone.utc) - q["until"]).total_seconds() > -1, f"beyond the right end chooses up to now, not what is to come: {q}")
    page.mouse.click(box["x"] + 6, y)
    page.mouse.move(right - 300, y)
    page.mouse.down()
    page.mouse.move(right - 200, y, steps=3)
    page.keyboard.press("Escape")
    page.mouse.up()
    check("since=" not in page.url, "the axis is no time, and Escape drops a drag")


def counted_all(page, s):
    """More events than any page of a list: the chart of the past has every one, by family."""
    post(page, s, "busy", 24_000)
    since, until = ago(3600), ago(0)
    went = []
    page.on("request", lambda r: went.append(r.url) if "/api/stream/events?" in r.url else None)
    go(page, s, since=since, until=until)
    total = get(page, s, "events", since=since, until=until, count=1, limit=1)["total"]
    check(total > 24_000, f"{total} happened")
    expect(page.get_by_test_id("rates")).to_have_attribute("aria-label", re.compile(rf"^{total:,} events from .* by family\.( What was before .* is not known\.)?$"))
    other = get(page, s, "rates", since=since, until=until, bar=60)
    check(sum(b["total"] for b in other["bars"]) == total, "as the server counts")
    expect(page.get_by_role("button", name=re.compile(r"^other 24,0\d\d\+?$"))).to_be_visible()
    check(len(went) <= 4, f"without reading them into the page: {len(went)} pages")
    look(page, "real-past-counted")
    page.get_by_role("button", name=re.compile("back to live")).click()


def links(page, s):
    """What a link can lead to: inventory, an event in another filter, nothing, another log."""
    first = get(page, s, "events", order="asc", limit=1, filter="type:system.inventory")["events"][0]
    cursor = get(page, s, "events", limit=1)["next_cursor"]
    place = lambda offset: re.sub(r"\d+$", str(offset), cursor)  # noqa: E731
    go(page, s, at=place(first["offset"]))
    expect(page.get_by_role("button", name="Close details")).to_be_visible()
    expect(page.locator("#details").get_by_text("system.inventory").first).to_be_visible()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    look(page, "link-inventory")
    middle = get(page, s, "events", limit=60)["events"][50]
    go(page, s, at=place(middle["offset"]), filter="type:cloud.delete")
    expect(page.locator("#details").get_by_text(middle["id"]).first).to_be_visible()
    check(page.get_by_role("button", name="Remove type:cloud.delete").count() == 0, "what is around it is not what passes the filter, so no filter is shown")
    current = page.locator("[data-testid=feed] .row.current")
    wait(lambda: current.evaluate("e => { const r = e.getBoundingClientRect(), v = e.closest('.view').getBoundingClientRect(); return r.top - v.top > 60 && v.bottom - r.bottom > 60; }"), "the linked event stands in the middle")
    page.get_by_role("button", name=re.compile("back to live")).click()
    expect(page.get_by_role("button", name="Remove type:cloud.delete")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").first.click()
    for at in (place(10**12), "v1-abcdef-e0-5", "rubbish"):
        go(page, s, at=at)
        expect(page.get_by_role("heading", name="This link does not lead to a place in the log")).to_be_visible()
        check(page.get_by_text("start without a cursor").count() == 0, "in words for people")
    axe(page, "a link to nowhere")
    page.get_by_role("button", name="Show the newest events").click()
    ready(page)


def replays(page, s):
    """A filter that changes, a place that is sought while paused, a hidden tab, a server that goes away: the replay goes on where it was."""
    bar, clock = page.get_by_role("region", name="Replay"), page.get_by_test_id("replayed")
    go(page, s, since=ago(600), until=ago(0), replay=ago(300), speed=1)
    expect(bar).to_be_visible()
    began = clock.inner_text()
    wait(lambda: clock.inner_text() != began, "it plays")
    page.get_by_role("button", name="30 times as fast").click()
    wait(lambda: clock.inner_text()[-8:-3] > began[-8:-3], "a minute of it")
    page.get_by_role("button", name="1 times as fast").click()
    reached = clock.inner_text()
    page.get_by_role("combobox").fill("type:cloud.*")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove type:cloud.*")).to_be_visible()
    wait(lambda: bar.count() and clock.inner_text() >= reached, "with another filter it goes on where it was", 3)
    # Hidden, a page gets no frames.
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true }); window.frames_ = requestAnimationFrame; window.requestAnimationFrame = () => 0; document.dispatchEvent(new Event('visibilitychange'))")
    reached = clock.inner_text()
    wait(lambda: clock.inner_text() > reached, "hidden, it goes on", 6)
    page.evaluate("delete document.hidden; window.requestAnimationFrame = window.frames_; document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Pause the replay").click()
    slider = page.get_by_role("slider", name="Position in that time")
    slider.focus()
    page.keyboard.press("Home")
    wait(lambda: query_of(page)["replay"] == query_of(page)["since"], "sought by keys")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear the filter").first.click()
    page.get_by_role("button", name="100 times as fast").click()
    s.end(signal.SIGKILL)
    page.get_by_role("button", name="Play", exact=True).click()
    go_on = bar.get_by_text(re.compile("^The log could not be read: .* Trying again\\.$|^That was all"))
    expect(go_on).to_be_visible()
    s.start()
    expect(bar).to_contain_text("That was all of that time", timeout=120_000)
    q = query_of(page)
    all_of_it = f"That was all of that time: {get(page, s, 'events', since=q['since'], until=q['until'], count=1, limit=1)['total']:,} events"
    expect(bar).to_contain_text(all_of_it)
    page.get_by_role("button", name="Play again").click()
    expect(page.get_by_role("button", name="Pause the replay")).to_be_visible()
    expect(bar).to_contain_text(all_of_it, timeout=120_000)
    # To the beginning by the slider, though the address says that already.
    slider.focus()
    page.keyboard.press("Home")
    expect(bar).not_to_contain_text("That was all")
    expect(bar).to_contain_text(all_of_it, timeout=120_000)
    page.get_by_role("button", name="Back to live").click()
    ready(page)


def steps(page, s):
    """Back and forward through live, a time, its replay and a link, twice: each address shows its own."""
    cursor = get(page, s, "events", limit=5)["next_cursor"]
    go(page, s)
    ready(page)
    page.get_by_role("button", name="Look back").click()
    page.get_by_role("button", name="Last 15 min").click()
    page.get_by_role("button", name="Show that time").click()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("region", name="Replay")).to_be_visible()
    page.evaluate(f"location.hash = '#/live?at={cursor}'")
    details, replay, live = page.get_by_role("button", name="Close details"), page.get_by_role("region", name="Replay"), page.get_by_role("button", name=re.compile("back to live"))
    expect(details).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(replay).to_be_visible()
        expect(details).to_have_count(0)
        page.go_back()
        expect(replay).to_have_count(0)
        expect(live).to_be_visible()
        page.go_back()
        expect(live).to_have_count(0)
        expect(rows(page).first).to_be_visible()
        page.go_forward()
        expect(live).to_be_visible()
        page.go_forward()
        expect(replay).to_be_visible()
        page.go_forward()
        expect(details).to_be_visible()
    page.keyboard.press("Escape")
    expect(details).to_have_count(0)
    page.keyboard.press("Escape")
    expect(live).to_have_count(0)


def names(browser, page, s):
    """Filters of the same name in another case, of the longest name, with signs of an address in it; and a second tab."""
    keep = page.get_by_label("Name for this filter")
    page.get_by_role("combobox").fill('name:"' + "x" * 300 + '"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Remove name:"))).to_be_visible()
    page.get_by_role("button", name="Saved filters").click()
    # Case is one thing for ASCII letters only, here as on the server.
    for name in ("W" * 64, "a/b ?#%&", "Same", "sAME", "Stück", "STÜCK"):
        keep.fill(name)
        expect(page.get_by_role("button", name="Replace" if name == "sAME" else "Save", exact=True)).to_be_enabled()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove {name}", exact=True)).to_be_visible()
    removes = page.get_by_role("dialog").get_by_role("button", name=re.compile("^Remove "))
    check(removes.count() == 5, f"the same name is one filter: {removes.count()}")
    check(page.get_by_role("dialog", name="Saved filters").evaluate("e => e.scrollWidth <= e.clientWidth"), "the longest name fits")
    look(page, "saved-names")
    tab = page.context.new_page()
    tab.goto(s.base)
    tab.get_by_role("button", name="Saved filters").click()
    for name in ("W" * 64, "a/b ?#%&", "sAME", "Stück", "STÜCK"):
        tab.get_by_role("button", name=f"Remove {name}", exact=True).click()
        expect(tab.get_by_role("button", name=f"Remove {name}", exact=True)).to_have_count(0)
    tab.close()
    # What another tab took away is no trouble here, and keys go on working.
    page.get_by_role("button", name="Remove sAME", exact=True).click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear the filter").first.click()


def anything(browser, page, s):
    """Events may carry any JSON, under any name: the list shows what it can of them, and so do their details."""
    odd = [None, 5, "text", [1], {"provider": 5}, {"provider": "constructor"}, {"data_temperature": 5}, {"data_temperature": "toString"}, {"operation": {"a": 1}}, {"file_name": ["x"]}, {"bucket": 5},
           {"status": {"x": 1}, "error": [1], "progress": "half"}, {"objects": 3}, {"size_bytes": "many", "amount": "1", "currency": "zz9"}, {"amount": 1, "currency": "no such"}]
    body = [{"type": "job.done", "source": f"/odd/{i}", "data": d} for i, d in enumerate(odd)] + [{"type": "constructor", "source": "/odd/name", "data": {}}]
    answer = page.request.post(f"{s.base}api/stream/events", data=json.dumps(body), headers={"Content-Type": "application/json"})
    check(answer.status == 202, f"posted: {answer.status} {answer.text()[:200]}")
    for size in ((1440, 900), PHONE):
        other = open_page(browser, "light", size)
        go(other, s, filter="source:/odd/*")
        expect(rows(other)).to_have_count(len(body))
        expect(rows(other).filter(has_text="/odd/name").first).to_be_visible()
        look(other, f"anything-{size[0]}")
        rows(other).first.click()
        for _ in body:
            expect(other.get_by_role("button", name="Close details")).to_be_visible()
            other.keyboard.press("j")
        check(other.get_by_text("fault of its own").count() == 0, "the page stands")
        quiet(other, f"anything {size[0]}")
        other.context.close()


def no_time(page, s):
    """An address that names no time is told, and is not left standing; a speed that there is not is the next slower one."""
    for query in ({"since": ago(0), "until": ago(600)}, {"since": "garbage"}, {"since": ago(600), "until": "soon", "replay": ago(300)}):
        go(page, s, **query)
        expect(page.get_by_text("The address names no stretch of time that can be shown; this is now.")).to_be_visible()
        page.wait_for_url(re.compile("#/live$"))
        ready(page)
    go(page, s, since=ago(600), until=ago(0), replay=ago(300), speed=37)
    expect(page.get_by_role("button", name="30 times as fast")).to_have_attribute("aria-pressed", "true")
    # Long before the log.
    go(page, s, since=ago(86400 * 900), until=ago(86400 * 899))
    expect(page.get_by_role("heading", name="That was before the log began")).to_be_visible()
    page.get_by_role("button", name=re.compile("back to live")).click()


def every_column(browser, page, s):
    """All columns: no more are left out than has to be, and Reset brings the usual ones, by keys alone; on a phone too."""
    expect(rows(page).first).to_be_visible()
    usual = heads(page)
    page.get_by_role("button", name="Columns").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Time")).to_be_focused()
    for box in page.get_by_role("dialog", name="Columns").get_by_role("checkbox").all():
        if box.is_enabled() and not box.is_checked():
            box.focus()
            page.keyboard.press("Space")
    page.keyboard.press("Escape")
    fit = ["Time", "Type", "Object", "Cloud", "Source", "User", "Size", "Cost / mo", "Temperature", "Age"]
    expect(page.locator("[role=columnheader]")).to_have_text(fit)
    check(page.get_by_role("grid").evaluate("e => e.scrollWidth <= e.clientWidth"), "none is cut off")
    axe(page, "with a tooltip open")
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Time")).to_be_focused()
    page.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("[role=columnheader]")).to_have_text(usual)
    phone = open_page(browser, "light", PHONE)
    phone.goto(s.base)
    expect(rows(phone).first).to_be_visible()
    phone.get_by_role("button", name="Columns").click()
    expect(phone.get_by_role("checkbox").first).to_be_focused()
    for box in phone.get_by_role("dialog", name="Columns").get_by_role("checkbox").all():
        box.check()
    phone.keyboard.press("Escape")
    look(phone, "columns-all-phone")
    phone.context.close()


def zoomed(browser, page, s):
    """At 200 % everything is there and nothing is wider than the screen."""
    near = open_page(browser, "light", ZOOMED)
    for name, query in (("past", {"since": ago(3600), "until": ago(0)}), ("replay", {"since": ago(600), "until": ago(0), "replay": ago(300), "speed": 10})):
        go(near, s, **query)
        expect(near.get_by_test_id("rates")).to_have_attribute("aria-label", re.compile("events from"))
        look(near, f"zoomed-{name}")
    for opener, dialog in (("Look back", "Look back at a time"), ("Saved filters", "Saved filters"), ("Columns", "Columns")):
        near.get_by_role("button", name=opener, exact=True).click()
        box = near.get_by_role("dialog", name=dialog)
        expect(box).to_be_visible()
        look(near, f"zoomed-{opener.lower().replace(' ', '-')}")
        edge = box.bounding_box()
        check(edge["x"] >= 0 and edge["x"] + edge["width"] <= ZOOMED[0], f"{dialog} lies on the screen")
        near.keyboard.press("Escape")
    near.context.close()


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        with part(f"not told apart, {mode}"):
            not_sorted(browser, base, mode)
    with part("left"):
        left(base)
    with part("a filter that cannot be read"):
        unreadable_filter(browser, base)
    if not BINARY.exists():
        return check(False, f"the binary {BINARY} is missing: build it first (make debug)")
    # So few a request that the chart needs several.
    s = Server("--auth", "none", "--max-scan-events", "9000", "--filter-preset", "Removals=type:cloud.delete")
    try:
        for i in range(300):
            s.write(f"finance/report-{i}.pdf")
        (s.folder / "tables").mkdir()  # in a folder that is new too, a file can be met half written, and is told twice then
        s.start()
        page = open_page(browser)
        page.goto(s.base)
        ready(page)
        # What is there before the first look is over is inventory.
        wait(lambda: [one["state"] for one in page.request.get(f"{s.base}api/stores").json()["stores"]] == ["watching"], "the folder is watched")
        for i in range(70):
            s.write(f"tables/sums-{i}.csv")
        wait(lambda: get(page, s, "events", limit=1, filter="name:tables*", count=1)["total"] == 70, "the events")
        for step in (documentation, drags, links, functools.partial(names, browser), functools.partial(every_column, browser), functools.partial(anything, browser), no_time, counted_all, functools.partial(zoomed, browser), steps, replays):
            with part(getattr(step, "func", step).__name__.replace("_", " ")):
                step(page, s)
        quiet(page, "corners", ("400", "Failed to load resource", "WebSocket connection", "ERR_CONNECTION"))
    finally:
        s.close()
