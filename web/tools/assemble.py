#!/usr/bin/env python3
"""Writes index.html with the hashed names of this build, and the licences of what the page carries.
usage: assemble.py META INDEX OUT"""
import gzip, json, pathlib, shutil, sys

BUDGET = 210_000  # bytes of gzipped script, everything together
meta, index, out = (pathlib.Path(p) for p in sys.argv[1:])
root = pathlib.Path(__file__).resolve().parent.parent
entry = next(name for name, o in json.loads(meta.read_text())["outputs"].items() if o.get("entryPoint") == "src/main.tsx")
script = "assets/" + pathlib.Path(entry).name
style = "assets/" + next((out/"assets").glob("main-*.css")).name
fonts = sorted((out/"assets").glob("inter-*.woff2"))
page = index.read_text().replace("{{script}}", script).replace("{{style}}", style).replace("{{font}}", "assets/" + fonts[0].name)
(out/"index.html").write_text(page)
for licence in (root/"build/fonts").glob("*.LICENSE.txt"):
    shutil.copy(licence, out/"assets")
for source_map in (out/"assets").glob("*.map"):  # for developers, not for visitors
    shutil.move(source_map, root/"build"/source_map.name)
weight = sum(len(gzip.compress(p.read_bytes(), 9)) for p in (out/"assets").glob("*.js"))
print(f"page: {weight / 1000:.0f} KB of script (gzip), {sum(p.stat().st_size for p in (out/'assets').glob('*.woff2')) / 1000:.0f} KB of fonts")
if weight > BUDGET:
    sys.exit(f"page: the script is {weight} bytes gzipped, over the budget of {BUDGET}; build/meta.json says what is in it")
