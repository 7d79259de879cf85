"""Chromium, axe, pictures and the count of what was checked."""
import os
import pathlib
import sys
import traceback

import axe_playwright_python
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", ROOT / ".build-conformance"))
SHOTS = CACHE / "shots"
DIST = ROOT / "web" / "dist"
AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
DESK, PHONE = (1440, 900), (390, 844)

expect.set_options(timeout=60_000)
passed = failed = 0


def check(good, what: str) -> bool:
    """Counts; says what failed and goes on."""
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}", flush=True)
    return bool(good)


class part:
    """A group of checks. An exception in it is one failure, and the next group still runs."""

    def __init__(self, name: str):
        self.name = name

    def __enter__(self):
        print(f"-- {self.name}", flush=True)
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and isinstance(error, Exception):
            # Playwright's own frames say nothing of which step it was.
            ours = [f"{pathlib.Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(trace) if pathlib.Path(f.filename).parent == pathlib.Path(__file__).parent]
            check(False, f"{self.name} at {' '.join(ours)}: {str(error)[:600]}")
            traceback.print_exception(kind, error, trace, limit=-2, file=sys.stdout)
            return True
        return False


def launch(playwright) -> Browser:
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)


def open_page(browser: Browser, mode: str = "light", size=DESK, still: bool = True) -> Page:
    phone = size[0] < 600
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=mode, locale="en-GB", timezone_id="UTC",
        reduced_motion="reduce" if still else "no-preference", is_mobile=phone, has_touch=phone, accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.said = []  # what the console complained about
    page.on("console", lambda m: page.said.append(m.text[:300]) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.said.append(str(e)[:500]))
    return page


def axe(page: Page, what: str) -> None:
    page.evaluate(AXE)
    result = page.evaluate(f"axe.run(document, {{runOnly: {RULES!r}}})")
    found = "; ".join(
        f"{v['id']} ({v['impact']}) {v['nodes'][0]['html'][:140]} {v['nodes'][0].get('failureSummary', '')[:200]}"
        for v in result["violations"])
    check(not found, f"{what}: axe: {found}")


def look(page: Page, name: str) -> None:
    """A picture, axe, and that nothing is wider than the screen."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.mouse.move(1, 1)  # no tooltip, no hover
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(250)
    page.screenshot(path=SHOTS / f"{name}.png")
    check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the screen")
    axe(page, name)


def quiet(page: Page, what: str, allowed: tuple[str, ...] = ()) -> None:
    said = [s for s in page.said if not any(a in s for a in allowed)]
    check(not said, f"{what}: console: {said[:3]}")


def play(run) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            run(browser)
        finally:
            browser.close()
