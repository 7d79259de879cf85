"""A broadcast over picows: what is sent to /pub goes to everybody else. PORT is the only argument."""
import asyncio
import sys

import picows
import uvloop

readers = set()


class Reader(picows.WSListener):
    def on_ws_connected(self, transport):
        self.transport = transport
        readers.add(transport)

    def on_ws_disconnected(self, transport):
        readers.discard(transport)

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()


class Publisher(picows.WSListener):
    def on_ws_frame(self, transport, frame):
        if frame.msg_type == picows.WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            for reader in readers:
                reader.send(picows.WSMsgType.TEXT, text)
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()


async def main():
    server = await picows.ws_create_server(
        lambda request: Publisher() if request.path == b"/pub" else Reader(), "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


uvloop.run(main())
