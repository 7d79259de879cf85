"""The Debian package through its whole life, in a Debian of its own: installed, run, upgraded, removed, purged."""
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

from flux import Skip, wait_for
from machine import Machine, Root
from packed import package, sh, unpacked, version

DATA = "var/lib/cloudflux"
AS_USER = ["setpriv", "--reuid=cloudflux", "--regid=cloudflux", "--clear-groups"]


def policy(scratch):
    """lintian has nothing to say that is not answered in the overrides"""
    if not shutil.which("lintian"):
        raise Skip("lintian is not installed")
    sh("lintian", "--no-cfg", "--fail-on", "error,warning", package(1))


def put_in(root, *revisions):
    for revision in revisions:
        shutil.copy(package(revision), root.path / "root" / f"r{revision}.deb")


def commands(run, *, post=None):
    """Posts an event by a command, as the service's user, and returns the ids of all that are there."""
    if post:
        line = json.dumps({"id": post, "type": "test.life", "data": {}})
        run("sh", "-c", f"cd / && echo '{line}' >/tmp/{post} && {' '.join(AS_USER)} cloudflux import --data /{DATA} /tmp/{post}")
    told = run(*AS_USER, "cloudflux", "events", "--json", "--filter", "type:test.life", "--data", f"/{DATA}")
    return [json.loads(line)["id"] for line in told.splitlines()]


