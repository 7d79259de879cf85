"""Objects, Stores and the sign-in: what they say when something changes, is gone, or takes its time."""

from playwright.sync_api import expect

from browser import DESK, PHONE, check, look, part, quiet
from scripted import STORES, at, serve, stored
from server import wait
from states import ALLOWED, ready, setting, start

NEW = stored(400) | {"file_name": "inbox/fresh.txt", "last_change": at(0)}


def first_row(page):
    return page.locator("tbody tr, main li").first


def told_of_changes(browser, base, mode, size):
    """A list that changes says so, and moves only when asked to; figures that change in place just change."""
    page, s = start(browser, base, mode, size, "objects")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    before = first_row(page).inner_text()
    s.objects = [s.objects[0] | {"size_bytes": 777_000_000_000}, *s.objects[1:]]
    expect(first_row(page)).to_contain_text("777 GB")
    s.objects = [NEW, *s.objects]
    hint = page.get_by_role("button", name="Show 1 change")
    expect(hint).to_be_visible()
    check("fresh.txt" not in first_row(page).inner_text() and before.split()[0] in first_row(page).inner_text(), "no row moves under the reader's eyes")
    box = hint.bounding_box()
    check(box["y"] + box["height"] <= size[1], "the hint is in the window")
    look(page, f"objects-changed-{'phone-' if size is PHONE else ''}{mode}")
    hint.click()
    expect(first_row(page)).to_contain_text("fresh.txt")
    expect(hint).to_have_count(0)
    check(page.evaluate("document.activeElement.id") == "main", "the focus does not go with the button")
    quiet(page, f"told of changes {mode}")
    page.context.close()


def back_by_itself(browser, base, mode):
    """Once the server answers again nothing claims that it does not."""
    page, s = start(browser, base, mode, route="objects")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    s.objects_up = False
    page.get_by_role("button", name="Size", exact=True).click()
    failed = page.get_by_text("The objects could not be read.")
    expect(failed).to_be_visible()
    check(page.locator("tbody tr").count() == 50, "what was read stays")
    check(page.locator("th[aria-sort]").inner_text().startswith("Last change"), "the head tells the order in which the rows are")
    s.objects_up = True
    expect(failed).to_have_count(0)
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    check(page.locator("th[aria-sort]").inner_text().startswith("Size"), "and the new one once it is read")
    page.context.close()


