"""Makes the guides in ../docs into pieces of HTML that the server puts into one frame, and the list of their contents that
its search reads. usage: docs.py OUT

Needs Debian's python3-markdown-it, and so Debian's own Python."""
import hashlib, html, json, pathlib, re, sys
from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDES = ["live-protocol", "events", "filter-language", "folder-store", "s3-store", "tiering", "operations", "durability", "log-format"]
out = pathlib.Path(sys.argv[1])


def anchor(title, taken):
    """As on GitHub, so that links between the files hold here too."""
    bare = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") or "part"
    found, count = bare, 0
    while found in taken:
        count += 1
        found = f"{bare}-{count}"
    taken.add(found)
    return found


def link(target):
    """Where a link of a guide leads to here; None where only the repository has it."""
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return target
    name, _, part = target.partition("#")
    page = name.removesuffix(".md")
    return f"/docs/{page}" + (f"#{part}" if part else "") if page in GUIDES else None


def words(token):
    return "".join(child.content if child.type in ("text", "code_inline") else " " for child in token.children or []).strip()


def guide(page):
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = md.parse((ROOT.parent / "docs" / f"{page}.md").read_text())
    sections, taken = [], set()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            title = words(tokens[index + 1])
            token.attrSet("id", anchor(title, taken))
            sections.append({"id": token.attrGet("id"), "title": title, "level": int(token.tag[1]), "text": ""})
        elif token.type == "inline" and tokens[index - 1].type != "heading_open":
            sections[-1]["text"] += words(token) + " "
            kept, open_links = [], []
            for child in token.children:
                if child.type == "link_open":
                    to = link(child.attrGet("href"))
                    open_links.append(to)
                    if to is None:
                        continue
                    child.attrSet("href", to)
                elif child.type == "link_close" and open_links.pop() is None:
                    continue
                kept.append(child)
            token.children = kept
        elif token.type in ("fence", "code_block"):
            sections[-1]["text"] += token.content + " "
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    body = md.renderer.render(tokens, md.options, {})
    # A wide table scrolls by itself, also by keyboard; an empty head names nothing.
    body = body.replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>")
    body = re.sub(r'<th scope="col"([^>]*)></th>', r"<td\1></td>", body)
    title = sections[0]["title"] if sections else page
    return title, body, sections


pages = []
(out / "docs").mkdir(parents=True, exist_ok=True)
for page in GUIDES:
    title, body, sections = guide(page)
    (out / "docs" / f"{page}.html").write_text(body)
    pages.append({"page": page, "title": title, "sections": sections})
(out / "docs/contents.json").write_text(json.dumps({"guides": pages}, ensure_ascii=False))
style = (ROOT / "src/docs/docs.css").read_bytes()
name = f"assets/docs-{hashlib.sha256(style).hexdigest()[:10]}.css"
(out / name).write_bytes(style)
(out / "docs/frame.html").write_text((ROOT / "src/docs/frame.html").read_text().replace("{{style}}", html.escape("/" + name)))
print(f"docs: {len(pages)} guides")