def bare(scratch):
    """apt installs it into a bare Debian: nothing is missing, the user and its folder are there, and it runs without systemd, too"""
    with Root() as root:
        put_in(root, 1)
        root.apt("install", "/root/r1.deb")
        assert root.run("cloudflux", "--version").strip() == version()
        assert "not found" not in root.run("ldd", "/usr/bin/cloudflux")
        assert root.run("stat", "-c", "%U %G %a", f"/{DATA}").split() == ["cloudflux", "cloudflux", "700"]
        assert re.match(r"cloudflux:x:\d+:\d+:CloudFlux event log:/var/lib/cloudflux:.*nologin", root.run("getent", "passwd", "cloudflux"))
        assert (root.path / "etc/systemd/system/multi-user.target.wants/cloudflux.service").is_symlink()
        root.run("cloudflux", "config", "check", "--config", "/etc/cloudflux/cloudflux.yaml")
        server = subprocess.Popen(["chroot", root.path, *AS_USER, "cloudflux", "serve", "--config", "/etc/cloudflux/cloudflux.yaml", "--listen", "127.0.0.1:0"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: server.poll() is not None or (root.path / DATA / "server.json").exists(), "it serves")
            assert server.poll() is None, server.stderr.read()
            assert commands(root.run, post="one") == ["one"]
        finally:
            server.terminate()
            assert server.wait(30) == 0
        assert "sound" in root.run(*AS_USER, "cloudflux", "log", "verify", "--data", f"/{DATA}")


@functools.cache
def booted():
    """The machine of the cases below, with the package installed before it booted."""
    root = Root()
    try:
        put_in(root, 1, 2)
        # Two folders to watch: one that anybody may list, one below /home.
        for folder in ("srv/files", "home/ada/photos"):
            (root.path / folder).mkdir(parents=True)
        root.apt("install", "/root/r1.deb")
        machine = Machine(root)
    except BaseException:
        root.close()
        raise
    return machine


@functools.cache
def machine():
    """As `booted`, and its refusal is remembered as well."""
    try:
        return booted(), None
    except Skip as reason:
        return None, reason


def on_machine(function):
    @functools.wraps(function)
    def case(scratch):
        there, reason = machine()
        if reason:
            raise reason
        function(there)
    return case


def serves(there):
    wait_for(lambda: there.show("ActiveState")["ActiveState"] == "active", "the service is active")
    assert json.loads(there.fetch("/readyz"))["ready"]


def drop_in(there, name, text):
    """Adds to the unit what a person would add with `systemctl edit`, or takes it away (None); the service starts anew with it."""
    path = there.root.path / f"etc/systemd/system/cloudflux.service.d/{name}.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink() if text is None else path.write_text(text)
    there.run("systemctl", "daemon-reload")
    there.run("systemctl", "restart", "cloudflux")
    serves(there)


@on_machine
def under_its_unit(there):
    """booted with systemd, it serves under the strict unit: page, events, the journal without the sign-in link"""
    serves(there)
    assert "<script" in there.fetch("/")
    assert commands(there.run, post="first") == ["first"]
    shown = there.show("User", "Type", "StatusErrno", "NRestarts", "LimitNOFILE", "WatchdogUSec")
    assert shown["NRestarts"] == "0" and shown["LimitNOFILE"] == "65536" and shown["WatchdogUSec"] == "1min", shown
    assert shown["User"] == "cloudflux" and shown["Type"] == "notify", shown
    welcome = there.run("cat", f"/{DATA}/welcome")
    token = welcome.strip().split("#")[1]
    journal = there.run("journalctl", "-u", "cloudflux", "--no-pager")
    assert "cloudflux" in journal and token not in journal
    # Nothing that it was refused shows up in the system log.
    assert "Failed" not in journal and "denied" not in journal, journal
    # The sandbox as the process itself meets it.
    pid = there.show("MainPID")["MainPID"]
    status = there.run("cat", f"/proc/{pid}/status")
    assert re.search(r"^CapBnd:\t0+$", status, re.M) and re.search(r"^NoNewPrivs:\t1$", status, re.M) and re.search(r"^Seccomp:\t2$", status, re.M), status


@on_machine
def watches(there):
    """it watches a folder that it may list; one below /home only with the drop-in that docs/install.md gives"""
    serves(there)
    add = lambda folder, **more: there.run(*AS_USER, "cloudflux", "store", "add", f"file://{folder}", "--data", f"/{DATA}", **more)
    states = lambda: {store["state"] for store in json.loads(there.run(*AS_USER, "cloudflux", "store", "list", "--json", "--data", f"/{DATA}"))["stores"]}
    # What is there before the first look is over is inventory, no upload.
    watched = lambda: wait_for(lambda: states() == {"watching"}, "the stores are watched")
    add("/srv/files")
    watched()
    there.run("sh", "-c", "echo hello >/srv/files/hello.txt")
    seen = lambda name: name in there.run(*AS_USER, "cloudflux", "events", "--json", "--filter", "type:cloud.upload", "--data", f"/{DATA}")
    wait_for(lambda: seen("hello.txt"), "the file is told")
    add("/home/ada/photos", code=1)
    docs = (pathlib.Path(__file__).resolve().parents[2] / "docs/install.md").read_text()
    [told] = re.findall(r"```ini\n(\[Service\]\nProtectHome=tmpfs\n.*?)```", docs, re.S)
    drop_in(there, "stores", told)
    add("/home/ada/photos")
    watched()
    there.run("sh", "-c", "echo cheese >/home/ada/photos/cheese.jpg")
    wait_for(lambda: seen("cheese.jpg"), "the file below /home is told")


@on_machine
def comes_back(there):
    """killed, it comes back; stuck, the watchdog ends it and it comes back; wrong settings are not tried again"""
    serves(there)
    restarts = lambda: int(there.show("NRestarts")["NRestarts"])
    before = restarts()
    there.run("systemctl", "kill", "--signal=KILL", "cloudflux")
    wait_for(lambda: restarts() == before + 1, "it was started again")
    serves(there)
    assert "first" in commands(there.run)

    drop_in(there, "watchdog", "[Service]\nWatchdogSec=3s\n")
    before, pid = restarts(), there.show("MainPID")["MainPID"]
    # Long enough for a server that forgot to answer to be ended.
    since = time.monotonic()
    wait_for(lambda: time.monotonic() - since > 5, "two watchdog times have passed")
    assert restarts() == before and there.show("MainPID")["MainPID"] == pid
    there.run("systemctl", "kill", "--signal=STOP", "cloudflux")
    wait_for(lambda: restarts() == before + 1, "the stuck one was ended")
    drop_in(there, "watchdog", None)

    settings = there.root.path / "etc/cloudflux/cloudflux.yaml"
    kept = settings.read_text()
    settings.write_text(kept + "\nretention-ag: 90d\n")
    there.run("systemctl", "restart", "cloudflux", code=1)
    shown = there.show("ActiveState", "ExecMainStatus", "NRestarts", "Result")
    assert shown == {"ActiveState": "failed", "ExecMainStatus": "2", "NRestarts": "0", "Result": "exit-code"}, shown
    assert "retention-age" in there.run("journalctl", "-u", "cloudflux", "--no-pager", "-n", "20")
    settings.write_text(kept)
    there.run("systemctl", "restart", "cloudflux")
    serves(there)


@on_machine
def drains(there):
    """a drain that takes longer than systemd's own limit and than the watchdog's is neither cut off nor taken for a failure"""
    drop_in(there, "drain", "[Service]\nTimeoutStopSec=2s\nWatchdogSec=2s\nEnvironment=CLOUDFLUX_DRAIN_TIMEOUT=6s\n")
    token = there.run(*AS_USER, "cloudflux", "token", "create", "slow", "--scope", "ingest", "--data", f"/{DATA}").strip().splitlines()[-1]
    # A request that has begun and does not end holds the drain until its time is over.
    request = f"POST /api/stream/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n["
    script = "import socket, sys; s = socket.create_connection(('127.0.0.1', 8000)); s.sendall(sys.argv[1].encode()); print('sent', flush=True); s.recv(1)"
    client = subprocess.Popen(["nsenter", "-t", there.leader, "-n", sys.executable, "-c", script, request], stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout.readline() == "sent\n"
        began = time.monotonic()
        there.run("systemctl", "stop", "cloudflux")
        took = time.monotonic() - began
    finally:
        client.kill()
        client.wait()
    shown = there.show("ActiveState", "Result", "ExecMainStatus")
    assert shown == {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"} and 4 < took < 20, (shown, took)
    drop_in(there, "drain", None)


@on_machine
def upgraded(there):
    """upgraded to a higher version: it is started anew, events, accounts and changed settings stay"""
    serves(there)
    there.run("sh", "-c", f"echo 'correct horse battery' | {' '.join(AS_USER)} cloudflux user add ada --data /{DATA}")
    settings = there.root.path / "etc/cloudflux/cloudflux.yaml"
    settings.write_text(settings.read_text() + "\nheartbeat: 7s\n")
    before = there.show("MainPID")["MainPID"]
    there.run("dpkg", "--force-confold", "-i", "/root/r2.deb")
    assert there.run("dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "cloudflux") == f"{version()}-2 installed"
    serves(there)
    assert there.show("MainPID")["MainPID"] != before
    ids = commands(there.run, post="second")
    assert ids == ["first", "second"], ids
    assert "ada" in there.run(*AS_USER, "cloudflux", "user", "list", "--data", f"/{DATA}")
    assert "heartbeat: 7s" in settings.read_text()


@on_machine
def removed(there):
    """removed: the service is gone and the data stays; installed again it goes on; purged: nothing is left but the user"""
    there.run("dpkg", "--remove", "cloudflux")
    # A process that was asked to stop by then has stopped.
    assert there.show("LoadState", "ActiveState")["ActiveState"] == "inactive"
    assert not (there.root.path / "usr/bin/cloudflux").exists()
    log = there.root.path / DATA / "log"
    assert list(log.rglob("*.log")) and (there.root.path / "etc/cloudflux/cloudflux.yaml").exists()
    there.run("dpkg", "-i", "/root/r2.deb")
    serves(there)
    assert commands(there.run, post="third") == ["first", "second", "third"]
    # What a person put beside the package's own is a person's.
    shutil.rmtree(there.root.path / "etc/systemd/system/cloudflux.service.d", ignore_errors=True)
    there.run("dpkg", "--purge", "cloudflux")
    for gone in (DATA, "etc/cloudflux", "usr/share/cloudflux", "etc/systemd/system/multi-user.target.wants/cloudflux.service"):
        assert not (there.root.path / gone).exists() and not (there.root.path / gone).is_symlink(), gone
    assert there.show("LoadState")["LoadState"] == "not-found"
    there.run("getent", "passwd", "cloudflux")


def close():
    if machine.cache_info().currsize and (there := machine()[0]):
        there.close()
        there.root.close()


CASES = [policy, bare, under_its_unit, watches, comes_back, drains, upgraded, removed]
