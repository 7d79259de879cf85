"""One person's day with the real server: first sign-in to a server that was killed and came back."""
import json
import pathlib
import re
import signal
import time

from playwright.sync_api import expect

import browser as b
from browser import PHONE, check, look, open_page, part, quiet
from server import BINARY, Server, wait

ALLOWED = ("401", "Failed to load resource", "WebSocket connection", "ERR_CONNECTION")
NAME, PASSWORD = "mara", "correct horse battery staple"


def make_account(page, s):
    """The first account, by the one-time link, and what a person then sees."""
    page.goto(s.base + s.welcome())
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    page.get_by_label("Once more", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account and sign in").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")


def rows(page):
    return page.locator("[data-testid=feed] .row[id]")


def events_of(page, base: str, **query) -> list[dict]:
    """Everything in the log, over REST, with the page's own session."""
    found, cursor = [], None
    while True:
        answer = page.request.get(f"{base}api/stream/events", params={"limit": "1000", "order": "asc", **query, **({"cursor": cursor} if cursor else {})})
        body = answer.json()
        found += body["events"]
        cursor = body["next_cursor"]
        if not cursor or not body["events"]:
            return found


def offsets_shown(page) -> list[int]:
    """Offsets of every row the page keeps, newest first: scrolled through, for only those in view exist."""
    found: dict[int, int] = {}
    grid = page.get_by_role("grid")
    total = int(grid.get_attribute("aria-rowcount")) - 1
    height = grid.evaluate("e => e.clientHeight")
    for top in range(0, total * 32 + 1, max(32, int(height) - 64)):
        grid.evaluate("(e, y) => { e.scrollTop = y }", top)
        page.wait_for_timeout(80)
        for index, key in page.evaluate("[...document.querySelectorAll('[data-testid=feed] .row[id]')].map(r => [Number(r.getAttribute('aria-rowindex')), r.id])"):
            found[index] = int(key.rsplit("-", 1)[1])
    grid.evaluate("e => { e.scrollTop = 0 }")
    return [found[i] for i in sorted(found)]


def first_sign_in(page, s):
    page.goto(s.base)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(s.base + s.welcome())
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    page.get_by_label("Once more", exact=True).fill(PASSWORD + "x")
    page.get_by_role("button", name="Create account and sign in").click()
    expect(page.get_by_text("The two passwords differ.")).to_be_visible()
    page.get_by_label("Once more", exact=True).fill(PASSWORD)
    s.write("before/first.txt")
    page.get_by_role("button", name="Create account and sign in").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    check("welcome" not in page.url and page.url.endswith("#/live"), f"the token has left the address: {page.url}")
    expect(rows(page).first).to_be_visible()
    look(page, "real-first")


def touched(page, s):
    for i in range(3):
        name = f"finance/2026/report-{i}.pdf"
        begin = time.monotonic()
        s.write(name, 40_000 + i)
        expect(rows(page).filter(has_text=f"report-{i}.pdf").first).to_be_visible()
        print(f"   touched to on screen: {(time.monotonic() - begin) * 1000:.0f} ms")
    row = rows(page).filter(has_text="report-2.pdf").first
    expect(row).to_contain_text("cloud.upload")
    expect(row).to_contain_text("Folder")
    (s.folder / "finance/2026/report-1.pdf").unlink()
    expect(rows(page).filter(has_text="cloud.delete").filter(has_text="report-1.pdf").first).to_be_visible()
    check(True, "what happens to a real file is seen live")
    look(page, "real-live")


