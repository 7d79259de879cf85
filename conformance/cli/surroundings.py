"""What a machine may put in the way: ports, folders, disks, other servers, the network."""
import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

from common import post, refused, run
from flux import BINARY, Server, Skip, wait_for


def nobody():
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("nobody").pw_uid


@contextlib.contextmanager
def mounted(folder, options):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        raise Skip("this machine allows no mount: " + done.stderr.strip()[:100])
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder])


def addresses(scratch):
    """a port in use and an address that is not ours: exit 1, and what to do"""
    with Server(scratch / "a") as server:
        refused("serve", "--listen", f"127.0.0.1:{server.port}", "--data", scratch / "b", "--auth", "none", code=1,
                says=(str(server.port), "another program", "choose another port"))
        assert server.json("GET", "/healthz")
    for listen, says in (("192.0.2.7:8000", "no such address"), ("nosuch.invalid:8000", "no host of that name")):
        refused("serve", "--listen", listen, "--data", scratch / "b", code=1, says=(listen, says))
    # What failed to listen leaves nothing that says it serves.
    assert not {"ports.json", "server.json", "welcome"} & {p.name for p in (scratch / "b").iterdir()}


def data_folders(scratch):
    """a data folder that is a file, of another server, of a newer version, below nothing: exit 1, words, nothing changed"""
    serve = lambda data, code=1, **more: refused("serve", "--listen", "127.0.0.1:0", "--data", data, "--auth", "none", code=code,
                                                 **more)
    (scratch / "file").write_text("")
    serve(scratch / "file", says="not a folder")
    serve(scratch / "none/such/folder", says=("none/such/folder", "No such file"))
    with Server(scratch / "a") as server:
        serve(scratch / "a", says=("in use", str(server.process.pid)))
        refused("log", "repair", "--data", scratch / "a", code=1, says=("in use", str(server.process.pid)))
        post(server, {"id": "kept", "type": "test.kept", "data": {}})
        assert server.stop() == 0
    meta = scratch / "a/log/meta.json"
    text = meta.read_text()
    meta.write_text(re.sub(r'("format[a-z_]*":\s*)\d+', r"\g<1>999", text))
    before = sorted((p.name, p.stat().st_size) for p in (scratch / "a/log/events-0").iterdir())
    serve(scratch / "a", code=65, says=("newer",))
    assert before == sorted((p.name, p.stat().st_size) for p in (scratch / "a/log/events-0").iterdir())
    meta.write_text(text)
    with Server(scratch / "a") as server:
        assert [e["id"] for e in server.export("&filter=type%3Atest.kept")] == ["kept"]
    for command in (["events"], ["user", "list"], ["token", "list"], ["backup", scratch / "b.tar"]):
        refused(*command, "--data", scratch / "nowhere", code=1, says="nowhere")
    for command in ("verify", "stats", "repair"):
        refused("log", command, "--data", scratch / "nowhere", code=66, says="nowhere")


