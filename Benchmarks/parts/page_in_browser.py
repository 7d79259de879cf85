"""usage: page_in_browser.py SCRATCH SECONDS ROUNDS: the page in Chromium, at 500 events a second. Runs in the browser suite's Python.

Prints one JSON object. Server and data folder are of its own; every process is ended by its id.
"""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "conformance/browser")]
os.environ["TMPDIR"] = sys.argv[1]

from browser import launch, open_page  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402
from server import BINARY, Server  # noqa: E402

SECONDS, ROUNDS = int(sys.argv[2]), int(sys.argv[3])
RATE, POSTS = 500, 25  # events and requests a second
NAME, PASSWORD = "mara", "correct horse battery staple"
WATCH = """() => {
  const s = window.__bench = {frames: 0, long: 0}
  const frame = () => { s.frames++; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  new PerformanceObserver(list => { s.long += list.getEntries().length }).observe({entryTypes: ['longtask']})
}"""


def rows(page):
    return page.locator("[data-testid=feed] .row[id]")


def kept(page):
    """Rows that the page holds; it says so to screen readers. (At most 10,000.)"""
    return int(page.get_by_role("grid").get_attribute("aria-rowcount")) - 1


class Events(threading.Thread):
    """Posts events at an even pace until it is told to stop."""

    def __init__(self, base, token, seconds=None):
        super().__init__(daemon=True)
        self.base, self.token, self.seconds, self.posted, self.took = base, token, seconds, 0, 0
        self.ends = threading.Event()

    def run(self):
        head = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        begin, turn, each = time.monotonic(), 0, RATE // POSTS
        while not self.ends.is_set() and (self.seconds is None or turn < self.seconds * POSTS):
            items = [{"type": "com.example.bench", "data": {
                "file_name": f"reports/2026/report-{self.posted + i}.pdf", "provider": "file", "bucket": "/srv/reports",
                "operation": "create", "size_bytes": 123456 + i, "note": "n" * 20}} for i in range(each)]
            urllib.request.urlopen(urllib.request.Request(self.base + "api/stream/events", json.dumps(items).encode(), head)).read()
            self.posted += each
            turn += 1
            self.took = time.monotonic() - begin
            time.sleep(max(0, begin + turn / POSTS - time.monotonic()))


def metrics(cdp):
    return {m["name"]: m["value"] for m in cdp.send("Performance.getMetrics")["metrics"]}


def first_sign_in(page, s):
    page.goto(s.base + s.welcome())
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    page.get_by_label("Once more", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account and sign in").click()
    expect(page.get_by_test_id("pill")).to_contain_text("Live")


def sign_in_times(browser, s):
    """From the click to the first row, each time in a browser that knows nothing."""
    times = []
    for _ in range(ROUNDS):
        page = open_page(browser, still=False)
        page.goto(s.base)
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        button = page.get_by_role("button", name="Sign in")
        button.hover()
        begin = time.monotonic()
        button.click()
        rows(page).first.wait_for()
        times.append((time.monotonic() - begin) * 1000)
        page.context.close()
    return sorted(times)


def under_load(browser, s, token):
    page = open_page(browser, still=False)
    page.goto(s.base)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    rows(page).first.wait_for()
    page.wait_for_timeout(1500)
    before_rows = kept(page)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    page.evaluate(WATCH)
    events = Events(s.base, token, SECONDS)
    frames, before = page.evaluate("window.__bench.frames"), metrics(cdp)
    events.start()
    page.wait_for_timeout(SECONDS * 1000)
    after, state = metrics(cdp), page.evaluate("window.__bench")
    events.join(60)
    page.wait_for_timeout(1500)
    count = state["frames"] - frames
    result = {
        "script_ms": (after["ScriptDuration"] - before["ScriptDuration"]) * 1000 / count,
        "task_ms": (after["TaskDuration"] - before["TaskDuration"]) * 1000 / count,
        "fps": count / (after["Timestamp"] - before["Timestamp"]), "long_tasks": state["long"],
        "rate": events.posted / events.took, "posted": events.posted, "counted": kept(page) - before_rows, "before": before_rows}
    page.context.close()
    return result


def main():
    s = Server()
    try:
        s.start()
        token = subprocess.run([str(BINARY), "token", "create", "bench", "--scope", "ingest", "--data", str(s.data)],
                               check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = open_page(browser)
            first_sign_in(page, s)
            page.context.close()
            for i in range(30):
                s.write(f"report-{i}.pdf")
            times = sign_in_times(browser, s)
            result = under_load(browser, s, token)
            browser.close()
        result.update(first_ms=times[len(times) // 2], first_worst_ms=times[-1])
        print(json.dumps(result))
    finally:
        s.close()


main()
