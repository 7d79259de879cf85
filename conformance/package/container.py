"""The container file. No registry is asked: its steps are followed by hand, in a Debian of our own."""
import json
import re
import shlex
import shutil
import subprocess

from flux import ROOT, wait_for
from machine import Root
from packed import sh, tarball, unpacked

FILE = ROOT / "packaging/container/Containerfile"


def steps():
    """(instruction, arguments) of each line, continuations joined, comments left out."""
    text = re.sub(r"\\\n", " ", "".join(line for line in FILE.read_text().splitlines(True) if not line.lstrip().startswith("#")))
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def environment():
    return dict(pair.split("=", 1) for name, rest in steps() if name == "ENV" for pair in shlex.split(rest))


def command(name):
    [rest] = [rest for step, rest in steps() if step == name]
    return json.loads(rest[rest.index("["):])


def sound(scratch):
    """nobody is root, what it copies is in the tarball, its commands and settings are ones that the program knows"""
    names = [name for name, _ in steps()]
    final = steps()[len(names) - 1 - names[::-1].index("FROM"):]
    assert dict(final)["FROM"] == "scratch" and not [one for one in final if one[0] == "RUN"], final
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", dict(final)["USER"]), dict(final)["USER"]
    assert dict(final)["STOPSIGNAL"] == "SIGTERM" and dict(final)["VOLUME"] == environment()["CLOUDFLUX_DATA"]
    assert not [rest for name, rest in steps() if name == "FROM" and rest.endswith(":latest")]
    [pattern] = [rest.split()[0] for name, rest in steps() if name == "ADD"]
    assert [path for path in tarball().parent.glob(pattern)] == [tarball()]
    program = unpacked() / "bin/cloudflux"
    assert command("ENTRYPOINT") == ["/usr/bin/cloudflux"] and command("HEALTHCHECK")[0] == "/usr/bin/cloudflux"
    for arguments in (command("CMD"), command("HEALTHCHECK")[1:]):
        sh(program, *arguments, "--help")
    shown = json.loads(sh(program, "config", "show", "--json", env=environment()))
    text = json.dumps(shown)
    assert all(value in text for value in environment().values()), text
    # A name that is no setting is warned about.
    assert "CLOUDFLUX_" not in subprocess.run([program, "config", "check"], env=environment(), capture_output=True, text=True).stderr


def runs(scratch):
    """made by its own steps, the image has no shell and no root; in it the server serves and its health check says so"""
    with Root() as root:
        shutil.copytree(unpacked(), root.path / "unpacked" / unpacked().name)
        [script] = [rest for name, rest in steps() if name == "RUN"]
        root.run("sh", "-c", script)
        image = root.path / "image"
        assert not list(image.rglob("sh")) and not list(image.rglob("apt*"))
        assert oct((image / "var/lib/cloudflux").stat().st_mode)[-3:] == "700" and (image / "var/lib/cloudflux").stat().st_uid == 65532
        user = dict(steps())["USER"].split(":")
        (image / "proc").mkdir()
        root.mount("proc", "proc", image / "proc")
        run = lambda *arguments: ["unshare", f"--root={image}", f"--setuid={user[0]}", f"--setgid={user[1]}", *arguments]
        told = environment() | {"CLOUDFLUX_LISTEN": "127.0.0.1:0"}
        server = subprocess.Popen(run(*command("ENTRYPOINT"), *command("CMD")), env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: server.poll() is not None or (image / "var/lib/cloudflux/server.json").exists(), "it serves")
            assert server.poll() is None, server.stderr.read()
            sh(*run(*command("HEALTHCHECK")), env=told)
            page = json.loads((image / "var/lib/cloudflux/server.json").read_text())["url"]
            assert "<script" in sh("curl", "-sS", "--fail", page + "/")
        finally:
            server.terminate()
            code = server.wait(30)
        assert code == 0, code
        sh(*run(*command("HEALTHCHECK")), env=told, code=1)
        subprocess.run(["umount", "-l", image / "proc"], check=True)


CASES = [sound, runs]