def stranger(scratch):
    """the port of a server that was killed is somebody else's now: a command on its folder sends nothing there"""
    server = Server(scratch / "data").start()
    run("store", "list", "--data", scratch / "data")
    port = server.port
    server.kill()
    assert (scratch / "data/server.json").exists()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        listener.settimeout(0.2)
        for command in (["store", "list"], ["events"], ["store", "list", "--token", "cfx_secret"]):
            refused(*command, "--data", scratch / "data", code=1, says=("no server is running", "cloudflux serve"))
        try:
            listener.accept()
            raise AssertionError("a command connected to a stranger")
        except TimeoutError:
            pass
    # A server that is asked to stop takes its address away before it gives its port back.
    server.start()
    holder = socket.create_connection(("127.0.0.1", server.port))
    holder.sendall(b"GET /api/stream/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    holder.recv(1)
    server.process.send_signal(signal.SIGSTOP)
    server.process.send_signal(signal.SIGTERM)
    server.process.send_signal(signal.SIGCONT)
    wait_for(lambda: not (scratch / "data/server.json").exists(), "the address is gone")
    holder.close()
    assert server.process.wait(40) == 0


def rights(scratch):
    """folders that may not be read or written: exit 1, and which rights to look at"""
    user = nobody()
    if user is None:
        raise Skip("only root can play somebody else")
    scratch.chmod(0o755)
    with Server(scratch / "a") as server:
        server.stop()
    (scratch / "shut").mkdir(mode=0o755)
    refused("serve", "--data", scratch / "shut", code=1, user=user, says=("cannot be written", "Permission denied", "--data"))
    refused("serve", "--data", scratch / "shut/new", code=1, user=user, says="Permission denied")
    refused("serve", "--data", scratch / "a", code=1, user=user, says="Permission denied")
    refused("user", "list", "--data", scratch / "a", code=1, user=user, says="Permission denied")
    for command in ("verify", "stats"):
        refused("log", command, "--data", scratch / "a", code=77, user=user, says="Permission denied")
    refused("backup", scratch / "b.tar", "--data", scratch / "a", code=1, user=user)


def read_only(scratch):
    """a data folder on a read-only file system: exit 1, words, and the log is untouched"""
    with mounted(scratch / "disk", "size=80m") as disk:
        with Server(disk / "data") as server:
            post(server, {"id": "kept", "type": "test.kept", "data": {}})
            assert server.stop() == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        refused("serve", "--listen", "127.0.0.1:0", "--data", disk / "data", "--auth", "none", code=1, says=("Read-only", "data"))
        assert "sound" in run("log", "verify", "--data", disk / "data").stdout
        refused("user", "add", "ada", "--data", disk / "data", code=1, stdin="correct horse battery\n", says="state.sqlite")


def full(scratch):
    """a full disk: no start that pretends, no half backup; with space again all goes on"""
    with mounted(scratch / "disk", "size=48m") as disk:
        with Server(disk / "data", "--disk-reserve", "4MiB") as server:
            post(server, {"id": "kept", "type": "test.kept", "data": {}})
            assert server.stop() == 0
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 65536)
        refused("backup", disk / "b.tar", "--data", disk / "data", code=1, says="full")
        assert not list(disk.glob("b.tar*"))
        run("backup", scratch / "b.tar", "--data", disk / "data")
        refused("restore", scratch / "b.tar", "--data", disk / "again", code=1, says="No space left")
        assert not list(disk.glob("again*"))
        for data in ("data", "new"):
            refused("serve", "--listen", "127.0.0.1:0", "--data", disk / data, "--auth", "none", code=1, says=(f"disk/{data}", "full"))
        assert "sound" in run("log", "verify", "--data", disk / "data").stdout
        filler.unlink()
        with Server(disk / "data", "--disk-reserve", "4MiB") as server:
            post(server, {"id": "later", "type": "test.kept", "data": {}})
            assert [e["id"] for e in server.export("&filter=type%3Atest.kept")] == ["kept", "later"]


def unheard_of(scratch):
    """a server that cannot say where it listens ends, and says why"""
    data = scratch / "data"
    with Server(data) as server:
        assert server.stop() == 0
    (data / "ports.json.new").mkdir()
    refused("serve", "--listen", "127.0.0.1:0", "--data", data, "--auth", "none", code=1, says=("ports.json", "nobody could find the server"))
    (data / "ports.json.new").rmdir()
    with Server(data) as server:
        assert server.stop() == 0


def no_output(scratch):
    """a server whose standard output is gone serves all the same: its address is in its folder"""
    data = scratch / "data"
    with open("/dev/full", "w") as full:
        process = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data, "--auth", "none"], stdout=full, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: process.poll() is None and (data / "server.json").exists(), "the server is there")
        post_line = scratch / "one.nd"
        post_line.write_text('{"id":"a","type":"test.gone","data":{}}\n')
        run("import", post_line, "--data", data)
    finally:
        process.terminate()
        assert process.wait(60) == 0


def stores(scratch):
    """a store that is missing, unreadable, overlapping, ours, or vanishes: told, and the server goes on"""
    folder, data, errors = scratch / "files", scratch / "data", scratch / "errors"
    with Server(data, "--store", f"file://{folder}", stderr=errors) as server:
        assert server.json("GET", "/api/stores")["stores"] == []
        wait_for(lambda: "does not exist" in errors.read_text(), "the log says what is missing")
        assert "tried again" in errors.read_text()
        for url, status, word in ((f"file://{folder}", 422, "does not exist"), (f"file://{data}", 422, "data folder"),
                                  (f"file://{data}/log", 422, "data folder"), (f"file://{errors}", 422, "folder"),
                                  ("az://account/box", 422, "az://"), ("nonsense", 422, "file:///folder")):
            problem = server.json("POST", "/api/stores", {"url": url}, status=status)
            assert word in problem["detail"], problem
            # What `serve` would refuse in its settings is usage here as well; what is there and cannot be watched is not.
            is_usage = not url.startswith("file://")
            told = refused("store", "add", url, "--data", data, code=2 if is_usage else 1, says=word)
            assert is_usage or str(status) in told
        refused("store", "add", f"file://{folder}?ignor=x", "--data", data, code=2, says="ignor")
        folder.mkdir()
        (folder / "a.txt").write_text("a")
        # The configured store is found by itself once its folder is there.
        wait_for(lambda: [s["state"] for s in server.json("GET", "/api/stores")["stores"]] == ["watching"], "it is watched", 40)
        for url, code in ((f"file://{scratch}", 1), (f"file://{folder}/.", 2), (f"file://{folder}", 1)):
            refused("store", "add", url, "--data", data, code=code)
        # Gone at one stroke: what is removed from a folder that is still there would rightly be told.
        folder.rename(scratch / "elsewhere")
        wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "away", "it is away")
        assert not server.export("&filter=type%3Acloud.delete")
        one = server.json("GET", "/api/stores")["stores"][0]
        assert one["message"], one
        refused("store", "pause", "st_none", "--data", data, code=1, says="st_none")
        assert server.stop() == 0
    # Away is no reason not to start.
    with Server(data, "--store", f"file://{folder}") as server:
        wait_for(lambda: server.json("GET", "/api/stores")["stores"][0]["state"] == "away", "it is away still")


