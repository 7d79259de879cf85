"""Every state of the page, light and dark, on a desk and a phone: a picture, axe, and what it has to say."""
import re

from playwright.sync_api import expect

from browser import DESK, PHONE, check, look, open_page, part, quiet
from scripted import STORES, Scripted, event, serve

ALLOWED = ("401", "Failed to load resource", "WebSocket connection")


def start(browser, base, mode, size=DESK, route="live", prepare=None):
    page = open_page(browser, mode, size)
    server = Scripted(page)
    if prepare:
        prepare(server)
    page.goto(f"{base}#/{route}")
    return page, server


def ready(page):
    expect(page.get_by_role("grid")).to_be_visible()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")


def setting(**values):
    return lambda server: [setattr(server, k, v) for k, v in values.items()]


def live(browser, base, mode):
    page, s = start(browser, base, mode)
    ready(page)
    s.happen(6)
    expect(page.get_by_test_id("rates")).to_have_attribute("aria-label", re.compile(r"\d+ events in the last 15"))
    look(page, f"live-{mode}")
    check(page.locator("[data-testid=feed] .row").count() < 60, "only rows in view exist")
    page.get_by_test_id("pill").click()
    expect(page.get_by_role("dialog", name="Connection details")).to_contain_text("c7f2-91ab")
    look(page, f"live-connection-{mode}")
    page.keyboard.press("Escape")
    s.say({"type": "gap", "from": "a", "to": s.cursor(), "count": 1204, "reason": "retention"})
    s.say({"type": "gap", "from": "a", "to": s.cursor(), "count": None, "reason": "reset"})
    s.head += 1
    s.happen(2)
    expect(page.get_by_text("1,204 events not given: the log no longer keeps them")).to_be_visible()
    look(page, f"live-gap-{mode}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    look(page, f"shortcuts-{mode}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Simulate activity").click()
    expect(page.get_by_role("checkbox", name="Show simulated").or_(page.get_by_role("switch", name="Show simulated"))).to_be_visible()
    page.wait_for_timeout(300)
    check("simulated=1" in s.url, "simulated events are asked for")
    s.happen(3, simulated=True)
    expect(page.locator(".sim").first).to_be_visible()
    look(page, f"live-simulated-{mode}")
    quiet(page, f"live {mode}")
    page.context.close()


def filters(browser, base, mode):
    page, s = start(browser, base, mode)
    ready(page)
    page.keyboard.press("/")
    page.keyboard.type("ty")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    look(page, f"filter-suggestions-{mode}")
    page.keyboard.type("p:cost.*")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no field “typ”.")
    look(page, f"filter-bad-{mode}")
    page.get_by_role("button", name="Use “type”").click()
    expect(page.get_by_role("button", name="Remove type:cost.*")).to_be_visible()
    page.wait_for_url(re.compile("filter=type"))
    check(any(m.get("filter") == "type:cost.*" for m in s.said), "the filter went to the server")
    page.get_by_role("combobox").fill("size>1GB")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^alerts")).click()
    look(page, f"filter-chips-{mode}")
    page.get_by_role("button", name="Clear the filter").first.click()
    page.get_by_role("combobox").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No event passes this filter")).to_be_visible()
    look(page, f"filter-nothing-{mode}")
    page.context.close()


def held(browser, base, mode, size=DESK):
    tag = f"{'phone-' if size is PHONE else ''}{{}}-{mode}"
    page, s = start(browser, base, mode, size)
    ready(page)
    page.get_by_role("button", name="Pause").click()
    before = page.locator("[data-testid=feed] .row[id]").first.get_attribute("id")
    s.happen(24)
    expect(page.get_by_role("button", name="Resume, 24 new")).to_be_visible()
    check(page.locator("[data-testid=feed] .row[id]").first.get_attribute("id") == before, "a paused view stands still")
    look(page, tag.format("live-paused"))
    count = int(page.get_by_role("grid").get_attribute("aria-rowcount"))
    page.get_by_role("button", name="Resume, 24 new").click()
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(count + 24))
    page.locator("[data-testid=feed] .row[id]").nth(2).click()
    expect(page.get_by_role("button", name="Close details")).to_be_visible()
    look(page, tag.format("live-detail"))
    page.get_by_role("tab", name="JSON").click()
    look(page, tag.format("live-json"))
    page.context.close()


