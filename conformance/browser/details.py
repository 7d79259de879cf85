"""What a person meets besides the states: low windows, wrong addresses, the way back, and what is only partly known."""
import functools
import re

from playwright.sync_api import expect

from browser import DESK, PHONE, check, look, part, quiet
from scripted import event, serve
from server import wait
from states import ready, setting, start


def clear(page):
    return page.get_by_role("button", name="Clear the filter")


def is_on_screen(row, size):
    """Below the page's bar, and not cut off."""
    box = row.bounding_box()
    return box and 53 <= box["y"] and box["y"] + box["height"] <= size[1] + 1


def low_windows(browser, base, mode):
    """200 % zoom on full HD, a low window, a phone held sideways: eight rows, and the page scrolls to them."""
    for size in ((960, 470), (1280, 600), (1440, 500), (720, 450), (844, 390)):
        page, _ = start(browser, base, mode, size)
        ready(page)
        name = f"{size[0]}x{size[1]}"
        height = page.get_by_role("grid").evaluate("e => e.clientHeight")
        check(height >= 256, f"{name}: the feed is {height} px high")
        page.get_by_role("grid").focus()
        for _ in range(9):
            page.keyboard.press("ArrowDown")
        row = page.locator("[data-testid=feed] .row.current")
        expect(row).to_have_attribute("aria-rowindex", "10")
        wait(functools.partial(is_on_screen, row, size), f"{name}: the current row is on the screen")
        look(page, f"low-{name}-{mode}")
        page.context.close()