def signed_out(browser, base, mode):
    """Signed out while at work: what is there stays, and the way back is shown."""
    page, s = start(browser, base, mode, route="objects")
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    s.me = 401
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    check(page.locator("tbody tr").count() == 50 and page.get_by_text("The objects could not be read.").count() == 0, "the end of a session is no failure of the list")
    look(page, f"objects-signedout-{mode}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.close()


def signed_out_before(browser, base, mode, size):
    """A room that was not read before the session ended waits for nothing and shows nothing old."""
    page, s = start(browser, base, mode, size)
    ready(page)
    s.me = 401
    expect(page.get_by_text("You were signed out.")).to_be_visible()
    for room in ("stores", "objects", "overview"):
        page.evaluate(f"location.hash = '#/{room}'")
        expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
        check(page.locator(".MuiButton-contained").count() == 1, f"{room}: one primary button")
        check(page.get_by_role("progressbar").count() == 0, f"{room}: nothing is on its way")
        check(page.get_by_text("What you see is from before").count() == 0, f"{room}: nothing is from before")
        look(page, f"{room}-unseen-{'phone-' if size is PHONE else ''}{mode}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.close()


def nothing_stored(browser, base, mode):
    """An empty list names the step that is next: none is to connect what is connected."""
    page, s = start(browser, base, mode, route="objects", prepare=setting(objects=[], stores=STORES[:1]))
    expect(page.get_by_text("The store is connected and nothing lies in it yet.")).to_be_visible()
    check(page.get_by_role("button", name="Connect a store").count() == 0, "nothing to connect")
    look(page, f"objects-empty-{mode}")
    page.context.close()
    page, s = start(browser, base, mode, route="objects", prepare=setting(objects=[], stores=[]))
    expect(page.get_by_role("button", name="Connect a store")).to_be_visible()
    page.context.close()


def pages(browser, base, mode):
    """A page of the list is an address: it can be reloaded, sent to somebody, and gone back from."""
    page, s = start(browser, base, mode, route="objects")
    for there in ("51–100", "101–150"):
        page.get_by_role("button", name="Next page").click()
        expect(page.get_by_text(f"{there} of 150")).to_be_visible()
    last = page.url
    page.get_by_role("button", name="Previous page").click()
    expect(page.get_by_text("51–100 of 150")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("101–150 of 150")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("51–100 of 150")).to_be_visible()
    page.goto("about:blank")
    page.goto(last)
    expect(page.get_by_text("101–150 of 150")).to_be_visible()
    page.get_by_role("button", name="First page").click()
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    page.goto(last)
    expect(page.get_by_text("101–150 of 150")).to_be_visible()
    page.get_by_role("button", name="Size", exact=True).click()
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    check("cursor=" not in page.url, "another order begins at its first page")
    page.goto(f"{base}#/objects?cursor=old&page=9")
    expect(page.get_by_role("heading", name="This page of the list is not there")).to_be_visible()
    look(page, f"objects-lost-page-{mode}")
    page.get_by_role("button", name="Go to the first page").click()
    expect(page.get_by_text("1–50 of 150")).to_be_visible()
    page.context.close()


def unknown_object(browser, base, mode, size):
    page, s = start(browser, base, mode, size, "objects?object=obj_gone")
    expect(page.get_by_role("heading", name="This object is not known here")).to_be_visible()
    check("/api/" not in page.get_by_role("dialog").inner_text(), "no words of the API to a person")
    look(page, f"object-gone-{'phone-' if size is PHONE else ''}{mode}")
    page.get_by_role("button", name="Show the list").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    check("object=" not in page.url, "the object has left the address")
    page.context.close()


def one_line_of_tools(browser, base, mode):
    """On a phone the direction stands beside what it is the direction of; on a desk one box only has the key `/`."""
    page, s = start(browser, base, mode, PHONE, "objects", setting(stores=STORES[:1]))
    sort, direction, removed = page.get_by_role("combobox", name="Sort by"), page.get_by_role("button", name="Descending"), page.get_by_label("Show removed")
    middle = [b["y"] + b["height"] / 2 for b in (e.bounding_box() for e in (sort, direction, removed))]
    check(max(middle) - min(middle) < 6, f"one line of tools: {middle}")
    page.context.close()
    page, s = start(browser, base, mode, route="objects")
    expect(page.locator("kbd", has_text="/")).to_have_count(1)
    page.context.close()


def away(browser, base, mode, size):
    """A store that is away: Live says so, Stores says what to do, and after the removals nothing is promised of them."""
    tag = f"{'phone-' if size is PHONE else ''}{mode}"
    page, s = start(browser, base, mode, size, prepare=setting(stores=STORES))
    ready(page)
    notice = page.get_by_role("status").filter(has_text="file:///mnt/backup")
    expect(notice).to_contain_text("is away")
    look(page, f"live-away-{tag}")
    notice.get_by_role("link", name="Show the stores").click()
    expect(notice).to_contain_text("If the change is meant, confirm it")
    for remedy in ("Retry", "Confirm"):
        check(page.get_by_role("button", name=remedy, exact=True).count() == 1, f"{remedy} is in sight, and once")
    s.stores = [s | {"objects": 0, "bytes": 0, "message": "The folder is gone."} if s["state"] == "away" else s for s in STORES]
    expect(notice).to_contain_text("None of its objects is left")
    check("If the change is meant" not in notice.inner_text(), "what was recorded is not asked for again")
    look(page, f"stores-away-empty-{tag}")
    s.stores = STORES[:1]
    expect(notice).to_have_count(0)
    page.goto(f"{base}#/live")
    ready(page)
    expect(notice).to_have_count(0)
    page.context.close()


def connecting(browser, base, mode):
    """“Connect a store” of an empty page leads to where one types; a view has one primary button."""
    page, s = start(browser, base, mode, prepare=setting(total=0, history=0, stores=[]))
    page.get_by_role("button", name="Connect a store").click()
    expect(page.get_by_role("textbox", name="Address")).to_be_focused()
    check(page.locator(".MuiButton-contained").count() == 1, "one primary button")
    check("connect=" not in page.url, "the errand has left the address")
    page.context.close()


def patience(browser, base, mode, size):
    """While the server takes its time over a try, the verdict on the last one is gone and the page says that one waits."""
    page, s = start(browser, base, mode, size, prepare=setting(me=401))
    submit, wrong = page.locator("button[type=submit]"), page.get_by_text("That name and password do not match.")
    page.get_by_label("Name").fill("mara")
    page.get_by_label("Password", exact=True).fill("wrong horse")
    submit.click()
    expect(wrong).to_be_visible()
    s.slow_login, s.answer_login = True, None
    submit.click()
    expect(page.get_by_text("the server takes its time on purpose")).to_be_visible()
    expect(wrong).to_have_count(0)
    check(submit.evaluate("e => getComputedStyle(e).color") == "rgba(0, 0, 0, 0)", "the spinner does not lie over the words")
    look(page, f"signin-waiting-{'phone-' if size is PHONE else ''}{mode}")
    wait(lambda: page.wait_for_timeout(20) or s.answer_login, "the second try")()
    expect(wrong).to_be_visible()
    page.context.close()


def welcome_links(browser, base, mode, size):
    """A link that works no more says so before anybody fills in anything; who is signed in goes on."""
    tag = f"{'phone-' if size is PHONE else ''}{mode}"
    page, s = start(browser, base, mode, size, prepare=setting(me=401))
    page.goto(f"{base}welcome#USED")
    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    check(page.get_by_role("textbox").count() == 0, "nothing to fill in")
    look(page, f"welcome-used-{tag}")
    page.goto(f"{base}welcome")
    expect(page.get_by_role("heading", name="This link is incomplete")).to_be_visible()
    look(page, f"welcome-cut-{tag}")
    page.get_by_role("button", name="To sign-in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    s.me = 200
    page.goto(f"{base}welcome#USED")
    ready(page)
    check(page.url.endswith("/#/live"), f"signed in already: {page.url}")
    quiet(page, f"welcome links {mode}", ALLOWED)
    page.context.close()


def no_page(browser, base, mode):
    page, s = start(browser, base, mode, route="nowhere")
    expect(page.get_by_role("heading", name="There is no page at this address.")).to_be_visible()
    page.context.close()


def run(browser):
    base = serve()
    for mode in ("light", "dark"):
        for body in (back_by_itself, signed_out, nothing_stored, pages, one_line_of_tools, connecting, no_page):
            if mode == "light" or body is pages:
                with part(f"{body.__name__.replace('_', ' ')}, {mode}"):
                    body(browser, base, mode)
        for size in (DESK, PHONE):
            for body in (told_of_changes, signed_out_before, unknown_object, away, patience, welcome_links):
                with part(f"{body.__name__.replace('_', ' ')}, {mode}{', phone' if size is PHONE else ''}"):
                    body(browser, base, mode, size)