def signals(scratch):
    """a second SIGTERM stops at once while the first one drains; an echo of the first is none"""
    import http.client

    def waiting(server):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.putrequest("POST", "/api/stream/events")
        connection.putheader("Content-Length", "1000")
        connection.putheader("Content-Type", "application/json")
        connection.endheaders()
        connection.send(b"[")
        return connection

    with Server(scratch / "data", "--drain-timeout", "30s") as server:
        connection = waiting(server)
        time.sleep(0.3)
        process = server.process
        process.send_signal(signal.SIGTERM)
        # timeout(1) signals the process and then its group.
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None, "the first signal must wait for the request"
        process.send_signal(signal.SIGTERM)
        process.wait(5)
        connection.close()


def hangup(scratch):
    """a terminal that closes drains and stops the server, unless it was started with nohup"""
    with Server(scratch / "data") as server:
        post(server, {"id": "kept", "type": "test.kept", "data": {}})
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(30) == 0
        assert not {"ports.json", "server.json"} & {p.name for p in (scratch / "data").iterdir()}
    with Server(scratch / "data", wrapper=["nohup"]) as server:
        status = open(f"/proc/{server.process.pid}/status").read()
        assert int(re.search(r"SigIgn:\s*(\w+)", status)[1], 16) & 1, "SIGHUP stays ignored"
        server.process.send_signal(signal.SIGHUP)
        assert [e["id"] for e in server.export("&filter=type%3Atest.kept")] == ["kept"]
        assert server.stop() == 0


def modes(scratch):
    """whatever the umask, nobody but its owner may read a file of the data folder"""
    data = scratch / "data"
    (scratch / "files").mkdir()
    open_to_others = lambda: {p.name for p in data.rglob("*") if p.is_file() and p.stat().st_mode & 0o077}
    before = os.umask(0)
    try:
        with Server(data, "--store", f"file://{scratch / 'files'}", auth="password") as server:
            run("user", "add", "ada", "--data", data, stdin="correct horse battery\n")
            assert (data / "ports.json").exists() and not open_to_others(), open_to_others()
            assert server.stop() == 0
        assert not open_to_others(), open_to_others()
    finally:
        os.umask(before)


class Listener:
    """A server that is none: says `words` to whoever connects, with TLS where it has a certificate."""

    def __init__(self, words=b"", certificate=None):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.words, self.context = self.socket.getsockname()[1], words, None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            with contextlib.suppress(OSError), connection:
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                connection.recv(4096)
                connection.sendall(self.words)


def network(scratch):
    """a server that cannot be reached is told in a sentence that says what to do, exit 1"""
    def ask(url, *says):
        for command in (["events"], ["events", "--follow"], ["export"], ["store", "list"]):
            told = refused(*command, "--server", url, code=1, says=says)
            for raw in ("Error", "errno", "NIO", "SSL_", "(error"):
                assert raw not in told.replace("SSL_CERT_FILE", ""), told

    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    ask(f"http://127.0.0.1:{closed}", "nothing listens at", "Check the address")
    ask("http://nosuch.invalid", "no host nosuch.invalid")
    ask(f"http://127.0.0.1:{Listener().port}", "connection")
    ask(f"http://127.0.0.1:{Listener(b'SSH-2.0-OpenSSH_9.2' + bytes([13, 10])).port}", "not HTTP")
    ask(f"http://127.0.0.1:{Listener(b'HTTP/1.1 502 Bad Gateway' + bytes([13, 10, 13, 10])).port}", "502")
    ask(f"https://127.0.0.1:{Listener(b'HTTP/1.1 400 Bad Request' + bytes([13, 10, 13, 10])).port}", "does not speak TLS", "http://")
    if not shutil.which("openssl"):
        raise Skip("there is no openssl here")
    cert, key = scratch / "c.pem", scratch / "k.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    tls = Listener(b"", (cert, key))
    ask(f"https://localhost:{tls.port}", "certificate", "not trusted", "SSL_CERT_FILE=")
    with Server(scratch / "data", "--tls-cert", cert, "--tls-key", key) as server:
        ask(f"https://localhost:{server.port}", "not trusted")
        run("export", "--server", f"https://localhost:{server.port}", env={"SSL_CERT_FILE": str(cert)})
        for wrong in (scratch / "none.pem", key):
            refused("export", "--server", f"https://localhost:{server.port}", code=1, env={"SSL_CERT_FILE": str(wrong)},
                    says=(f"{wrong} (SSL_CERT_FILE)", "PEM"))


