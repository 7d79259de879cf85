"""A bare Debian to install into, and that Debian booted with systemd, both thrown away afterwards."""
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from flux import Skip, wait_for
from packed import CACHE, sh

INSIDE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
PROXIES = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}


def needs(*tools):
    if os.geteuid() != 0:
        raise Skip("only root can make a machine to install into")
    if missing := [tool for tool in tools if not shutil.which(tool)]:
        raise Skip("not installed: " + ", ".join(missing))


def host():
    """(codename, mirror) of the Debian that this runs on: what was linked here belongs there."""
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.M))
    if release.get("ID") != "debian":
        raise Skip(f"this machine is {release.get('ID')}, not Debian")
    found = "http://deb.debian.org/debian"
    for source in sorted(pathlib.Path("/etc/apt").glob("sources.list.d/*.sources")) + [pathlib.Path("/etc/apt/sources.list")]:
        if source.is_file() and (one := re.search(r"^(?:URIs:|deb(?: \[[^]]*\])?) *(https?://\S+/debian)/?(?:\s|$)", source.read_text(), re.M)):
            found = one[1]
            break
    return release["VERSION_CODENAME"], found


@functools.cache
def base():
    """The bare system: Debian's minimum and systemd. Made once and kept; the packages that a test needs are in its cache."""
    needs("debootstrap", "systemd-nspawn")
    codename, mirror = host()
    kept = CACHE / f"debian-{codename}-1"
    if not kept.exists():
        making = pathlib.Path(f"{kept}.new")
        shutil.rmtree(making, ignore_errors=True)
        making.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv", codename, making, mirror], capture_output=True, text=True)
        if done.returncode:
            log = making / "debootstrap/debootstrap.log"
            raise Skip(f"no Debian could be made here: {(log.read_text() if log.exists() else done.stdout + done.stderr)[-300:]}")
        for settings in pathlib.Path("/etc/apt/apt.conf.d").glob("*prox*"):
            shutil.copy(settings, making / "etc/apt/apt.conf.d")
        sh("chroot", making, "apt-get", "update", "-qq", env=INSIDE | PROXIES)
        sh("chroot", making, "apt-get", "install", "-qq", "--download-only", "--no-install-recommends", "libsqlite3-0", env=INSIDE | PROXIES)
        making.rename(kept)
    return kept


class Root:
    """A file system of its own over the bare one. What is written goes to memory, and goes with it."""

    def __init__(self):
        self.space = tempfile.TemporaryDirectory(prefix="cloudflux-root-")
        self.path = pathlib.Path(self.space.name) / "root"
        try:
            self.mount("tmpfs", "tmpfs", self.space.name)
            for name in ("upper", "work", "root"):
                (pathlib.Path(self.space.name) / name).mkdir()
            self.mount("overlay", "overlay", self.path, f"lowerdir={base()},upperdir={self.space.name}/upper,workdir={self.space.name}/work")
            self.mount("proc", "proc", self.path / "proc")
        except Exception:
            self.close()
            raise

    @staticmethod
    def mount(kind, source, target, options="defaults"):
        done = subprocess.run(["mount", "-t", kind, "-o", options, source, target], capture_output=True, text=True)
        if done.returncode:
            raise Skip("this machine allows no mount: " + done.stderr.strip()[:200])

    def run(self, *command, **more):
        return sh("chroot", self.path, *command, env=INSIDE | PROXIES, **more)

    def apt(self, *arguments):
        return self.run("apt-get", "-y", "-q", "--no-install-recommends", "-o", "APT::Sandbox::User=root", *arguments)

    def close(self):
        for target in (self.path / "proc", self.path, self.space.name):
            subprocess.run(["umount", "-l", target], capture_output=True)
        self.space.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Machine:
    """A root booted with its own systemd, its own processes and its own network (a loopback of its own)."""

    def __init__(self, root):
        self.root = root
        subprocess.run(["umount", "-l", root.path / "proc"])
        options = ["--register=no", "--private-network", "--console=pipe"]
        if not pathlib.Path("/run/systemd/system").is_dir():
            options.append("--keep-unit")
        self.log = open(pathlib.Path(root.space.name) / "console", "w+")
        self.process = subprocess.Popen(["systemd-nspawn", "--boot", "-D", root.path, *options], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        try:
            self.leader = wait_for(self.find_leader, "the machine has a first process")
            wait_for(self.is_up, "the machine is up", 60)
        except AssertionError:
            self.log.seek(0)
            told = self.log.read()[-300:]
            self.close()
            raise Skip(f"this machine boots no systemd of its own: {told.strip()}") from None

    def find_leader(self):
        """nspawn has one child, and that one has the machine's first process, or is it."""
        if self.process.poll() is not None:
            raise AssertionError("systemd-nspawn ended")
        for path in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                text = path.read_text()
                if re.search(rf"^PPid:\t{self.process.pid}$", text, re.M) and re.search(r"^NSpid:\t\d+\t1$", text, re.M):
                    return path.parent.name
            except OSError:
                continue
        return None

    def is_up(self):
        # Not the whole of it: what else a Debian starts is none of ours.
        return subprocess.run(self.enter("systemctl", "is-active", "--quiet", "basic.target"), capture_output=True, env=INSIDE).returncode == 0

    def enter(self, *command):
        return ["nsenter", "-t", self.leader, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", *[str(part) for part in command]]

    def run(self, *command, **more):
        return sh(*self.enter(*command), env=INSIDE, **more)

    def show(self, *names):
        """Properties of the service, as systemd sees it."""
        text = self.run("systemctl", "show", "cloudflux", *[f"--property={name}" for name in names])
        return dict(line.split("=", 1) for line in text.splitlines())

    def fetch(self, path):
        """GET from inside the machine's network, with this machine's curl."""
        return sh("nsenter", "-t", self.leader, "-n", "curl", "-sS", "--fail", "--max-time", "10", f"http://127.0.0.1:8000{path}")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