def troubles(browser, base, mode):
    page, s = start(browser, base, mode, prepare=setting(greet=False, stats_up=False))
    expect(page.get_by_role("status", name="Loading events")).to_be_visible()
    look(page, f"live-loading-{mode}")
    page.context.close()

    page, s = start(browser, base, mode, prepare=setting(total=0, history=0, stores=[]))
    expect(page.get_by_role("heading", name="Nothing to watch yet")).to_be_visible()
    look(page, f"live-empty-{mode}")
    page.context.close()

    page, s = start(browser, base, mode)
    ready(page)
    s.happen(3)
    page.wait_for_timeout(300)
    s.greet, s.stats_up = False, False
    s.say({"type": "goaway", "retry_after_ms": 60000, "reason": "the server is being updated"})
    s.socket.close(code=1001, reason="going away")
    expect(page.get_by_text("The server is going away (the server is being updated).")).to_be_visible()
    page.wait_for_timeout(2600)
    look(page, f"live-reconnecting-{mode}")
    sockets, rows = s.sockets, page.get_by_role("grid").get_attribute("aria-rowcount")
    s.greet, s.stats_up = True, True
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    check(s.sockets == sockets + 1 and f"from={s.cursor()}" in s.url, "it resumes at its cursor")
    s.happen(1)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(int(rows) + 1))
    s.say({"type": "events", "data": [event(s.head - 1)], "cursor": s.cursor()})
    page.wait_for_timeout(200)
    check(page.get_by_role("grid").get_attribute("aria-rowcount") == str(int(rows) + 1), "an event that comes twice shows once")
    s.socket.close(code=4503, reason="policy")
    expect(page.get_by_text("The server closed the stream (4503, policy).")).to_be_visible()
    sockets = s.sockets
    look(page, f"live-failed-{mode}")
    page.wait_for_timeout(2000)
    check(s.sockets == sockets, "no endless retry for 4500 and above")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_test_id("pill")).to_contain_text("Stopped")
    look(page, f"live-stopped-{mode}")
    page.get_by_role("button", name="Start", exact=True).click()
    ready(page)
    s.me = 401
    s.socket.close(code=4501, reason="session ended")
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    check(page.locator("[data-testid=feed] .row").count() > 3, "signed out while at work keeps the page")
    page.wait_for_timeout(2500)
    look(page, f"live-signedout-{mode}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill("mara")
    page.get_by_label("Password", exact=True).fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That name and password do not match.")).to_be_visible()
    look(page, f"signin-wrong-{mode}")
    page.get_by_label("Password", exact=True).fill("right horse battery")
    page.get_by_role("button", name="Sign in").click()
    ready(page)
    check(f"from={s.cursor()}" in s.url, "after signing in again the stream goes on where it was")
    quiet(page, f"troubles {mode}", ALLOWED)
    page.context.close()


def rooms(browser, base, mode, size=DESK):
    tag = f"{'phone-' if size is PHONE else ''}{{}}-{mode}"
    page, s = start(browser, base, mode, size, "objects", setting(stores=STORES))
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    look(page, tag.format("objects"))
    if size is DESK:
        page.get_by_role("button", name="Details of finance/2026/report-2026-Q3.pdf", exact=True).click()
    else:
        page.locator("main li button").first.click()
    expect(page.get_by_role("img", name=re.compile("reads on"))).to_be_visible()
    page.wait_for_timeout(400)
    look(page, tag.format("object-detail"))
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name="Search objects").fill("nothing")
    expect(page.get_by_role("heading", name="No object has that in its path")).to_be_visible()
    look(page, tag.format("objects-none"))
    page.goto(f"{base}#/stores")
    expect(page.get_by_text("watching", exact=True)).to_be_visible()
    look(page, tag.format("stores"))
    page.get_by_role("status").filter(has_text="/mnt/backup").get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog")).to_contain_text("recorded as removed")
    page.wait_for_timeout(300)
    look(page, tag.format("stores-confirm"))
    page.get_by_role("button", name="Record the removals").click()
    page.wait_for_timeout(200)
    check("POST /api/stores/st_c/confirm" in s.asked, "confirm goes to the server")
    page.get_by_role("tab", name="People and tokens").click()
    look(page, tag.format("people"))
    quiet(page, f"rooms {mode}")
    page.context.close()


def entry(browser, base, mode, size=DESK):
    tag = f"{'phone-' if size is PHONE else ''}{{}}-{mode}"
    page, s = start(browser, base, mode, size, prepare=setting(me=401))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look(page, tag.format("signin"))
    page.goto(f"{base}welcome#TOKEN")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    look(page, tag.format("welcome"))
    page.context.close()
    page, s = start(browser, base, mode, size)
    ready(page)
    s.happen(4)
    page.wait_for_timeout(2200)
    look(page, tag.format("first"))
    page.context.close()


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        for name, body in (("live", live), ("filters", filters), ("held", held), ("troubles", troubles), ("rooms", rooms), ("entry", entry)):
            with part(f"{name}, {mode}"):
                body(browser, base, mode)
        for name, body in (("held", held), ("rooms", rooms), ("entry", entry)):
            with part(f"{name}, {mode}, phone"):
                body(browser, base, mode, PHONE)
