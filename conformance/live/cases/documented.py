"""What the documents show works as it stands there."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import Server, case, event, flux

DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs/live-protocol.md"


@case
def the_client_of_live_protocol_md_misses_nothing_and_ends_when_it_may_not_read():
    code = re.search(r"```python\n(.*?)```", DOCUMENT.read_text().split("## A client in")[1], re.S)[1]
    with Server(auth="password") as server, tempfile.TemporaryDirectory(prefix="cloudflux-") as folder:
        script, out = pathlib.Path(folder) / "follow.py", pathlib.Path(folder) / "out"
        script.write_text(code.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"))
        server.options += ["--listen", f"127.0.0.1:{server.port}"]

        def client(token):
            return subprocess.Popen([sys.executable, "-u", script], stdout=out.open("a"), stderr=subprocess.DEVNULL, env={**os.environ, "TOKEN": token})

        def told():
            return [int(n) for n in re.findall(r"file-(\d+)\.txt", out.read_text())]

        admin = {"Authorization": "Bearer " + server.command("token", "create", "poster", "--scope", "admin").strip()}
        reader = client(server.command("token", "create", "follower", "--scope", "read").strip())
        try:
            def is_there():
                return server.json("GET", "/api/stream/stats", headers=admin)["active_websocket_connections"] == 1

            flux.wait_for(is_there, "the client is there")
            server.post([event(0)], admin)
            flux.wait_for(lambda: told() == [0], "the first event")
            server.kill()
            server.start()
            server.post([event(1)], admin)
            flux.wait_for(lambda: told() == [0, 1], "what came after a kill")
            assert server.stop() == 0
            server.start()
            server.post([event(2)], admin)
            flux.wait_for(lambda: told() == [0, 1, 2], "what came after a restart")
            flux.wait_for(is_there, "the client is back")
            server.command("token", "revoke", "follower")
            assert reader.wait(15) != 0
            assert client("cfx_nonsense").wait(15) != 0
        finally:
            reader.kill()
            reader.wait()
