"""The real binary on a folder and a data folder of its own; every process is ended by its id."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

from browser import DIST, ROOT

BINARY = pathlib.Path(os.environ.get("CLOUDFLUX", ROOT / ".build/debug/cloudflux"))


def wait(condition, what: str, seconds: float = 90):
    """What `condition` answers once it is true; a deadline instead of a sleep for luck."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s")


class Server:
    def __init__(self, *options: str):
        self.options = options
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cloudflux-browser-"))
        self.data, self.folder, self.other = self.root / "data", self.root / "reports", self.root / "second"
        for f in (self.folder, self.other):
            f.mkdir()
        self.port, self.process, self.log = 0, None, self.root / "server.log"

    def start(self) -> None:
        command = [str(BINARY), "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data), "--web-root", str(DIST),
                   "--store", "file://" + urllib.parse.quote(str(self.folder)), *self.options]
        (self.data / "ports.json").unlink(missing_ok=True)
        self.log.touch()
        seen = self.log.stat().st_size
        self.process = subprocess.Popen(command, stdout=self.log.open("ab"), stderr=subprocess.STDOUT, cwd=self.root)
        def up():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}: {self.log.read_text()[-1500:]}")
            try:
                return json.loads((self.data / "ports.json").read_text())["http"]
            except (OSError, ValueError, KeyError):
                return None
        self.port = wait(up, "ports.json", 60)
        self.said = self.log.read_text()[seen:]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def welcome(self) -> str:
        """The path of the one-time link."""
        return wait(lambda: re.search(r"/(welcome#\S+)", self.log.read_text()), "the sign-in link")[1]

    def end(self, how=signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)

    def write(self, name: str, size: int = 2_000, folder=None) -> None:
        path = (folder or self.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Moved into place: a file that is being written while its new folder is first looked at is rightly told twice, and tests count events.
        whole = self.root / "being-written"
        whole.write_bytes(os.urandom(min(size, 1 << 16)) + b"\0" * max(0, size - (1 << 16)))
        os.replace(whole, path)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)
