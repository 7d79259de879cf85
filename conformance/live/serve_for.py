"""Starts a server, runs a command with URL, PORT in its environment, stops the server: `serve_for.py [options] -- command`."""

import os
import subprocess
import sys

from harness import Server

cut = sys.argv.index("--")
with Server(*sys.argv[1:cut]) as server:
    os.environ.update(URL=f"http://127.0.0.1:{server.port}", PORT=str(server.port))
    sys.exit(subprocess.run(sys.argv[cut + 1:]).returncode)
