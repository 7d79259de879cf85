"""The README's pictures: the real server watching a real folder in which somebody works for a few minutes.

usage: run picture      writes docs/images/live.png and live-dark.png"""
import os
import random
import time

from playwright.sync_api import expect

from browser import ROOT, check, open_page
from journey import make_account, rows
from server import Server

MINUTES = float(os.environ.get("CLOUDFLUX_PICTURE_MINUTES", "4"))
FILES = ["finance/2026/report-q{}.pdf", "finance/2026/ledger-{:02d}.csv", "media/masters/episode-{:02d}.mov", "media/previews/episode-{:02d}-720p.mp4", "logs/edge/2026-11-{:02d}.ndjson.gz",
         "training/run-44/checkpoint-{}000.safetensors", "legal/contracts/contract-{:03d}.pdf", "scans/inbox/scan-{:04d}.tiff"]


def work(s: Server, until: float) -> None:
    r, have = random.Random(11), []
    while time.monotonic() < until:
        for _ in range(r.choice([1, 1, 2, 2, 3, 7])):
            deed = r.random()
            if deed < 0.5 or len(have) < 12:
                name = r.choice(FILES).format(r.randrange(1, 30))
                s.write(name, r.choice([4_200, 88_000, 640_000, 5_100_000, 21_000_000]))
                have.append(name)
            elif deed < 0.85:
                (s.folder / r.choice(have)).read_bytes()
            elif deed < 0.93:
                (s.folder / have.pop(r.randrange(len(have)))).unlink(missing_ok=True)
            else:
                name = have.pop(r.randrange(len(have)))
                if (s.folder / name).exists():
                    new = name.replace(".", "-final.", 1)
                    (s.folder / name).rename(s.folder / new)
                    have.append(new)
            have = [n for n in have if (s.folder / n).exists()]
        time.sleep(r.uniform(0.05, 1.6))


def run(browser) -> None:
    s = Server()
    try:
        s.start()
        page = open_page(browser)
        make_account(page, s)
        work(s, time.monotonic() + 60 * MINUTES)
        for mode in ("light", "dark"):
            page.emulate_media(color_scheme=mode)
            work(s, time.monotonic() + 12)
            expect(rows(page).first).to_be_visible()
            page.mouse.move(1, 1)
            path = ROOT / "docs/images" / ("live.png" if mode == "light" else "live-dark.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path)
            check(path.stat().st_size < 200_000, f"{path.name} is {path.stat().st_size} bytes")
        page.context.close()
    finally:
        s.close()
