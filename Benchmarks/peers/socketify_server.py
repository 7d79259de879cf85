"""A broadcast over socketify (uWebSockets): what is sent to /pub is published to everybody else. PORT is the only argument."""
import sys

from socketify import App, AppListenOptions, CompressOptions, OpCode

app = App()
settings = {"compression": CompressOptions.DISABLED, "max_payload_length": 1 << 20, "idle_timeout": 120, "max_backpressure": 64 << 20}
app.ws("/ws/stream", {**settings, "open": lambda socket: socket.subscribe("events")})
app.ws("/pub", {**settings, "message": lambda socket, text, opcode: app.publish("events", text, OpCode.TEXT)})
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"), lambda config: None)
app.run()