def people(scratch):
    """what is done to people and tokens is told as JSON; lists need no right to write; an expired name is free again"""
    data, env = scratch / "data", {"CLOUDFLUX_DATA": str(scratch / "data")}
    told = lambda *words, stdin=None: json.loads(run(*words, "--json", stdin=stdin, env=env).stdout)
    user = told("user", "add", "ada", "--scope", "read", stdin="a long sentence\n")
    assert user["name"] == "ada" and user["scopes"] == ["read"] and told("user", "list") == [user]
    assert told("user", "passwd", "ada", stdin="another long sentence\n") == {"name": "ada", "changed": True}
    made = told("token", "create", "ci", "--scope", "read", "--expires", "500ms")
    end = time.time() + 0.6
    wait_for(lambda: time.time() > end, "it has expired")
    again = told("token", "create", "CI", "--scope", "ingest")
    assert again["id"] != made["id"] and [t["id"] for t in told("token", "list")] == [again["id"]]
    refused("token", "create", "ci", "--scope", "read", code=1, says="ci", env=env)
    looks = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && "$1" user list --json && "$1" token list --json'
    done = subprocess.run(["unshare", "-m", "sh", "-c", looks, data, BINARY], capture_output=True, text=True, env={**os.environ, **env})
    if "unshare" not in done.stderr and "mount:" not in done.stderr:
        assert done.returncode == 0 and "ada" in done.stdout and again["id"] in done.stdout, done
    assert told("token", "revoke", "ci") == {"id": again["id"], "name": "CI", "prefix": again["prefix"], "revoked": True}
    assert told("user", "remove", "ada") == {"name": "ada", "removed": True}
    refused("backup", scratch / "no/such/b.tar", code=1, says=("no folder", "no/such", "make it"), env=env)


def every_address(scratch):
    """listening on all addresses, the sign-in link is one that a browser can open, and it is said how from elsewhere"""
    # In a network of its own: nobody else shall reach it.
    alone = ["unshare", "-n"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        raise Skip("this machine allows no network of its own")
    for listen in ("0.0.0.0:0", "[::]:0"):
        process = subprocess.Popen([*alone, BINARY, "serve", "--listen", listen, "--data", scratch / "data"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        try:
            listening, link = process.stdout.readline(), process.stdout.readline()
            process.terminate()
            elsewhere = process.stdout.read()
            assert listening.startswith("listening on http://" + listen[:-1]), listening
            port = listening.strip().rpartition(":")[2]
            assert link.startswith(f"sign in: http://localhost:{port}/welcome#"), link
            assert "IP address" in elsewhere and "--public-url" in elsewhere, elsewhere
        finally:
            process.terminate()
            assert process.wait(60) == 0


def backups(scratch):
    """a backup's name outlasts a power cut: its folder is synced after the rename; a restore's too"""
    if not shutil.which("strace"):
        raise Skip("there is no strace here")
    with Server(scratch / "data") as server:
        post(server, *[{"id": f"b{n}", "type": "test.kept", "data": {}} for n in range(50)])
        server.stop()
    trace = scratch / "trace"
    strace = ("strace", "-f", "-y", "-e", "trace=rename,renameat,renameat2,fsync", "-o", trace)
    probe = subprocess.run([*strace, "true"], capture_output=True)
    if probe.returncode:
        raise Skip("tracing is not permitted here")
    for arguments, final in ((["backup", scratch / "b.tar", "--data", scratch / "data"], "b.tar"),
                             (["restore", scratch / "b.tar", "--data", scratch / "copy"], "copy")):
        run(*arguments, wrapper=strace)
        lines = trace.read_text().splitlines()
        renamed = max(i for i, line in enumerate(lines) if re.search(rf'rename.*"{re.escape(str(scratch))}/{final}"', line))
        assert any(re.search(rf"fsync\(\d+<{re.escape(str(scratch))}>\)\s+= 0", line) for line in lines[renamed:]), lines[renamed:]
        assert any("fsync(" in line for line in lines[:renamed]), "the content is synced before it has its name"
