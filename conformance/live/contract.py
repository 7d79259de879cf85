"""The live protocol as docs/live-protocol.md promises it, seen by an independent WebSocket client."""

import cases.documented  # noqa: F401
import cases.reading  # noqa: F401
import cases.staying  # noqa: F401
import cases.talking  # noqa: F401
from harness import main

main("live contract")
