"""The manual pages: one a command, sound by two readers of them, and readable."""
import re
import shutil
import subprocess

from flux import BINARY, ROOT, Skip
from usage import GROUPS, commands


def manual(scratch):
    """every command has a manual page that mandoc and man take without a word"""
    made = subprocess.run([ROOT / "tools/man", BINARY, scratch], capture_output=True, text=True, timeout=540)
    assert made.returncode == 0, made.stderr[-2000:]
    wanted = {"cloudflux"} | {"-".join(["cloudflux", *words]) for words in commands()} | {f"cloudflux-{group}" for group in GROUPS}
    pages = {page.stem: page for page in scratch.glob("*.1")}
    assert set(pages) == wanted, set(pages) ^ wanted
    for name, page in pages.items():
        text = page.read_text()
        for other in re.findall(r"^\.Xr (\S+) 1", text, re.M):
            assert other in pages, (name, other)
        assert name == "cloudflux" or re.search(r"^\.Xr cloudflux 1( ,)?$", text, re.M), name
        if shutil.which("mandoc"):
            # Pages that live outside of a system's folders are not found there; that is no fault of theirs.
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
            assert lint.returncode == 0, (name, lint.stdout)
        if shutil.which("man"):
            shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
            assert shown.returncode == 0 and not shown.stderr, (name, shown.stderr)
            plain = re.sub(r".\x08", "", shown.stdout)
            assert "SYNOPSIS" in plain and "EXIT STATUS" in plain, name
    if not shutil.which("mandoc") or not shutil.which("man"):
        raise Skip("mandoc or man is missing here")
    serve = pages["cloudflux-serve"].read_text()
    for option in ("retention-age", "dedup-events", "max-scan-events"):
        assert f".It Fl -{option} " in serve, option
    example = re.search(r"\.Bd -literal.*?\.Ed", serve, re.S)[0]
    assert "cloudflux serve --store file:///srv/files\n" in example
