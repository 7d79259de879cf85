"""Looking back: a stretch of time, a replay, a permalink; and what a person keeps: filters, columns, shortcuts."""
import datetime
import functools
import json
import re
import time

from playwright.sync_api import expect

from browser import DESK, PHONE, check, look, open_page, part, quiet
from journey import NAME, PASSWORD, events_of, make_account, rows
from scripted import serve
from server import BINARY, Server, wait
from states import ALLOWED, ready, setting, start

BRUSH = "Look back at a time"


# Against the scripted server: pictures of each new thing, and what a healthy server does not show.
def new_things(browser, base, mode, size):
    tag = f"{{}}-{'phone-' if size is PHONE else ''}{mode}"
    page, s = start(browser, base, mode, size)
    ready(page)
    page.get_by_role("button", name="Saved filters").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    expect(page.get_by_text("Set a filter to keep it here under a name.")).to_be_visible()
    look(page, tag.format("saved-none"))
    page.get_by_role("button", name=re.compile("^Removals")).click()
    expect(page.get_by_role("button", name="Remove type:cloud.delete")).to_be_visible()
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_label("Name for this filter").fill("What was removed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Remove What was removed")).to_be_visible()
    look(page, tag.format("saved"))
    page.get_by_label("Name for this filter").fill("what WAS removed")
    expect(page.get_by_role("button", name="Replace", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear the filter").first.click()
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()
    look(page, tag.format("columns"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Look back").click()
    expect(page.get_by_text(re.compile("^The log begins at"))).to_be_visible()
    look(page, tag.format("look-back"))
    page.get_by_label("To", exact=True).fill("2020-01-01T00:00:00")
    expect(page.get_by_text("The second time must be after the first.")).to_be_visible()
    check(page.get_by_role("button", name="Replay it").is_disabled(), "what makes no sense cannot be asked")
    look(page, tag.format("look-back-wrong"))
    page.get_by_role("button", name="Last hour").click()
    page.get_by_role("button", name="Show that time").click()
    expect(page.get_by_role("button", name=re.compile("back to live"))).to_be_visible()
    expect(page.get_by_test_id("rates")).to_have_attribute("aria-label", re.compile("events from .* to "))
    look(page, tag.format("looked-back"))
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("region", name="Replay")).to_contain_text(re.compile("events? played|That was all"))
    look(page, tag.format("replay"))
    quiet(page, f"new things {mode}")
    page.context.close()


def trimmed(browser, base, mode, size):
    """A link to an event that retention took says so, and leads on."""
    page, s = start(browser, base, mode, size, "live?at=v1-1f-e0-4899", setting(trimmed=4900))
    expect(page.get_by_role("heading", name="That event is not in the log any more")).to_be_visible()
    expect(page.get_by_text("The log keeps events for a limited time, and this one was older.")).to_be_visible()
    check(page.get_by_role("button", name="Close details").count() == 0, "no other event is passed off as the one that was linked")
    look(page, f"link-trimmed-{'phone-' if size is PHONE else ''}{mode}")
    page.get_by_role("button", name="Show the newest events").click()
    ready(page)
    page.context.close()


def newer(browser, base, mode, size):
    """A server of another version is told; nothing reloads by itself, and who puts it off finds it again."""
    page, s = start(browser, base, mode, size)
    ready(page)
    page.evaluate("window.same = true")
    s.socket.close(code=1001, reason="going away")
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    check(page.get_by_text("A new version is there").count() == 0, "the same version is no news")
    s.version = "0.2.0"
    s.socket.close(code=1001, reason="going away")
    notice = page.get_by_text("A new version is there (0.2.0).")
    expect(notice).to_be_visible()
    ready(page)
    look(page, f"newer-{'phone-' if size is PHONE else ''}{mode}")
    check(page.evaluate("window.same"), "nothing reloads by itself")
    page.get_by_role("button", name="Later").click()
    expect(notice).to_have_count(0)
    if size is PHONE:
        page.get_by_role("button", name="Open navigation").click()
    page.get_by_role("button", name="Reload for the new version").click()
    ready(page)
    wait(lambda: not page.evaluate("window.same"), "the reload that was asked for")
    check(page.get_by_text("A new version is there").count() == 0, "then it is the version this page came from")
    page.context.close()


def missing_part(browser, base, mode, size):
    """A part of the page that went with an upgrade says so in its place; the rest goes on, and where it only was away it comes when it is opened again."""
    page, s = start(browser, base, mode, size)
    ready(page)
    page.route("**/assets/ObjectsPage-*.js", lambda route: route.fulfill(status=404, body="gone"))
    page.evaluate("location.hash = '#/objects'")
    expect(page.get_by_role("heading", name="A part of this page could not be loaded")).to_be_visible()
    check(page.get_by_role("button", name="Reload").count() == 1, "it is told once, with one way out")
    look(page, f"part-missing-{'phone-' if size is PHONE else ''}{mode}")
    page.evaluate("location.hash = '#/live'")
    ready(page)
    # What has no place of its own is told on top of the page.
    page.route("**/assets/Shortcuts-*.js", lambda route: route.fulfill(status=404, body="gone"))
    page.keyboard.press("?")
    notice = page.get_by_role("status").filter(has_text="A part of this page could not be loaded.")
    expect(notice).to_be_visible()
    look(page, f"part-missing-notice-{'phone-' if size is PHONE else ''}{mode}")
    page.unroute("**/assets/ObjectsPage-*.js")
    page.evaluate("location.hash = '#/objects'")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    expect(page.get_by_role("heading", name="A part of this page could not be loaded")).to_have_count(0)
    quiet(page, f"missing part {mode}", (*ALLOWED, "404", "dynamically imported module"))
    page.context.close()


# Against the real server.
def sign_in(browser, s, mode="light", size=DESK, to=""):
    page = open_page(browser, mode, size)
    page.goto(to or s.base)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def moment(words):
    return datetime.datetime.fromisoformat(words.replace("Z", "+00:00"))


def query_of(page) -> dict:
    return dict(re.findall(r"[?&](\w+)=([^&]*)", page.evaluate("decodeURIComponent(location.hash)")))


def within(page, s):
    """The events of the time in the address, by the server's own answer."""
    q = query_of(page)
    return events_of(page, s.base, since=q["since"], until=q["until"])


def brushed(page, s):
    """Dragged over the chart: what is shown is what the log has of that time, and the edges can be moved."""
    grid, chart = page.get_by_role("grid"), page.get_by_test_id("rates").bounding_box()
    page.mouse.move(chart["x"] + chart["width"] - 70, chart["y"] + 40)
    page.mouse.down()
    page.mouse.move(chart["x"] + chart["width"] - 2, chart["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("since=.*until="))
    wanted = within(page, s)
    check(len(wanted) > 10, f"something happened then: {len(wanted)}")
    expect(grid).to_have_attribute("aria-rowcount", str(len(wanted) + 1))
    expect(page.get_by_text("That is all of that time.").or_(page.get_by_text(re.compile("^The log begins here")))).to_have_count(1)
    before = query_of(page)
    from_x = page.locator("svg line[stroke='var(--cf-accent)']").first.evaluate("e => e.getBoundingClientRect().x")
    page.mouse.move(from_x, chart["y"] + 40)
    page.mouse.down()
    page.mouse.move(from_x - 60, chart["y"] + 40, steps=4)
    page.mouse.up()
    wait(lambda: query_of(page)["since"] < before["since"], "the moved edge")
    check(query_of(page)["until"] == before["until"], "the other edge stays")
    s.write("later/than-that.txt")
    wait(lambda: len(events_of(page, s.base, filter="than-that")) == 1, "the later event")
    total = len(events_of(page, s.base))
    expect(page.get_by_text(f"{total:,} events in the log")).to_be_visible()
    check("than-that" not in " ".join(rows(page).all_inner_texts()), "a time that is over gets nothing new")
    page.get_by_role("button", name=re.compile("back to live")).click()
    expect(rows(page).filter(has_text="than-that").first).to_be_visible()
    check("since=" not in page.url, "back to live takes the time out of the address")


def brushed_by_keys(page, s):
    slider = page.get_by_role("slider", name=BRUSH)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    first = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    check(re.search(r"\d\d:\d\d:\d\d to \d\d:\d\d:\d\d, \d+ events?", first) and slider.get_attribute("aria-valuetext") != first, f"the choice is said: {first}")
    page.keyboard.press("Escape")
    check("since=" not in page.url, "Escape drops the choice")
    page.keyboard.press("End")
    page.keyboard.press("Shift+PageDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("since=.*until="))
    q = query_of(page)
    check(20 <= (moment(q["until"]) - moment(q["since"])).total_seconds() <= 120, f"as long as was chosen: {q}")
    # The address changes before the page does; until then Escape means something else.
    expect(page.get_by_role("button", name=re.compile("back to live"))).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    wait(lambda: "since=" not in page.url, "Escape goes back to live")


def replayed(page, s):
    """The past in its own rhythm: nothing left out, paused, faster, and back."""
    page.get_by_role("button", name="Look back").click()
    page.get_by_role("button", name="Last 15 min").click()
    page.get_by_role("button", name="Replay it").click()
    bar, clock = page.get_by_role("region", name="Replay"), page.get_by_test_id("replayed")
    expect(bar).to_be_visible()
    expect(page.get_by_role("button", name="1 times as fast")).to_have_attribute("aria-pressed", "true")
    wanted = within(page, s)
    # It begins where the log does: the seconds before are skipped with it.
    expect(bar).to_contain_text("The log begins at")
    page.locator("#main").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    stood = clock.inner_text()
    page.wait_for_timeout(1300)  # its clock shows seconds: more than one has to pass
    check(clock.inner_text() == stood, "paused, its clock stands")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="100 times as fast").click()
    page.wait_for_url(re.compile("speed=100"))
    expect(bar).to_contain_text(f"That was all of that time: {len(wanted)} events", timeout=120_000)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(len(wanted) + 1))
    look(page, "real-replayed")
    page.go_back()
    ready(page)
    page.go_forward()
    expect(bar).to_be_visible()
    page.get_by_role("button", name="Back to live").click()
    expect(bar).to_have_count(0)
    check("replay=" not in page.url, "back to live takes the replay out of the address")


MANY = 30_000


def flooded(page, s):
    """A great many events in a moment at 100x: bounded in rows and requests, told, and nothing left out."""
    me = page.request.get(f"{s.base}api/auth/me").json()
    for batch in range(MANY // 5_000):
        body = [{"type": "com.example.flood", "id": f"flood-{batch}-{i}", "data": {"file_name": f"f-{batch}-{i}"}} for i in range(5_000)]
        answer = page.request.post(f"{s.base}api/stream/events", data=json.dumps(body), headers={"Content-Type": "application/json", "X-CSRF-Token": me["csrf_token"], "Origin": s.base.rstrip("/")})
        check(answer.status == 202, f"posted: {answer.status}")
    page.goto("about:blank")
    asked, open_now, most = [], set(), [0]

    def begins(request):
        if "order=asc" in request.url and "since=" in request.url:
            asked.append(time.monotonic())
            open_now.add(request)
            most[0] = max(most[0], len(open_now))

    page.on("request", begins)
    ends = lambda request: open_now.discard(request)  # noqa: E731
    page.on("requestfinished", ends)
    page.on("requestfailed", ends)
    now = datetime.datetime.now(datetime.timezone.utc)
    since, until = (now - datetime.timedelta(minutes=4)).isoformat(timespec="milliseconds").replace("+00:00", "Z"), now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    page.goto(f"{s.base}#/live?filter=type:com.example.flood&since={since}&until={until}&replay={since}&speed=100")
    bar = page.get_by_role("region", name="Replay")
    expect(bar).to_contain_text("nothing is left out", timeout=120_000)
    look(page, "real-flooded")
    frames = page.evaluate("new Promise(done => { let n = 0, begin = performance.now(); const f = () => { n++; if (performance.now() - begin < 1000) requestAnimationFrame(f); else done(n); }; f(); })")
    check(frames > 8, f"the page stays usable: {frames} frames in a second")
    expect(bar).to_contain_text(f"That was all of that time: {MANY:,} events", timeout=240_000)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "10001")
    check(page.locator("[data-testid=feed] .row").count() < 60, "only rows in view exist")
    check(most[0] == 1, f"one page is asked for at a time: {most[0]}")
    check(len(asked) <= MANY / 1000 + 8, f"and no more than there are: {len(asked)}")
    check(frames and asked[-1] - asked[0] > 0.09 * (len(asked) - 1), "and never in a rush")
    page.get_by_role("button", name="Back to live").click()
    page.get_by_role("button", name="Clear the filter").first.click()


def linked(browser, page, s):
    """The address of one event: copied by a key, opened by who is not signed in yet, long after."""
    first = events_of(page, s.base)[1]
    page.goto("about:blank")
    page.goto(f"{s.base}#/live?filter=id:{first['id']}")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("y")
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = sign_in(browser, s, "dark", to=link)
    expect(other.get_by_role("button", name="Close details")).to_be_visible()
    expect(other.get_by_text(first["id"]).first).to_be_visible()
    check(other.url == link, f"signed in, one is where the link leads: {other.url}")
    expect(other.get_by_role("grid")).to_have_attribute("aria-rowcount", re.compile(r"^\d{2,}$"))
    look(other, "real-linked-dark")
    other.get_by_role("button", name=re.compile("back to live")).click()
    expect(other.get_by_role("button", name=re.compile("back to live"))).to_have_count(0)
    other.context.close()
    page.get_by_role("button", name="Clear the filter").first.click()


def kept(browser, page, s):
    """A filter that is kept is there in another browser of the same person; a shared one is there for everybody."""
    page.get_by_role("combobox").fill('name:"*.csv"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name='Remove name:"*.csv"')).to_be_visible()
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_label("Name for this filter").fill("Tables / sums")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Tables / sums")).to_be_visible()
    other = sign_in(browser, s, size=PHONE)
    expect(rows(other).first).to_be_visible()
    other.get_by_role("button", name="Saved filters").click()
    expect(other.get_by_role("button", name=re.compile("^Removals"))).to_be_visible()
    other.get_by_role("button", name=re.compile("^Tables . sums")).click()
    expect(other.get_by_role("button", name='Remove name:"*.csv"')).to_be_visible()
    expect(rows(other).filter(has_text="sums.csv").first).to_be_visible()
    other.get_by_role("button", name="Saved filters").click()
    other.get_by_role("button", name="Remove Tables / sums").click()
    expect(other.get_by_text("None yet.")).to_be_visible()
    other.context.close()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved filters").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear the filter").first.click()


def trimmed_for_real(browser):
    """A small log that outgrew its retention: the link that was copied before says so, and the list says where the log begins."""
    s = Server("--auth", "none", "--segment-bytes", "1MiB", "--retention-bytes", "1MiB", "--disk-reserve", "1MB")
    try:
        s.start()
        page = open_page(browser)
        page.goto(s.base)
        s.write("first.txt")
        rows(page).filter(has_text="first.txt").first.click()
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_text("Link copied")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        for batch in range(8):
            body = [{"type": "com.example.fill", "id": f"{batch}-{i}", "data": {"p": "x" * 900}} for i in range(600)]
            page.request.post(f"{s.base}api/stream/events", data=json.dumps(body), headers={"Content-Type": "application/json"})
        wait(lambda: page.request.get(f"{s.base}api/stream/events?order=asc&limit=1").json()["events"][0]["offset"] > 10, "retention", 90)
        page.goto("about:blank")
        page.goto(link)
        expect(page.get_by_role("heading", name="That event is not in the log any more")).to_be_visible()
        expect(page.get_by_text("The log keeps events for a limited time, and this one was older.")).to_be_visible()
        page.context.close()
    finally:
        s.close()


def heads(page):
    return [h for h in page.locator("[role=columnheader]").all_inner_texts()]


def chosen_columns(page, s):
    """Columns are chosen by keys alone, kept, and set back."""
    expect(rows(page).first).to_be_visible()
    before = heads(page)
    page.get_by_role("button", name="Columns").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Time")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Source").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    check(page.get_by_role("button", name="Columns").evaluate("e => e === document.activeElement"), "the focus goes back")
    wanted = [h for h in before if h != "Time"]
    wanted.insert(wanted.index("Cloud") + 1, "Source")
    check(heads(page) == wanted, f"the columns: {heads(page)}")
    page.reload()
    expect(rows(page).first).to_be_visible()
    check(heads(page) == wanted, "and kept")
    check(page.get_by_role("grid").evaluate("e => e.scrollWidth <= e.clientWidth"), "no column is cut off")
    look(page, "real-columns")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Reset").click()
    page.keyboard.press("Escape")
    check(heads(page) == before, "and set back")


def single_keys(page, s):
    """Single keys never fire while somebody types, and can be switched off for good."""
    box = page.get_by_role("combobox")
    current = page.locator("[data-testid=feed] .row.current")
    expect(rows(page).first).to_be_visible()

    def begun():
        page.get_by_role("grid").focus()
        page.keyboard.press("j")
        return current.count() == 1

    wait(begun, "the first row is the current one")
    at = current.get_attribute("id")
    page.keyboard.press("/")
    page.keyboard.type("fxjkgl?y c")
    check(box.input_value() == "fxjkgl?y c" and current.get_attribute("id") == at and page.get_by_role("dialog").count() == 0 and page.url.count("filter=") == 0, "what is typed is only typed")
    box.fill("")
    page.keyboard.press("Escape")
    page.get_by_role("grid").focus()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Single keys").click()
    page.keyboard.press("Escape")
    for key in ("j", "?", "x", "g", "b"):
        page.keyboard.press(key)
    check(current.get_attribute("id") == at and page.get_by_role("dialog").count() == 0 and "#/live" in page.url, "switched off, none of them does anything")
    page.reload()
    expect(rows(page).first).to_be_visible()
    page.get_by_role("grid").focus()
    page.keyboard.press("?")
    check(page.get_by_role("dialog").count() == 0, "and it is kept")
    page.keyboard.press("ArrowDown")
    expect(current).to_have_count(1)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Keyboard shortcuts").click()
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Single keys").click()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="Objects", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("l")


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        for size in (DESK, PHONE):
            for body in (new_things, trimmed, newer, missing_part):
                with part(f"{body.__name__.replace('_', ' ')}, {mode}{', phone' if size is PHONE else ''}"):
                    body(browser, base, mode, size)
    if not BINARY.exists():
        check(False, f"the binary {BINARY} is missing: build it first (make debug)")
        return
    with part("trimmed for real"):
        trimmed_for_real(browser)
    s = Server("--filter-preset", "Removals=type:cloud.delete")
    try:
        s.start()
        page = open_page(browser)
        make_account(page, s)
        for i in range(24):
            s.write(f"finance/report-{i}.pdf")
        # What comes in one burst is told in the order in which folders are looked through: the newest must come after it.
        expect(page.get_by_text("25 events in the log")).to_be_visible()
        s.write("tables/sums.csv")
        expect(rows(page).filter(has_text="sums.csv").first).to_be_visible()
        total = len(events_of(page, s.base))
        wait(lambda: (page.get_by_test_id("rates").get_attribute("aria-label") or "").startswith(f"{total} events in the last"), "the chart has them all")
        for step in (brushed, brushed_by_keys, replayed, chosen_columns, functools.partial(kept, browser), functools.partial(linked, browser), single_keys, flooded):
            with part(getattr(step, "func", step).__name__.replace("_", " ")):
                step(page, s)
        quiet(page, "past", ("401", "Failed to load resource"))
    finally:
        s.close()
