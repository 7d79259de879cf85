"""The tarball: what is in it, that it is made the same way twice, and that it runs wherever it lies."""
import os
import re
import shutil
import subprocess
import tarfile

from flux import ROOT, Server
from packed import out, sh, tarball, unpacked, version

# What a machine must have, and Debian's package of it. docs/install.md says the same.
LIBRARIES = {
    "libc.so.6": "libc6", "libm.so.6": "libc6", "ld-linux-x86-64.so.2": "libc6", "ld-linux-aarch64.so.1": "libc6", "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6", "libsqlite3.so.0": "libsqlite3-0", "libz.so.1": "zlib1g",
}
GLIBC = (2, 35)
FILES = [
    "bin/cloudflux", "share/cloudflux/web/index.html", "lib/systemd/system/cloudflux.service", "lib/sysusers.d/cloudflux.conf",
    "share/bash-completion/completions/cloudflux", "share/zsh/site-functions/_cloudflux", "share/fish/vendor_completions.d/cloudflux.fish",
    "share/doc/cloudflux/README.md", "share/doc/cloudflux/LICENSE", "share/doc/cloudflux/third-party-notices.txt",
    "share/doc/cloudflux/docs/operations.md", "share/doc/cloudflux/docs/install.md", "share/doc/cloudflux/examples/cloudflux.yaml",
    "share/doc/cloudflux/examples/alerts.yaml",
]


def contents(scratch):
    """one folder with the program, page, unit, completions, licences; names sorted, nobody's, all of one time"""
    with tarfile.open(tarball()) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    top = f"cloudflux-{version()}-linux-{os.uname().machine}"
    assert names == sorted(names, key=lambda name: name.split("/")) and all(name.split("/")[0] == top for name in names), names
    assert not [name for name in FILES if f"{top}/{name}" not in names], names
    assert {(m.uid, m.gid, m.mtime) for m in members} == {(0, 0, members[0].mtime)}
    assert {oct(m.mode) for m in members} == {"0o755", "0o644"}, {oct(m.mode) for m in members}
    assert not [m.name for m in members if not (m.isfile() or m.isdir())]
    sums = (tarball().parent / "SHA256SUMS").read_text()
    assert re.search(rf"^[0-9a-f]{{64}}  {tarball().name}$", sums, re.M), sums
    sh("sha256sum", "--check", "--ignore-missing", "SHA256SUMS", cwd=tarball().parent)
    notices = (unpacked() / "share/doc/cloudflux/third-party-notices.txt").read_text()
    for work in ("swift-nio ", "GRDB", "Swift runtime", "React", "Inter", "JetBrains Mono", "Apache License", "Open Font License", "Yams"):
        assert work in notices, work


def twice(scratch):
    """packed again from the same sources, the tarball and the package are the same to the byte"""
    binary = unpacked() / "bin/cloudflux"
    made = []
    for turn in ("a", "b"):
        # The order in which a folder lists its files, the time and the user's habits differ from turn to turn.
        at = {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"} if turn == "b" else {}
        one = sh(ROOT / "tools/dist", "--debug", "--binary", binary, "--out", out("twice " + turn), env=os.environ | at).strip()
        deb = sh(ROOT / "tools/deb", "--quick", "--out", out("twice " + turn), one, env=os.environ | at).strip()
        made.append([sh("sha256sum", path).split()[0] for path in (one, deb)])
    assert made[0] == made[1], made


def libraries(scratch):
    """the program is stripped, names no folder of the machine that built it, and needs only what the docs say"""
    program = unpacked() / "bin/cloudflux"
    dynamic = sh("readelf", "-dW", program)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    assert set(needed) <= set(LIBRARIES), needed
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic, dynamic
    assert ".symtab" not in sh("readelf", "-SW", program) and ".debug_info" not in sh("readelf", "-SW", program)
    versions = {tuple(map(int, text.split("."))) for text in re.findall(r"GLIBC_([\d.]+)", sh("objdump", "-T", program))}
    assert max(versions) <= GLIBC, max(versions)
    told = (ROOT / "docs/install.md").read_text()
    assert not [name for name in {LIBRARIES[one] for one in needed} if name not in told] and f"glibc {GLIBC[0]}.{GLIBC[1]}" in told


def anywhere(scratch):
    """unpacked anywhere and linked to from elsewhere, it serves its page and says the version that the tarball is named after"""
    link = scratch / "usr/local/bin/cloudflux"
    link.parent.mkdir(parents=True)
    link.symlink_to(unpacked() / "bin/cloudflux")
    # Nothing of this machine's Swift is in reach, and the working folder has no page.
    assert sh("env", "-i", link, "--version", cwd=scratch).strip() == version()
    with Server(scratch / "data", binary=link, wrapper=["env", "-i", "-C", str(scratch)]) as server:
        status, head, page = server.request("GET", "/")
        assert status == 200 and b"<script" in page, (status, page[:200])
        [script] = re.findall(rb'src="/?(assets/main-[^"]+\.js)"', page)
        assert server.request("GET", "/" + script.decode())[0] == 200
        server.json("POST", "/api/stream/events", {"id": "one", "type": "test.packed", "data": {}}, status=202)
        assert [event["id"] for event in server.export("&filter=type%3Atest.packed")] == ["one"]
        assert f'cloudflux_build_info{{version="{version()}"}} 1' in server.request("GET", "/metrics")[2].decode()
        assert server.json("GET", "/api/openapi.json")["info"]["version"] == version()
        assert server.stop() == 0


def completions(scratch):
    """the completions are read by their shells"""
    share = unpacked() / "share"
    done = sh("bash", "--norc", "-c", 'source "$0" && complete -p cloudflux', share / "bash-completion/completions/cloudflux")
    assert "cloudflux" in done
    for shell, path in (("zsh", "zsh/site-functions/_cloudflux"), ("fish", "fish/vendor_completions.d/cloudflux.fish")):
        assert "cloudflux" in (share / path).read_text().splitlines()[0 if shell == "zsh" else 1] + (share / path).read_text()[:2000]
        if shutil.which(shell):
            subprocess.run([shell, "-n", share / path], check=True)


CASES = [contents, libraries, anywhere, completions, twice]
