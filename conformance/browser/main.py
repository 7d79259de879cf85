"""usage: main.py all|states|journey"""
import sys

import browser
import journey
import states

what = sys.argv[1] if len(sys.argv) > 1 else "all"
if what in ("all", "states"):
    browser.play(states.run)
if what in ("all", "journey"):
    browser.play(journey.run)
print(f"pictures: {browser.SHOTS}")
print(f"{browser.passed} passed, {browser.failed} failed")
sys.exit(browser.failed > 0 or browser.passed == 0)
