"""usage: main.py all|unit|states|details|rooms|overview|temperatures|documents|past|corners|journey|picture"""
import re
import subprocess
import sys

import browser
import corners
import details
import documents
import journey
import overview
import past
import picture
import rooms
import states
import temperatures


def unit() -> None:
    """The page's own unit tests, counted with the rest."""
    done = subprocess.run([str(browser.ROOT / "web/tests/unit/run")], capture_output=True, text=True)
    print(done.stdout + done.stderr, end="")
    found = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
    browser.passed += int(found[1]) if found else 0
    browser.failed += int(found[2]) if found else 1


what = sys.argv[1] if len(sys.argv) > 1 else "all"
if what in ("all", "unit"):
    unit()
if what in ("all", "states"):
    browser.play(states.run)
if what in ("all", "details"):
    browser.play(details.run)
if what in ("all", "rooms"):
    browser.play(rooms.run)
if what in ("all", "overview"):
    browser.play(overview.run)
if what in ("all", "temperatures"):
    browser.play(temperatures.run)
if what in ("all", "documents"):
    browser.play(documents.run)
if what in ("all", "past"):
    browser.play(past.run)
if what in ("all", "corners"):
    browser.play(corners.run)
if what in ("all", "journey"):
    browser.play(journey.run)
if what == "picture":
    browser.play(picture.run)
print(f"pictures: {browser.SHOTS}")
print(f"{browser.passed} passed, {browser.failed} failed")
sys.exit(browser.failed > 0 or browser.passed == 0)
