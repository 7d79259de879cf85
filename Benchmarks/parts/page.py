"""The page: how much script its first screen loads, and how it does in a real browser."""
import gzip
import json
import os
import pathlib
import subprocess

from . import tools

DIST = tools.ROOT / "web/dist"


def sizes():
    if not (DIST / "index.html").exists():
        raise tools.NotMeasured("web/dist is missing; run `make page`")
    index = (DIST / "index.html").read_text()
    scripts = sorted(path for path in DIST.rglob("*") if path.suffix in (".js", ".mjs"))
    gz = {path: len(gzip.compress(path.read_bytes(), 9)) for path in scripts}
    # The page's frame names its script and all that this imports; what a room, a menu or a dialog needs comes when it is opened.
    first = [path for path in scripts if path.name in index]
    weight = sum(gz[path] for path in first)
    rows = [["first screen (named in index.html)", len(first), tools.number(sum(p.stat().st_size for p in first)), tools.number(weight), tools.reached(weight < 210_000)],
            ["all scripts", len(scripts), tools.number(sum(p.stat().st_size for p in scripts)), tools.number(sum(gz.values())), ""]]
    return tools.Table("Script of the page (bytes)", ["what", "files", "plain", "gzip -9", "< 210 KB"], rows)


def venv():
    """The Python of the browser suite, which has Playwright; made by conformance/browser/run."""
    cache = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", tools.ROOT / ".build-conformance"))
    python = cache / "browser-venv/bin/python"
    return python if python.exists() and pathlib.Path("/usr/bin/chromium").exists() else None


def run(context):
    tables = [sizes()]
    python = venv()
    if python is None:
        tables[0].notes = "In the browser: not measured here (Chromium and the browser suite's Python are missing: run `conformance/browser/run` once)."
        return tables
    seconds = 3 if context.quick else 15
    done = subprocess.run([python, tools.HERE / "parts/page_in_browser.py", str(context.scratch), str(seconds), str(1 if context.quick else 5)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        tables[0].notes = "In the browser: failed: " + done.stderr.strip()[-600:]
        return tables
    r = json.loads(done.stdout.splitlines()[-1])
    rows = [
        ["click on “sign in” → first event on screen, median (ms)", f"{r['first_ms']:.0f}", "< 1,000", tools.reached(r["first_ms"] < 1000)],
        ["the same, slowest", f"{r['first_worst_ms']:.0f}", "", ""],
        ["posted (events/s)", f"{r['rate']:.0f}", "500", ""],
        ["script a frame, mean (ms)", f"{r['script_ms']:.2f}", "< 8", tools.reached(r["script_ms"] < 8)],
        ["main thread a frame with style, layout, paint, mean (ms)", f"{r['task_ms']:.2f}", "", ""],
        ["frames a second", f"{r['fps']:.0f}", "", ""],
        ["tasks over 50 ms", r["long_tasks"], "", ""],
        ["posted, and counted by the page", f"{r['posted']} / {r['counted']}", "equal", tools.reached(r["posted"] == r["counted"])],
    ]
    tables.append(tools.Table(f"The page in headless Chromium, {seconds} s at 500 events a second", ["what", "measured", "reach", "reached"], rows,
                              "Software rendering; browser, server and the posting client share the cores."))
    return tables
