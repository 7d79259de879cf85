"""Temperatures: in the list, of one object, in the overview, and what a store tells of reads. What was not judged is no zero."""
import re

from playwright.sync_api import expect

from browser import DESK, PHONE, SHOTS, check, look, part, quiet
from scripted import BUCKETS, STORES, TEMPERATURES, history, judged, serve
from server import wait
from states import setting, start

WORDS = ["Hot", "Warm", "Cold", "Archive", "–"]


def tag(name, mode, size):
    return f"{name}-{'phone-' if size is PHONE else ''}{mode}"


def still(page):
    """Nothing moves any more: a sheet has come in, a bar has its length."""
    page.wait_for_function("() => document.getAnimations().every(one => one.playState !== 'running')")


def picture(page, name):
    """Of what lies further down; `look` has looked at all of it."""
    still(page)
    page.screenshot(path=SHOTS / f"{name}.png")


def choose(page, size, name):
    """In the switch of a desk, or the list of a phone."""
    if size is DESK:
        return page.get_by_role("group", name="Temperature").get_by_role("button", name=name, exact=True).click()
    page.get_by_role("combobox", name="Temperature").click()
    page.get_by_role("option", name=name, exact=True).click()


def rows(page, size):
    return page.locator("tbody tr" if size is DESK else "main li")


def in_the_list(browser, base, mode, size):
    """Word and bars, the chance and how sure it is; narrowed by an address that can be sent to somebody."""
    page, s = start(browser, base, mode, size, "objects")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    for place, word in enumerate(WORDS):
        check(word in rows(page, size).nth(place).inner_text(), f"{word} is told in words: {rows(page, size).nth(place).inner_text()!r}")
    check("99 %" in rows(page, size).first.inner_text() and "100 %" not in rows(page, size).first.inner_text(), "no chance is certain")
    if size is DESK:
        cells = rows(page, size).nth(4).locator("td").all_inner_texts()
        check(cells[2] == cells[3] == "–", f"not judged is no zero: {cells}")
        check("71 % sure" in rows(page, size).nth(1).locator("td").nth(2).get_attribute("title"), "how sure")
    look(page, tag("temperatures", mode, size))
    choose(page, size, "Cold")
    expect(page.get_by_text("1–30 of 30")).to_be_visible()
    check("temperature=COLD" in page.url, f"the address has it: {page.url}")
    check(all("Cold" in told for told in rows(page, size).all_inner_texts()), "cold ones only")
    look(page, tag("temperatures-cold", mode, size))
    page.get_by_role("textbox", name="Search objects").fill("report")
    page.wait_for_url(re.compile("q=report"))
    wait(lambda: page.wait_for_timeout(20) or any("temperature=COLD" in asked and "q=report" in asked for asked in s.asked), "asked together with a search")
    page.goto("about:blank")
    page.goto(f"{base}#/objects?temperature=NONE&sort=size")
    expect(page.get_by_text("1–30 of 30")).to_be_visible()
    check(any("temperature=NONE" in asked and "sort=size" in asked for asked in s.asked), "an address is asked as it stands")
    if size is DESK:
        expect(page.get_by_role("button", name="Not judged")).to_have_attribute("aria-pressed", "true")
    page.evaluate("location.hash = '#/objects?temperature=TEPID'")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    s.objects = [o for o in s.objects if o["data_temperature"] != "WARM"]
    choose(page, size, "Warm")
    expect(page.get_by_role("heading", name="Nothing is warm here")).to_be_visible()
    expect(page.get_by_role("link", name="How temperatures come")).to_have_attribute("href", "/docs/tiering")
    look(page, tag("temperatures-none", mode, size))
    page.get_by_role("button", name="Show all objects").click()
    expect(page.get_by_text("1–50 of 120")).to_be_visible()
    check("temperature=" not in page.url, f"and out of the address: {page.url}")
    quiet(page, f"temperatures {mode}")
    page.context.close()


def told_anew(browser, base, mode):
    """A temperature that changes is seen without anybody asking, in its place."""
    page, s = start(browser, base, mode, route="objects")
    first = rows(page, DESK).first
    expect(first).to_contain_text("Hot")
    s.objects = [s.objects[0] | judged(3), *s.objects[1:]]
    expect(first).to_contain_text("Archive")
    check(page.get_by_role("button", name=re.compile("^Show .* change")).count() == 0, "no row moved")
    page.context.close()


def of_one(browser, base, mode, size):
    """Temperature, chance, how sure and since when; reads by day with those of scans told apart, also in the table of days."""
    page, s = start(browser, base, mode, size, "objects?object=obj_1")
    sheet = page.get_by_role("dialog")
    chart = sheet.get_by_role("img", name=re.compile(r"\d+ reads on \d+ days, and \d+ by scans"))
    expect(chart).to_be_visible()
    facts = sheet.locator("dl").inner_text()
    check(all(told in facts for told in ("Warm", "71 % sure", "62 %", "Judged")), f"what is told of it: {facts}")
    scans = [d["scan_reads"] for d in history()]
    check(chart.get_by_test_id("scan").count() == sum(1 for v in scans if v), "each day with a scan is marked")
    table = sheet.get_by_role("table", name="Reads by day")
    check(table.locator("thead th").all_inner_texts() == ["Day", "Reads", "Reads by scans"], "the table has scans in a column of their own")
    check(table.locator("tbody tr").count() == len(scans), "and a line a day")
    check(sheet.get_by_role("list").get_by_role("listitem").all_inner_texts() == ["Reads", "Reads by scans"], "colours are explained")
    expect(sheet.get_by_text("It heats nothing.")).to_be_visible()
    expect(sheet.get_by_role("link", name="What a scan is")).to_have_attribute("href", "/docs/tiering#what-a-scan-is")
    still(page)
    look(page, tag("temperature-of-one", mode, size))
    sheet.get_by_text("It heats nothing.").scroll_into_view_if_needed()
    picture(page, tag("temperature-of-one-chart", mode, size))
    page.context.close()