def refused_address(browser, base, mode):
    page, _ = start(browser, base, mode, route="live?filter=foo:1")
    expect(page.get_by_role("heading", name="The filter in this address was refused")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("There is no field “foo”.")
    check(page.get_by_text("There is no field").count() == 1 and clear(page).count() == 1, "a refusal is told once, with one way out")
    check(page.get_by_text("were looked at").count() == 0, "nothing claims to have been looked at")
    check(page.get_by_role("combobox").input_value() == "foo:1", "what was tried can be mended")
    look(page, f"filter-refused-{mode}")
    clear(page).click()
    ready(page)
    check(page.get_by_role("combobox").input_value() == "", "and goes when the filter is cleared")
    page.evaluate("location.hash = '#/live?filter=foo:2'")
    expect(page.get_by_role("heading", name="The filter in this address was refused")).to_be_visible()
    check(page.get_by_role("grid").count() == 0, "an address that was refused shows no rows of another")
    expect(page.get_by_test_id("pill")).to_contain_text("Offline")
    check(page.get_by_role("button", name="Pause").is_disabled(), "no stream of another filter goes on behind it")
    page.evaluate("location.hash = '#/live?filter=size>1'")
    expect(page.get_by_role("button", name="Remove size>1")).to_be_visible()
    check(page.get_by_role("combobox").input_value() == "" and page.get_by_role("alert").count() == 0, "a later address starts clean")
    ready(page)
    page.get_by_role("combobox").fill("foo:3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    check("foo" not in page.url and page.get_by_role("grid").count() == 1, "what was typed and refused leaves address and rows as they were")
    page.context.close()


def filtered_while_scrolled(browser, base, mode):
    """What passes a filter is drawn, wherever the list before it was scrolled to."""
    page, s = start(browser, base, mode, prepare=setting(history=200))
    ready(page)
    grid, rows, box = page.get_by_role("grid"), page.locator("[data-testid=feed] .row"), page.get_by_role("combobox")

    def scroll():
        grid.evaluate("e => { e.scrollTop = 3000 }")
        expect(grid.locator("[aria-rowindex='100']")).to_be_visible()

    scroll()
    box.fill("nothing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No event passes this filter")).to_be_visible()
    s.happen(3)
    expect(rows).to_have_count(3)
    check(rows.first.is_visible(), "the rows are in sight")
    clear(page).click()
    expect(page.get_by_text("200 in view")).to_be_visible()
    check(rows.count() > 9, "the cleared filter shows its rows")
    scroll()
    box.fill("few")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(11)
    check(grid.evaluate("e => e.scrollTop") == 0, "a new list begins at its top")
    page.context.close()


def after_a_gap(browser, base, mode):
    """A gap is a row and no event, and “no gap since” begins anew behind it."""
    page, s = start(browser, base, mode, prepare=setting(total=60))
    ready(page)
    figures = page.get_by_role("group", name="Stream figures")
    expect(figures).to_contain_text("no gap since")
    before = re.search(r"no gap since (\S{8})", figures.inner_text())[1]
    wait(lambda: page.evaluate("new Date().toISOString().slice(11, 19)") > before, "the next second")
    s.say({"type": "gap", "from": "a", "to": s.cursor(), "count": 3000, "reason": "retention"})
    expect(page.get_by_text("3,000 events not given")).to_be_visible()
    expect(figures).not_to_contain_text(f"no gap since {before}")
    expect(figures).to_contain_text("no gap since")
    s.happen(6)
    expect(page.get_by_text("66 in view")).to_be_visible()
    check("66" in figures.inner_text() and page.get_by_text("66 events in the log").count() == 1, "no total is smaller than what is in view of it")
    page.context.close()


def broken_link(browser, base, mode):
    page, _ = start(browser, base, mode, route="live?at=garbage")
    expect(page.get_by_role("heading", name="This link does not lead to a place in the log")).to_be_visible()
    expect(page.get_by_text("It is cut short, or was made on another log")).to_be_visible()
    look(page, f"live-broken-link-{mode}")
    page.get_by_role("button", name="Show the newest events").click()
    ready(page)
    page.context.close()


def way_back(browser, base, mode):
    page, s = start(browser, base, mode)
    ready(page)
    page.get_by_role("combobox").fill("size>1GB")
    page.keyboard.press("Enter")
    chip = page.get_by_role("button", name="Remove size>1GB")
    expect(chip).to_be_visible()
    page.wait_for_url(re.compile("filter=size"))
    page.go_back()
    expect(chip).to_have_count(0)
    ready(page)
    page.go_forward()
    expect(chip).to_be_visible()
    box = page.get_by_test_id("rates").bounding_box()
    page.mouse.move(box["x"] + 600, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 700, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("since=.*until="))
    page.reload()
    expect(page.get_by_role("button", name="back to live")).to_be_visible()
    page.get_by_role("button", name="back to live").click()
    expect(page.get_by_role("button", name="back to live")).to_have_count(0)
    check("since=" not in page.url, "back to live takes the time out of the address")
    page.context.close()


def partly_known(browser, base, mode):
    page, s = start(browser, base, mode, prepare=setting(busy=True))
    ready(page)
    chart = page.get_by_test_id("rates")
    expect(chart).to_have_attribute("aria-label", re.compile(r"^The newest [\d,]+ events .* is not known\.$"))
    expect(page.get_by_text(re.compile(r"^not known before \d\d:\d\d:\d\d$"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"^cloud [\d,]+\+$"))).to_be_visible()
    expect(page.get_by_role("group", name="Stream figures")).to_contain_text(re.compile(r"peak [\d,.]+\+ in 15 min"))
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 40)
    expect(chart.get_by_text("not known", exact=True)).to_be_visible()
    look(page, f"live-partly-known-{mode}")
    page.context.close()


def docked_details(browser, base, mode):
    page, s = start(browser, base, mode, (1120, 800))
    ready(page)
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    close = page.get_by_role("button", name="Close details")
    expect(close).to_be_visible()
    check(page.get_by_role("grid").evaluate("e => e.scrollWidth <= e.clientWidth"), "beside the details no column is cut off")
    look(page, f"docked-narrow-{mode}")
    for key in ("Escape", "Enter"):
        close.focus()
        page.keyboard.press(key)
        expect(close).to_have_count(0)
        check(page.evaluate("document.activeElement.dataset.testid") == "feed", f"{key} in the details gives the focus back to the feed")
        page.keyboard.press("Enter")
    page.context.close()


def feed_end(browser, base, mode, size=DESK):
    page, s = start(browser, base, mode, size)
    ready(page)
    grid = page.get_by_role("grid")
    before = int(grid.get_attribute("aria-rowcount"))
    grid.evaluate("e => { e.scrollTop = e.scrollHeight }")
    expect(page.get_by_role("button", name="Newest", exact=True)).to_be_visible()
    s.happen(1)
    expect(page.get_by_role("button", name="1 new", exact=True)).to_have_count(1)
    look(page, f"{'phone-' if size is PHONE else ''}live-end-{mode}")
    page.get_by_role("button", name="Show older events").click()
    expect(grid).to_have_attribute("aria-rowcount", str(before + 40))
    grid.evaluate("e => { e.scrollTop = e.scrollHeight }")
    expect(page.get_by_text("The log begins here.")).to_be_visible()
    page.get_by_role("button", name="1 new", exact=True).click()
    expect(grid).to_have_attribute("aria-rowcount", str(before + 41))
    page.context.close()


