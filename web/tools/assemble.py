#!/usr/bin/env python3
"""Writes index.html with the hashed names of this build, and the licences of what the page carries.
usage: assemble.py META INDEX OUT WORDS"""
import gzip, html, json, pathlib, shutil, sys

BUDGET = 210_000  # bytes of gzipped script that the first screen loads
meta, index, out, words = (pathlib.Path(p) for p in sys.argv[1:])
root = pathlib.Path(__file__).resolve().parent.parent
outputs = json.loads(meta.read_text())["outputs"]
entry = next(name for name, o in outputs.items() if o.get("entryPoint") == "src/main.tsx")


def loaded(name, found):
    """A script and all that it imports at once; what it imports when it is wanted comes later."""
    if name not in found:
        found.add(name)
        for one in outputs[name]["imports"]:
            if one["kind"] == "import-statement":
                loaded(one["path"], found)
    return found


first = {pathlib.Path(name).name for name in loaded(entry, set())}
script = "assets/" + pathlib.Path(entry).name
style = "assets/" + next((out/"assets").glob("main-*.css")).name
fonts = sorted((out/"assets").glob("inter-*.woff2"))
# Said in the page, so that the browser asks for all of them at once and not one after the other.
preload = "".join(f'<link rel="modulepreload" href="/assets/{name}">' for name in sorted(first - {pathlib.Path(entry).name}))
page = index.read_text().replace("{{preload}}", preload).replace("{{script}}", script).replace("{{style}}", style).replace("{{font}}", "assets/" + fonts[0].name)
for name, said in json.loads(words.read_text()).items():
    page = page.replace("{{" + name + "}}", html.escape(said))
(out/"index.html").write_text(page)
for licence in (root/"build/fonts").glob("*.LICENSE.txt"):
    shutil.copy(licence, out/"assets")
for source_map in (out/"assets").glob("*.map"):  # for developers, not for visitors
    shutil.move(source_map, root/"build"/source_map.name)
weight = {p.name: len(gzip.compress(p.read_bytes(), 9)) for p in (out/"assets").glob("*.js")}
begin = sum(weight[name] for name in first)
print(f"page: {begin / 1000:.0f} KB of script at first, {sum(weight.values()) / 1000:.0f} KB in all (gzip), {sum(p.stat().st_size for p in (out/'assets').glob('*.woff2')) / 1000:.0f} KB of fonts")
if begin > BUDGET:
    sys.exit(f"page: the first script is {begin} bytes gzipped, over the budget of {BUDGET}; build/meta.json says what is in it")
