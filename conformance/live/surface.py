"""What describes the server, and its other forms: AsyncAPI, schemas, CloudEvents, tickets, lists and exports."""

import cases.cloudevents  # noqa: F401
import cases.described  # noqa: F401
import cases.history  # noqa: F401
from harness import main

main("live surface")