def of_one_unjudged(browser, base, mode, size):
    """Dashes and a sentence where it was not judged; a chart without scans says nothing of scans."""
    page, s = start(browser, base, mode, size, "objects?object=obj_4", setting(read_days=[d | {"scan_reads": 0} for d in history() if d["reads"]]))
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("Not judged yet")).to_be_visible()
    facts = dict(zip(sheet.locator("dt").all_inner_texts(), sheet.locator("dd:nth-of-type(1)").all_inner_texts()))
    check([facts[name] for name in ("Temperature", "Read within 30 d", "Judged")] == ["–"] * 3, f"no zeros: {facts}")
    check("scan" not in sheet.inner_text().lower(), "no word of scans where none was")
    still(page)
    look(page, tag("temperature-of-one-none", mode, size))
    page.context.close()


def in_the_overview(browser, base, mode, size):
    """Shares by temperature lead to their objects; the coldest stand beside the hottest."""
    page, s = start(browser, base, mode, size, "overview")
    shares = page.get_by_role("list", name="By temperature")
    expect(shares.get_by_role("listitem")).to_have_count(len(TEMPERATURES))
    check("4.9 TB" in shares.inner_text() and "80,000 objects" in shares.inner_text(), f"bytes and objects: {shares.inner_text()}")
    coldest = page.get_by_role("list", name="Coldest objects")
    expect(coldest.get_by_role("listitem")).to_have_count(10)
    check(all(re.search("Cold|Archive", told) for told in coldest.get_by_role("listitem").all_inner_texts()), "the coldest are cold")
    if size is DESK:
        hot, cold = (page.get_by_role("list", name=f"{which} objects").bounding_box() for which in ("Hottest", "Coldest"))
        check(hot["y"] == cold["y"] and hot["x"] < cold["x"], "beside each other")
    look(page, tag("temperatures-overview", mode, size))
    coldest.get_by_role("listitem").last.scroll_into_view_if_needed()
    picture(page, tag("temperatures-overview-lists", mode, size))
    shares.get_by_role("link", name="Not judged").click()
    expect(page.get_by_text("1–30 of 30")).to_be_visible()
    check("temperature=NONE" in page.url, f"a share leads to its objects: {page.url}")
    page.context.close()


def overview_unjudged(browser, base, mode, size):
    """Where nothing was judged it says how temperatures come, and shows no shares of nothing."""
    page, s = start(browser, base, mode, size, "overview", setting(judged=False))
    expect(page.get_by_text("No object is judged yet.").first).to_be_visible()
    expect(page.get_by_role("link", name="How temperatures come")).to_have_attribute("href", "/docs/tiering")
    check(page.get_by_role("list", name="By temperature").count() == 0, "no shares of nothing")
    look(page, tag("temperatures-overview-none", mode, size))
    page.context.close()


def of_stores(browser, base, mode, size):
    """How far reads are known, what is wrong, what is not known and how to mend that; what listing comes to."""
    page, s = start(browser, base, mode, size, "stores", setting(stores=[STORES[0], *BUCKETS]))
    place = page.get_by_role("row") if size is DESK else page.locator("main li")
    of = {name: place.filter(has_text=f"s3://{name}") for name in ("reports-eu", "app-logs", "fresh", "media")}
    expect(of["reports-eu"]).to_contain_text(re.compile(r"known up to \d+ min ago"))
    check("1,204,113 lines read" in of["reports-eu"].inner_text() and "unreadable" not in of["reports-eu"].inner_text(), of["reports-eu"].inner_text())
    check("1,204 requests" in of["reports-eu"].inner_text() and "0.98 a month" in of["reports-eu"].inner_text(), "what listing comes to")
    check("3 unreadable" in of["app-logs"].inner_text(), "lines that are none")
    check("no line yet" in of["fresh"].inner_text() and "0 lines" not in of["fresh"].inner_text(), "nothing came yet")
    check("not known" in of["media"].inner_text() and "0 lines" not in of["media"].inner_text(), "nobody tells of reads")
    trouble = page.get_by_role("status").filter(has_text="no name of a log file")
    expect(trouble).to_contain_text("s3://app-logs")
    expect(page.get_by_text("access-logs=s3://BUCKET/PREFIX")).to_be_visible()
    check("s3://media" in page.get_by_text(re.compile("^Reads of .* are not known")).inner_text(), "of which store")
    check(page.get_by_role("link", name="Access logs").last.get_attribute("href") == "/docs/s3-store#access-logs", "where it is told how")
    look(page, tag("temperatures-stores", mode, size))
    if size is PHONE:
        trouble.scroll_into_view_if_needed()
        picture(page, tag("temperatures-stores-trouble", mode, size))
    s.stores = [STORES[0]]
    expect(trouble).to_have_count(0)
    check(page.get_by_text("access-logs=s3://BUCKET/PREFIX").count() == 0, "a folder needs none")
    quiet(page, f"stores {mode}")
    page.context.close()


def run(browser):
    base = serve()
    with part("a temperature that changes"):
        told_anew(browser, base, "light")
    for mode in ("light", "dark"):
        for size in (DESK, PHONE):
            for body in (in_the_list, of_one, of_one_unjudged, in_the_overview, overview_unjudged, of_stores):
                with part(f"temperatures {body.__name__.replace('_', ' ')}, {mode}{', phone' if size is PHONE else ''}"):
                    body(browser, base, mode, size)
