"""HTTP/1.1 corner cases of the port that WebSocket and plain HTTP share, with curl and bare sockets."""

import base64
import json
import os
import socket
import subprocess
import time

from harness import Server, case, main


def talk(server, data, half_close=False, timeout=20, pieces=None):
    """Sends bytes and returns everything until the server ends the connection or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout) as link:
        for piece in pieces or [data]:
            link.sendall(piece)
            if pieces:
                time.sleep(0.02)
        if half_close:
            link.shutdown(socket.SHUT_WR)
        link.settimeout(timeout if half_close else 3)
        answer = b""
        try:
            while chunk := link.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        return answer


def upgrade(server, target="/ws/stream", method="GET", version="13", key=None, extra=""):
    key = base64.b64encode(os.urandom(16)).decode() if key is None else key
    return (f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: {version}\r\n{extra}\r\n").encode()


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def get(server, target="/healthz", extra=""):
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{extra}\r\n".encode()


@case
def pipelined_requests_are_answered_in_order():
    with Server() as server:
        answer = talk(server, get(server) * 3 + get(server, extra="Connection: close\r\n"))
        assert answer.count(b"HTTP/1.1 200") == 4, answer


@case
def a_half_closed_connection_still_gets_its_answer():
    with Server() as server:
        answer = talk(server, get(server), half_close=True)
        assert status(answer) == 200, answer


@case
def bytes_one_by_one_are_a_request_too():
    with Server() as server:
        request = get(server, extra="Connection: close\r\n")
        assert status(talk(server, None, pieces=[request[i:i + 1] for i in range(len(request))])) == 200


@case
def slow_headers_and_silence_are_cut_off():
    with Server() as server:
        for start in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "):
            with socket.create_connection(("127.0.0.1", server.port), 5) as link:
                link.sendall(start)
                link.settimeout(40)
                began = time.monotonic()
                try:
                    while link.recv(4096):
                        pass
                except ConnectionError:
                    pass
                assert 5 < time.monotonic() - began < 35, time.monotonic() - began


@case
def an_upgrade_that_is_refused_is_answered_over_http():
    with Server() as server:
        assert status(talk(server, upgrade(server, version="8"))) == 426
        assert b"sec-websocket-version: 13" in talk(server, upgrade(server, version="8")).lower()
        assert status(talk(server, upgrade(server, key="short"))) == 400
        assert status(talk(server, upgrade(server, method="POST"))) in (403, 404, 405, 426)
        assert status(talk(server, upgrade(server, target="/ws/nothing"))) == 404
        foreign = talk(server, upgrade(server, extra="Origin: https://evil.example\r\n"))
        assert status(foreign) == 403 and b"application/problem+json" in foreign.lower(), foreign
        assert status(talk(server, upgrade(server).replace(b"Host: 127.0.0.1", b"Host: evil.example"))) == 403


@case
def messages_right_behind_the_handshake_are_not_lost():
    with Server() as server:
        text = b'{"id":"early","action":"ping"}'
        mask = b"\x01\x02\x03\x04"
        frame = bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(text))
        answer = talk(server, upgrade(server) + frame)
        assert b" 101 " in answer and b'"id":"early"' in answer, answer


@case
def a_websocket_whose_client_half_closes_is_gone():
    with Server() as server:
        answer = talk(server, upgrade(server), half_close=True, timeout=10)
        assert b" 101 " in answer


@case
def curl_may_offer_http2_and_gets_its_answer():
    with Server() as server:
        url = f"http://127.0.0.1:{server.port}/healthz"
        done = subprocess.run(["curl", "-sS", "--http2", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", url],
                              capture_output=True, text=True)
        assert done.stdout == "200", (done.stdout, done.stderr)
        done = subprocess.run(["curl", "-sS", "--http2", "-m", "10", url, url, "-w", "%{http_code}", "-o", "/dev/null", "-o", "/dev/null"],
                              capture_output=True, text=True)
        assert done.stdout == "200200", (done.stdout, done.stderr)


@case
def curl_reads_server_sent_events():
    with Server("--heartbeat", "200ms") as server:
        done = subprocess.run(["curl", "-sS", "-N", "-m", "2", f"http://127.0.0.1:{server.port}/api/stream/live"],
                              capture_output=True, text=True)
        assert done.stdout.startswith("event: connection\nid: v1-"), (done.stdout, done.stderr)
        assert "event: heartbeat" in done.stdout


@case
def headers_too_large_or_broken_are_refused():
    with Server() as server:
        assert status(talk(server, get(server, extra="X: " + "y" * 200_000 + "\r\n"))) in (400, 431)
        assert status(talk(server, b"NONSENSE\r\n\r\n")) == 400
        assert status(talk(server, b"GET / HTTP/1.1\r\nBad Header : x\r\n\r\n")) == 400
        # The server goes on.
        assert status(talk(server, get(server, extra="Connection: close\r\n"))) == 200


@case
def a_plain_request_for_the_websocket_is_told_to_upgrade():
    with Server() as server:
        assert server.request("GET", "/ws/stream")[0] == 426


@case
def gone_readers_are_forgotten():
    with Server("--heartbeat", "200ms", "--ping-interval", "500ms") as server:
        links = []
        for _ in range(20):
            link = socket.create_connection(("127.0.0.1", server.port))
            link.sendall(upgrade(server))
            links.append(link)
        for _ in range(20):
            link = socket.create_connection(("127.0.0.1", server.port))
            link.sendall(get(server, "/api/stream/live"))
            links.append(link)
        time.sleep(1)
        for link in links:
            link.close()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            stats = json.loads(server.request("GET", "/api/stream/stats")[2])
            if stats["active_subscribers"] == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"still counted: {stats}")


if __name__ == "__main__":
    main("live corners")
