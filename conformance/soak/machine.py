"""What a soak needs of the machine: a small disk of its own, a clock that jumps, and figures of a process."""

import collections
import glob
import os
import subprocess

MEBIBYTE = 1 << 20


def mount(path, size):
    """A file system in memory, which nobody else sees; why not, where there is none."""
    # A private mount namespace is around us where the machine allows one: see `run`.
    if os.environ.get("SOAK_NAMESPACE") != "1":
        return "this machine allows no mount namespace"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True, text=True)
    return "this machine allows no mount: " + done.stderr.strip()[:100] if done.returncode else None


class Disk:
    """A small file system for the data folder, which can be filled. `reason`: why there is none."""

    def __init__(self, path, size):
        self.path, self.reason = path, None
        path.mkdir()
        self.reason = mount(path, size)

    @property
    def filler(self):
        return self.path / "filler"

    def fill(self, leave):
        """Leaves so many bytes free, or none."""
        around = os.statvfs(self.path)
        size = around.f_bavail * around.f_frsize - leave
        if size > 0:
            try:
                with open(self.filler, "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, size)
            except OSError:
                # The server was quicker: what is left now is too little as well.
                with open(self.filler, "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(1, size - MEBIBYTE))

    def empty(self):
        self.filler.unlink(missing_ok=True)

    def end(self):
        if self.reason is None:
            subprocess.run(["umount", "-l", str(self.path)])


class Clock:
    """The server's wall clock, through libfaketime. `reason`: why it stays as it is."""

    def __init__(self, path):
        # libfaketime leaves things there, whose processes are killed.
        self.path, self.reason, self.wrapper = path, mount("/dev/shm", 16 * MEBIBYTE), []
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if self.reason is None and not found:
            self.reason = "libfaketime is not installed"
        if self.reason:
            return
        self.jump(0)
        # The monotonic clock, and the times of files, stay true. The inner `env` is there because libfaketime changes the
        # environment of the first process that it meets, and a Swift program looks for its arguments beside that.
        self.wrapper = ["env", f"LD_PRELOAD={found[0]}", f"FAKETIME_TIMESTAMP_FILE={path}", "FAKETIME_CACHE_DURATION=1",
                        "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1", "env"]
        probe = subprocess.run(self.wrapper + ["date", "+%s"], capture_output=True, text=True)
        if probe.returncode or not probe.stdout.strip().isdigit():
            self.reason, self.wrapper = "libfaketime does not work here", []

    def jump(self, seconds):
        draft = self.path.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self.path)


def figures(pid):
    """Memory of its own in bytes, descriptors, threads."""
    found = {}
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in ("RssAnon", "Threads"):
                found[name] = int(value.split()[0])
    return found["RssAnon"] * 1024, len(os.listdir(f"/proc/{pid}/fd")), found["Threads"]


def disk_use(folder):
    """Allocated bytes of everything in a folder, by kind: the folder it is in, and how its name ends."""
    found = collections.Counter()
    for top, _, files in os.walk(folder):
        for name in files:
            try:
                place = os.path.relpath(top, folder)
                found[f"{place}/*{os.path.splitext(name)[1]}"] += os.lstat(os.path.join(top, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return found
