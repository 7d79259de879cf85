"""The systemd unit, and what the server tells a service manager."""
import contextlib
import os
import re
import shutil
import signal
import socket
import time

from flux import ROOT, Skip
from packed import serving, sh, unpacked

UNIT = ROOT / "packaging/systemd/cloudflux.service"
# systemd's measure, from 0 (locked away) to 10. What is left: it listens on the network, and sees the machine's folders.
EXPOSURE = 1.2


def strict(scratch):
    """the unit is well-formed, and its exposure as systemd measures it stays low"""
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not installed")
    told = sh("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={int(EXPOSURE * 10)}", UNIT)
    exposure = float(re.search(r"Overall exposure level for cloudflux.service: ([\d.]+)", told)[1])
    assert exposure <= EXPOSURE, told
    # `verify` wants the program where the unit says.
    copy = scratch / "cloudflux.service"
    copy.write_text(UNIT.read_text().replace("ExecStart=cloudflux", f"ExecStart=\"{unpacked() / 'bin/cloudflux'}\""))
    sh("systemd-analyze", "verify", "--man=no", copy)


@contextlib.contextmanager
def manager(path):
    """A service manager's socket, as sd_notify(3) describes it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(path)
        listening.settimeout(20)
        yield listening


def notices(scratch):
    """READY once it serves, WATCHDOG while its loops answer, STOPPING with the time it may take; on a path and on an abstract name"""
    for number, path in enumerate((str(scratch / "notify"), f"\0cloudflux-{os.getpid()}")):
        with manager(path) as listening:
            name = path.replace("\0", "@")
            data = scratch / f"data{number}"
            server = serving(data, "--drain-timeout", "3s", wrapper=["env", f"NOTIFY_SOCKET={name}", "WATCHDOG_USEC=400000"])
            with server:
                seen = []
                while "READY=1" not in seen:
                    seen.append(listening.recv(4096).decode())
                assert set(seen) <= {"READY=1", "WATCHDOG=1"}, seen
                assert server.json("GET", "/readyz")["ready"] and (data / "ports.json").exists()
                started = time.monotonic()
                for _ in range(6):
                    assert listening.recv(4096) == b"WATCHDOG=1"
                assert 0.5 < time.monotonic() - started < 10, "about five in a second"
                server.process.send_signal(signal.SIGTERM)
                while (text := listening.recv(4096).decode()) == "WATCHDOG=1":
                    pass
                assert text == "STOPPING=1\nEXTEND_TIMEOUT_USEC=19500000", text
                assert server.process.wait(20) == 0


def nobody_listens(scratch):
    """a manager that is gone, or a name that is none, keeps nobody from serving; a watchdog for another process is not answered"""
    for name in (str(scratch / "gone"), "vsock:2:1", "@" + "x" * 200, ""):
        with serving(scratch / "data", wrapper=["env", f"NOTIFY_SOCKET={name}", "WATCHDOG_USEC=nonsense"]) as server:
            assert server.json("GET", "/readyz")["ready"]
            assert server.stop() == 0
    with manager(str(scratch / "notify")) as listening:
        with serving(scratch / "data", wrapper=["env", f"NOTIFY_SOCKET={scratch / 'notify'}", "WATCHDOG_USEC=100000", "WATCHDOG_PID=1"]) as server:
            assert listening.recv(4096) == b"READY=1"
            assert server.stop() == 0
            listening.setblocking(False)
            left = []
            with contextlib.suppress(BlockingIOError):
                while True:
                    left.append(listening.recv(4096))
            assert [text.split(b"\n")[0] for text in left] == [b"STOPPING=1"], left


CASES = [strict, notices, nobody_listens]