UNSEEN = """() => [...document.body.querySelectorAll('*')].flatMap(e => [e.getAttribute('title'), e.getAttribute('aria-label'), ...[...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data)])
    .filter(t => t && /[\\u202a-\\u202e]/.test(t))"""


def words(browser, base, mode):
    page, s = start(browser, base, mode)
    ready(page)
    expect(page.get_by_role("group", name="Stream figures")).to_contain_text("17 readers in all", timeout=1_500)
    page.get_by_role("combobox").fill("type:migration")
    option = page.get_by_role("option", name="type:migration.started")
    expect(option).to_contain_text("A move began")
    check(page.get_by_role("option").filter(has_text="seen in the stream").count() == 0, "nothing that never came is said to have been seen")
    page.get_by_role("combobox").fill("")
    odd = event(s.head)
    odd["type"] = "com.example.build"
    odd["data"] = {"file_name": "rtl-\u202egnp.exe", "provider": "file", "bucket": "/srv/reports"}
    s.head += 1
    s.say({"type": "events", "data": [odd], "cursor": s.cursor()})
    row = page.locator("[data-testid=feed] .row[id]").first
    expect(row).to_contain_text("rtl-⟨U+202E⟩gnp.exe")
    row.click()
    expect(page.get_by_role("heading", name="rtl-⟨U+202E⟩gnp.exe")).to_be_visible()
    for act in ("Filter out this file", "Filter for this file"):
        page.get_by_role("button", name=act).hover()
        expect(page.get_by_role("tooltip").filter(has_text="rtl-⟨U+202E⟩gnp.exe").last).to_be_visible()
        check(not page.evaluate(UNSEEN), f"{act}: names are shown with what cannot be seen in them: {page.evaluate(UNSEEN)}")
    page.get_by_role("button", name="Filter for this file").click()
    chip = page.get_by_role("button", name='Remove name:"rtl-⟨U+202E⟩gnp.exe"')
    expect(chip).to_be_visible()
    check(not page.evaluate(UNSEEN), f"chips too: {page.evaluate(UNSEEN)}")
    page.get_by_role("combobox").fill("name:rtl")
    expect(page.get_by_role("option")).to_have_count(0)
    page.get_by_role("combobox").fill("")
    chip.click()
    page.get_by_role("button", name=re.compile("^other")).click()
    expect(page.get_by_role("button", name=re.compile("^other"))).to_have_attribute("aria-pressed", "true")
    check(any(m.get("filter", "").startswith("-(type:cloud.* OR ") for m in s.said), "the foreign types can be selected on their own")
    quiet(page, f"words {mode}")
    page.context.close()


def chips_on_a_phone(browser, base, mode):
    page, s = start(browser, base, mode, PHONE, route='live?filter=type:cloud.upload size>1KB -name:"*.pdf"')
    expect(clear(page)).to_be_visible()
    ready(page)

    def boxes():
        return [c.bounding_box() for c in page.locator("[data-not]").all()], clear(page).bounding_box(), page.locator("[data-bad]").bounding_box()

    # The letters of the page's own font may come after the first layout, and then lines break elsewhere.
    page.evaluate("document.fonts.ready.then(() => true)")
    known = [boxes()]

    def settled():
        known.append(boxes())
        return known[-1] == known[-2]

    wait(settled, "the boxes stand still")
    chips, end, field = known[-1]
    check(abs(end["y"] - chips[0]["y"]) < 6, "the clear button stands beside the first chip")
    check(field["height"] < chips[-1]["y"] - chips[0]["y"] + 40, f"no empty line below the chips: {field['height']} px")
    look(page, f"phone-chips-{mode}")
    page.context.close()


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        for body in (low_windows, refused_address, filtered_while_scrolled, after_a_gap, broken_link, way_back, partly_known, docked_details, feed_end, words, chips_on_a_phone):
            with part(f"{body.__name__.replace('_', ' ')}, {mode}"):
                body(browser, base, mode)
        with part(f"feed end, {mode}, phone"):
            feed_end(browser, base, mode, PHONE)