def filtered(page, s):
    page.keyboard.press("/")
    page.keyboard.type("typ:cloud.upload")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("typ")
    page.get_by_role("button", name=re.compile("^Use “type")).click()
    expect(page.get_by_role("button", name="Remove type:cloud.upload")).to_be_visible()
    page.get_by_role("combobox").fill('name:"*.csv"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No event passes this filter")).to_be_visible()
    s.write("x.txt")
    s.write("tables/sums.csv")
    expect(rows(page).filter(has_text="sums.csv").first).to_be_visible()
    check("x.txt" not in " ".join(rows(page).all_inner_texts()), "only what passes is shown")
    check("filter=" in page.url, "the filter is in the address")
    look(page, "real-filter")
    page.reload()
    expect(rows(page).filter(has_text="sums.csv").first).to_be_visible()
    expect(page.get_by_role("button", name="Remove type:cloud.upload")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").first.click()
    expect(rows(page).filter(has_text="x.txt").first).to_be_visible()


def paused(page, s):
    page.get_by_role("button", name="Pause").click()
    before, top = int(page.get_by_role("grid").get_attribute("aria-rowcount")), rows(page).first.get_attribute("id")
    for i in range(5):
        s.write(f"paused/{i}.bin")
    expect(page.get_by_role("button", name=re.compile(r"^Resume, [5-9]|^Resume, \d\d"))).to_be_visible()
    page.wait_for_timeout(600)
    fresh = int(re.search(r"(\d+) new", page.get_by_role("button", name=re.compile("^Resume")).get_attribute("aria-label"))[1])
    check(rows(page).first.get_attribute("id") == top, "a paused view stands still")
    look(page, "real-paused")
    page.get_by_role("button", name=re.compile("^Resume")).click()
    expect(rows(page).filter(has_text="4.bin").first).to_be_visible()
    check(int(page.get_by_role("grid").get_attribute("aria-rowcount")) >= before + fresh, "resuming loses nothing")


def drawer(page, s):
    rows(page).filter(has_text="sums.csv").first.click()
    expect(page.get_by_role("button", name="Close details")).to_be_visible()
    look(page, "real-detail")
    page.get_by_role("button", name="Copy JSON").click()
    event = json.loads(page.evaluate("navigator.clipboard.readText()"))
    check(event["data"]["file_name"] == "tables/sums.csv", "the copied JSON is the event")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    check("#/live?at=v1-" in link, f"a permalink is a cursor: {link}")
    other = page.context.new_page()
    other.goto(link)
    expect(other.get_by_role("button", name="Close details")).to_be_visible()
    expect(other.get_by_text(event["id"]).first).to_be_visible()
    check(True, "a permalink shows a colleague the same event")
    other.close()
    page.get_by_role("button", name="Filter for this file").click()
    expect(page.get_by_role("button", name=re.compile("^Remove name:"))).to_be_visible()
    page.get_by_role("button", name="Close details").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    for menu, ending in (("NDJSON", "ndjson"), ("CSV", "csv"), ("CloudEvents", "json")):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=re.compile(f"^{menu}")).click()
        text = pathlib.Path(download.value.path()).read_text()
        check("sums.csv" in text and "x.txt" not in text, f"{menu} export has what passes the filter")
        check(download.value.suggested_filename.endswith(ending), f"{menu} export is named {download.value.suggested_filename}")
        if menu == "NDJSON":
            check(all(json.loads(line)["data"]["file_name"] == "tables/sums.csv" for line in text.splitlines()), "NDJSON is one event a line")
    page.get_by_role("button", name="Clear the filter").first.click()
    expect(rows(page).filter(has_text="4.bin").first).to_be_visible()


def killed(page, s):
    s.end(signal.SIGKILL)
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    page.wait_for_timeout(2500)
    look(page, "real-reconnecting")
    for i in range(4):
        s.write(f"down/{i}.dat")
    s.start()
    for i in range(4):
        s.write(f"back/{i}.dat")
    expect(page.get_by_test_id("pill")).to_contain_text("Live", timeout=120_000)
    for name in ("0.dat", "3.dat"):
        expect(rows(page).filter(has_text=name).first).to_be_visible(timeout=120_000)
    page.wait_for_timeout(1500)
    told = [e["offset"] for e in events_of(page, s.base)]
    shown = offsets_shown(page)
    check(len(shown) == len(set(shown)), f"nothing is shown twice: {len(shown)} rows")
    check(shown == sorted(told, reverse=True)[: len(shown)] and len(shown) >= len(told), f"killed and back: the page has {len(shown)} rows, the log {len(told)} events")
    page.get_by_test_id("pill").click()
    expect(page.get_by_role("dialog", name="Connection details")).not_to_contain_text("Told twice")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pause").wait_for()


def drained(page, s):
    check(s.end(signal.SIGTERM) == 0, "the server leaves with 0")
    expect(page.get_by_text(re.compile("The server is going away|Connection lost"))).to_be_visible()
    look(page, "real-goaway")
    s.start()
    expect(page.get_by_test_id("pill")).to_contain_text("Live", timeout=120_000)
    s.write("after/restart.txt")
    expect(rows(page).filter(has_text="restart.txt").first).to_be_visible()
    check(True, "after a planned restart the stream goes on by itself")


def objects(page, s):
    s.write("sizes/big.iso", 9_000_000)
    page.keyboard.press("g")
    page.keyboard.press("b")
    search = page.get_by_role("textbox", name="Search objects")
    search.fill("report-2")
    expect(page.get_by_role("button", name="Details of finance/2026/report-2.pdf")).to_be_visible()
    wait(lambda: "q=report-2" in page.evaluate("location.hash"), "the search in the address")
    search.fill("")
    page.get_by_role("button", name="Size", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("big.iso")
    page.get_by_role("button", name="Size", exact=True).click()
    expect(page.locator("tbody tr").first).not_to_contain_text("big.iso")
    page.get_by_role("button", name="Size", exact=True).click()
    look(page, "real-objects")
    s.write("sizes/bigger.iso", 9_100_000)
    page.get_by_role("button", name=re.compile(r"^Show \d+ changes?$")).click()
    expect(page.locator("tbody tr").first).to_contain_text("bigger.iso")
    page.get_by_role("button", name="Details of sizes/big.iso").click()
    expect(page.get_by_role("heading", name="big.iso")).to_be_visible()
    expect(page.get_by_role("link", name="Show its events")).to_be_visible()
    page.wait_for_timeout(300)
    look(page, "real-object")
    page.get_by_role("link", name="Show its events").click()
    expect(rows(page).filter(has_text="big.iso").first).to_be_visible()
    wait(lambda: all("big.iso" in t for t in rows(page).all_inner_texts()), "its events, and no others")
    page.get_by_role("button", name="Clear the filter").first.click()


def stores(page, s):
    s.write("here.txt", folder=s.other)
    page.keyboard.press("g")
    page.keyboard.press("t")
    address = page.get_by_role("textbox", name="Address")
    address.fill("ftp://nowhere")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="ftp")).to_be_visible()
    look(page, "real-store-refused")
    address.fill(f"file://{s.other}")
    page.get_by_role("button", name="Connect", exact=True).click()
    row = page.get_by_role("row").filter(has_text=str(s.other))
    expect(row).to_contain_text("watching", timeout=120_000)
    look(page, "real-stores")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("paused")
    row.get_by_role("button", name="Resume").click()
    expect(row).to_contain_text("watching", timeout=120_000)
    row.get_by_role("button", name=re.compile("^Actions")).click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing in the store is touched")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    check((s.other / "here.txt").exists(), "removing a store leaves its files alone")
    page.keyboard.press("Escape")


