"""Clients of a stream: helpers for `websockets`, and a WebSocket and an SSE reader by hand."""

import asyncio
import base64
import json
import os
import re
import socket
import struct
import time
import urllib.parse

import websockets

CURSOR = re.compile(r"^[A-Za-z0-9_-]{1,1024}$")


def offset(cursor):
    """The offset among the real events that a cursor stands at. Cursors are opaque to everybody but a judge."""
    return int(re.search(r"-e0-(\d+)", cursor)[1])


async def receive(ws, timeout=60):
    return json.loads(await asyncio.wait_for(ws.recv(), timeout))


async def expect(ws, *types, timeout=60):
    """The next message that is no heartbeat."""
    while True:
        message = await receive(ws, timeout)
        if message["type"] == "heartbeat" and "heartbeat" not in types:
            continue
        assert message["type"] in types, f"expected {types}, got {message}"
        return message


async def events(ws, count, timeout=120):
    """So many events, whatever the form, in order; other messages but heartbeats fail."""
    found = []
    while len(found) < count:
        message = await expect(ws, "event", "events", timeout=timeout)
        found += message["data"] if message["type"] == "events" else [message["data"]]
    return found


async def nothing(ws, seconds=0.7):
    """Nothing but heartbeats comes."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = await receive(ws, left)
        except TimeoutError:
            return
        assert message["type"] == "heartbeat", f"unexpected {message}"


async def close_code(ws, timeout=60):
    while True:
        try:
            await asyncio.wait_for(ws.recv(), timeout)
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None, closed.rcvd.reason if closed.rcvd else ""


async def say(ws, **message):
    await ws.send(json.dumps(message))
    return await expect(ws, "ack", "error")


class Raw:
    """A WebSocket by hand: it does only what it is told, so that it can be slow, silent or rude."""

    def __init__(self, server, headers="", query=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", server.port))
        target = "/ws/stream" + (("?" + urllib.parse.urlencode(query)) if query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._some()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def _some(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server ended the connection")
        return data

    def _take(self, count):
        while len(self.buffer) < count:
            self.buffer += self._some()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def frame(self):
        first, second = self._take(2)
        length = second & 127
        if length == 126:
            length = struct.unpack(">H", self._take(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._take(8))[0]
        return first & 15, self._take(length)

    def send(self, opcode, payload, rsv=0):
        mask = os.urandom(4)
        length = len(payload)
        head = bytes([0x80 | rsv | opcode])
        head += bytes([0x80 | length]) if length < 126 else bytes([0xFE]) + struct.pack(">H", length)
        self.socket.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))

    def message(self):
        while True:
            opcode, payload = self.frame()
            if opcode == 9:
                self.send(10, payload)
            elif opcode == 1:
                return json.loads(payload)
            elif opcode == 8:
                raise EOFError(f"closed with {struct.unpack('>H', payload[:2])[0]}")

    def close_code(self, answer_pings=True):
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                return struct.unpack(">H", payload[:2])[0]
            if opcode == 9 and answer_pings:
                self.send(10, payload)

    def is_cut(self):
        """Whether the server has ended it: reads what is left."""
        self.socket.settimeout(5)
        try:
            while True:
                self._some()
        except TimeoutError:
            return False
        except (EOFError, ConnectionError):
            return True


class SSE:
    def __init__(self, server, last=None, **query):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 20)
        target = "/api/stream/live" + (("?" + urllib.parse.urlencode(query)) if query else "")
        extra = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: text/event-stream\r\n{extra}\r\n".encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline()
        assert b" 200 " in status, status
        while line := self.file.readline().strip():
            if line.lower().startswith(b"content-type"):
                assert b"text/event-stream" in line
        self.text = b""

    def _chunk(self):
        size = int(self.file.readline().strip() or b"0", 16)
        data = self.file.read(size)
        self.file.readline()
        if not size:
            raise EOFError
        self.text += data

    def next(self):
        while b"\n\n" not in self.text:
            self._chunk()
        block, self.text = self.text.split(b"\n\n", 1)
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
        return fields["event"], fields.get("id"), json.loads(fields["data"])

    def rest(self):
        try:
            while True:
                yield self.next()
        except (EOFError, ValueError, OSError):
            return

    def close(self):
        self.socket.close()
