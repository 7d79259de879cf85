"""The overview: what is there and how it is read; nothing where nothing is known."""
import re

from playwright.sync_api import expect

from browser import DESK, PHONE, check, look, part, quiet
from scripted import serve
from states import setting, start


def filled(browser, base, mode, size):
    """Objects, bytes, reads with scans apart, the hottest; each name leads to where it is told."""
    page, s = start(browser, base, mode, size, "overview")
    expect(page.get_by_role("group", name="Totals")).to_contain_text("198,444")
    totals = page.get_by_role("group", name="Totals").inner_text()
    check("9.9 TB" in totals and "in 3 stores" in totals, f"what is stored: {totals}")
    check(re.search(r"Reads by scans, 30 d\s+4,0\d\d", totals) is not None, f"scans apart: {totals}")
    chart = page.get_by_role("img", name=re.compile("reads in 90 days, and 4,0.. by scans apart"))
    expect(chart).to_be_visible()
    check(page.get_by_role("table", name="Reads by day").locator("tbody tr").count() == len(s.overview["reads"]), "the chart has a table of its days")
    for words in ("STANDARD_IA", "without a class", "148,211 objects"):
        expect(page.get_by_text(words).first).to_be_visible()
    check(page.get_by_role("list", name="Hottest objects").get_by_role("listitem").count() == 5, "the hottest objects")
    check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window")
    look(page, f"overview-{'phone-' if size is PHONE else ''}{mode}")
    page.get_by_role("list", name="Hottest objects").get_by_role("link").first.click()
    check("#/objects?object=obj_7" in page.url, f"its details: {page.url}")
    quiet(page, f"overview {mode}")
    page.context.close()


def unread(browser, base, mode, size):
    """Where no read was told of it says how they come, and shows no zeros."""
    page, s = start(browser, base, mode, size, "overview", setting(reads=[], hottest=[]))
    expect(page.get_by_text("No read was told of yet.")).to_be_visible()
    totals = page.get_by_role("group", name="Totals").inner_text()
    check(re.search(r"Reads, 30 d\s+–\s+none was told of", totals) is not None, f"not known is no zero: {totals}")
    expect(page.get_by_text("No object was read in 30 days")).to_be_visible()
    look(page, f"overview-unread-{'phone-' if size is PHONE else ''}{mode}")
    page.context.close()


def empty_and_failed(browser, base, mode):
    """Without a store the next step is to connect one; an overview that cannot be read says so and comes back."""
    page, s = start(browser, base, mode, route="overview", prepare=setting(nothing=True, stores=[]))
    expect(page.get_by_role("heading", name="No objects yet")).to_be_visible()
    expect(page.get_by_role("button", name="Connect a store")).to_be_visible()
    look(page, f"overview-empty-{mode}")
    page.context.close()
    page, s = start(browser, base, mode, route="overview", prepare=setting(overview_up=False))
    failed = page.get_by_text("The overview could not be read.")
    expect(failed).to_be_visible()
    look(page, f"overview-failed-{mode}")
    s.overview_up = True
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("group", name="Totals")).to_contain_text("198,444")
    expect(failed).to_have_count(0)
    page.context.close()


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        with part(f"overview empty and failed, {mode}"):
            empty_and_failed(browser, base, mode)
        for size in (DESK, PHONE):
            for body in (filled, unread):
                with part(f"overview {body.__name__}, {mode}{', phone' if size is PHONE else ''}"):
                    body(browser, base, mode, size)