def simulated(page, s):
    page.goto(s.base + "#/live")
    expect(page.get_by_test_id("pill")).to_contain_text("Live")
    total = page.request.get(f"{s.base}api/stream/stats").json()["total_events_produced"]
    page.get_by_role("button", name="Simulate activity").click()
    expect(page.locator(".sim").first).to_be_visible()
    expect(page.get_by_role("button", name="Stop simulating")).to_be_visible()
    look(page, "real-simulated")
    page.get_by_role("button", name="Stop simulating").click()
    page.get_by_label("Show simulated").click()
    expect(page.locator(".sim")).to_have_count(0)
    check(page.request.get(f"{s.base}api/stream/stats").json()["total_events_produced"] == total, "simulated events count nowhere")
    expect(page.get_by_test_id("pill")).to_contain_text("Live")


def signed_out(page, s):
    kept = rows(page).count()
    me = page.request.get(f"{s.base}api/auth/me").json()
    page.request.post(f"{s.base}api/auth/logout", headers={"X-CSRF-Token": me["csrf_token"], "Origin": s.base.rstrip("/")})
    expect(page.get_by_text("You were signed out.")).to_be_visible(timeout=120_000)
    check(kept and rows(page).count() > 0, "signed out while at work keeps the page")
    look(page, "real-signedout")
    s.write("meanwhile/out.txt")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That name and password do not match.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    begin = time.monotonic()
    expect(rows(page).filter(has_text="out.txt").first).to_be_visible(timeout=120_000)
    print(f"   signed in to first event on screen: {(time.monotonic() - begin) * 1000:.0f} ms")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    check(True, "sign-out goes to the sign-in page")
    page.goto(s.base + s.welcome())
    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()


def elsewhere(browser, s, mode, size):
    page = open_page(browser, mode, size)
    page.goto(s.base)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(rows(page).first).to_be_visible()
    tag = f"{'phone-' if size is PHONE else ''}{mode}"
    page.wait_for_timeout(2500)
    look(page, f"real-live-{tag}")
    for room in ("objects", "stores"):
        page.goto(f"{s.base}#/{room}")
        page.wait_for_timeout(1500)
        look(page, f"real-{room}-{tag}")
    quiet(page, f"elsewhere {tag}", ("401",))
    page.context.close()


STEPS = [first_sign_in, touched, filtered, paused, drawer, killed, drained, objects, stores, simulated, signed_out]


def run(browser):
    if not BINARY.exists():
        check(False, f"the binary {BINARY} is missing: build it first (make debug)")
        return
    s = Server()
    try:
        s.start()
        page = open_page(browser)
        for step in STEPS:
            with part(step.__name__.replace("_", " ")):
                if s.process.poll() is not None:  # a step before this one failed half-way
                    s.start()
                step(page, s)
        quiet(page, "journey", ALLOWED)
        page.context.close()
        for mode, size in (("dark", b.DESK), ("light", PHONE), ("dark", PHONE)):
            with part(f"elsewhere, {mode}{', phone' if size is PHONE else ''}"):
                elsewhere(browser, s, mode, size)
    except Exception as error:  # the server itself
        check(False, f"journey: {error}")
        if s.log.exists():
            print(s.log.read_text()[-3000:])
    finally:
        s.close()
