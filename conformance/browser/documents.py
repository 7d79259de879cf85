"""/docs in Chromium: read without a sign-in and without a script, in both lights, on a phone; every link leads somewhere."""
import urllib.parse

import browser
from browser import DESK, PHONE, check, part
from server import Server

PAGES = ["", "/live-protocol", "/events", "/filter-language", "/folder-store", "/s3-store", "/tiering", "/operations", "/durability", "/log-format", "/api", "/streams"]


def run(chromium) -> None:
    server = Server()
    try:
        server.start()
        read(chromium, server.base.rstrip("/"))
    finally:
        server.close()


def read(chromium, url: str) -> None:
    with part("docs: pages and their links"):
        page = browser.open_page(chromium)
        page.goto(url + "/docs")
        seen, open_links, asked = {}, {urllib.parse.urljoin(url, "/docs" + name) for name in PAGES}, []
        page.on("request", lambda one: asked.append(one.url))
        while open_links:
            address = open_links.pop()
            answer = page.goto(address)
            check(answer.status == 200, f"{address}: {answer.status}")
            seen[address] = set(page.eval_on_selector_all("[id]", "all => all.map(one => one.id)"))
            for link in page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
                bare, _, anchor = link.partition("#")
                if bare.startswith(url + "/docs") and bare not in seen:
                    open_links.add(bare)
            check(page.locator("h1").count() == 1, f"{address} has one title")
        check(len(seen) == len(PAGES), f"pages: {sorted(seen)}")
        for address in list(seen):
            page.goto(address)
            for link in page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
                bare, _, anchor = link.partition("#")
                if anchor and bare in seen:
                    check(urllib.parse.unquote(anchor) in seen[bare], f"{address}: no place {link}")
        check(all(one.startswith((url, "data:")) for one in asked), "nothing comes from elsewhere")
        check(page.locator("script").count() == 0, "no script")
        browser.quiet(page, "docs")
        page.context.close()
    with part("docs: search by keyboard"):
        page = browser.open_page(chromium)
        page.goto(url + "/docs")
        page.keyboard.press("Tab")
        check(page.evaluate("document.activeElement.textContent") == "Skip to the content", "the first stop skips to the content")
        page.get_by_role("searchbox", name="Search").fill("stall-timeout")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Search").wait_for()
        check(page.locator(".results li").count() >= 2, "the search finds places")
        page.locator(".results a").first.click()
        page.wait_for_url("**/docs/*")
        page.context.close()
    for mode in ("light", "dark"):
        for size, name in ((DESK, "desk"), (PHONE, "phone")):
            with part(f"docs: {mode}, {name}"):
                page = browser.open_page(chromium, mode, size)
                for path in ("", "/live-protocol", "/api", "/streams", "?q=cursor"):
                    page.goto(f"{url}/docs{path}")
                    shot = "docs" + path.replace("/", "-").replace("?q=", "-search-")
                    browser.look(page, f"{shot}-{mode}-{name}")
                page.context.close()
