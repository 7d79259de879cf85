"""Secrets: where a session of signing in, tokens, tickets and mistakes may leave traces, and must not."""
import base64
import contextlib
import json
import os
import pathlib
import pty
import subprocess

from common import run
from flux import BINARY, Server

PASSWORD = "PLANTED password one"
TYPED = "PLANTED-typed-by-mistake"


def nothing_is_told(scratch):
    """neither log, event, answer, file nor terminal holds a password, token, ticket, cookie or welcome link"""
    data, errors = scratch / "data", scratch / "errors"
    secrets, answers = {PASSWORD, TYPED}, []
    with Server(data, "--log-level", "trace", "--log-format", "json", auth="password", stderr=errors) as server:
        welcome = server.welcome
        secrets.add(welcome)

        def ask(method, path, body=None, headers=None, keep=True):
            status, head, text = server.request(method, path, body, headers)
            if keep:
                answers.append(text.decode())
            return status, head, text

        ask("POST", "/api/auth/welcome", {"token": TYPED, "username": "ada", "password": PASSWORD})
        ask("POST", "/api/auth/welcome", {"token": welcome, "username": "a b", "password": PASSWORD})
        ask("POST", "/api/auth/welcome", {"token": welcome, "username": "ada", "password": "P!"})
        status, head, text = ask("POST", "/api/auth/welcome", {"token": welcome, "username": "ada", "password": PASSWORD, "issue_token": True}, keep=False)
        assert status == 200, text
        signed = json.loads(text)
        cookie = head["Set-Cookie"].split(";")[0]
        secrets |= {cookie.split("=")[1], signed["csrf_token"], signed["access_token"]}
        # A person types the password where the name belongs, and wrong ones.
        ask("POST", "/api/auth/login", {"username": TYPED, "password": TYPED})
        ask("POST", "/api/auth/login", {"username": "ada", "password": TYPED})
        ask("POST", "/api/auth/login", "{" + TYPED, {"Content-Type": "application/json"})
        ask("POST", "/api/auth/welcome", {"token": welcome, "username": "eve", "password": PASSWORD})
        ask("POST", "/api/auth/logout", "", {"Cookie": cookie, "X-CSRF-Token": TYPED})
        ask("GET", "/api/stream/stats", headers={"Cookie": "cloudflux_session=" + TYPED})
        ask("GET", "/api/stream/stats", headers={"Authorization": "Bearer " + TYPED})
        ask("GET", "/api/stream/stats", headers={"Authorization": "Basic " + base64.b64encode(TYPED.encode()).decode()})
        made = json.loads(run("token", "create", "feeder", "--scope", "ingest", "--json", "--data", data).stdout)
        secrets.add(made["token"])
        bearer = {"Authorization": "Bearer " + made["token"]}
        assert ask("POST", "/api/stream/events", {"type": "test.secret", "data": {}}, bearer)[0] == 202
        assert ask("GET", "/api/stream/events", headers=bearer)[0] == 403
        admin = {"Authorization": "Bearer " + signed["access_token"]}
        status, _, text = ask("POST", "/api/auth/ticket", "", admin, keep=False)
        assert status == 200, text
        ticket = json.loads(text)["ticket"]
        secrets.add(ticket)
        # A ticket in an address: refused twice, and named in no line.
        for path in (f"/ws/stream?token={ticket}", f"/ws/stream?token={ticket}", f"/ws/stream?token={TYPED}", f"/api/stream/live?token={TYPED}",
                     f"/api/nowhere?token={TYPED}&x={ticket}"):
            ask("GET", path, headers={"Connection": "close"})
        ask("GET", "/healthz", headers={"X-Request-Id": "plain", "Cookie": cookie})
        for command in (["user", "list"], ["token", "list"], ["token", "list", "--json"], ["user", "list", "--json"], ["token", "revoke", "feeder"]):
            done = run(*command, "--data", data)
            answers.append(done.stdout + done.stderr)
        done = run("user", "passwd", "ada", "--data", data, stdin=PASSWORD + " again\n")
        answers.append(done.stdout + done.stderr)
        for token in (TYPED, made["token"]):
            done = run("events", "--server", f"http://127.0.0.1:{server.port}", "--token", token, code=1)
            answers.append(done.stdout + done.stderr)
        answers.append(run("events", "--from", "earliest", "--json", "--data", data).stdout)
        answers.append(run("config", "show", env={"CLOUDFLUX_TOKEN": TYPED}).stdout)
        assert server.stop() == 0
    lines = errors.read_text()
    assert lines.count("\n") > 10 and "sign-in refused" in lines, "the log must have something to say"
    for place, text in [("log", lines)] + [(f"answer {n}", text) for n, text in enumerate(answers)]:
        for secret in secrets:
            assert secret not in text, f"{place} holds a secret: …{text[max(0, text.index(secret) - 80):][:200]}"
    for file in sorted(pathlib.Path(data).rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            for secret in secrets:
                assert secret.encode() not in content, f"{file} holds a secret in the clear"
    fields = set()
    for line in lines.splitlines():
        fields |= set(json.loads(line))
        assert {"time", "level", "logger", "message"} <= set(json.loads(line)), line
    assert {"request_id", "address"} <= fields and not any("." in name for name in fields), fields


def sign_in_line(scratch):
    """the sign-in link is printed while nobody has an account, on every start anew, and never with --auth none"""
    def started(auth):
        with Server(scratch / "data", auth=auth) as server:
            welcome = scratch / "data/welcome"
            if auth == "password" and server.welcome:
                assert welcome.stat().st_mode & 0o777 == 0o600 and server.welcome in welcome.read_text()
            else:
                assert not welcome.exists()
            assert server.stop() == 0
            assert not welcome.exists()
            rest = []
            while (line := server.lines.get(timeout=60)) is not None:
                rest.append(line)
            return server.welcome, rest

    first, second = started("password")[0], started("password")[0]
    assert first and second and first != second
    assert started("none") == (None, [])


def typed_twice(scratch):
    """at a terminal a new password is asked for twice, shown never, and refused where the two differ"""
    def type_in(*lines):
        master, slave = pty.openpty()
        process = subprocess.Popen([BINARY, "user", "add", "ada", "--data", str(scratch / "data")], stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        seen = b""
        with contextlib.closing(os.fdopen(master, "rb+", buffering=0)) as terminal:
            for prompt, line in zip((b"ada: ", b"again: "), lines):
                while not seen.endswith(prompt):
                    seen += terminal.read(256)
                terminal.write(line.encode() + b"\n")
            with contextlib.suppress(OSError):
                while piece := terminal.read(256):
                    seen += piece
        return process.wait(30), seen.decode()

    (scratch / "data").mkdir(mode=0o700)
    code, seen = type_in(PASSWORD, PASSWORD + "x")
    assert code == 2 and "not the same" in seen and PASSWORD not in seen, (code, seen)
    assert json.loads(run("user", "list", "--json", "--data", scratch / "data").stdout) == []
    code, seen = type_in(PASSWORD, PASSWORD)
    assert code == 0 and PASSWORD not in seen, (code, seen)
    assert TYPED not in run("config", "show", "--public-url", f"https://ada:{TYPED}@flux.example.com").stdout
