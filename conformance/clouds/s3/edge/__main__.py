"""python -m edge --key AKID:SECRET [--port 0] [--log-delay 1] [--restore-delay 0] [--day 86400]

Prints `ready http://127.0.0.1:PORT` once it listens; SIGTERM ends it with exit code 0.
"""
import argparse
import logging
import signal
import sys
import threading
import time
from email.utils import formatdate

from werkzeug.serving import WSGIRequestHandler, make_server

from . import access_logs, patches, restores
from .app import Edge
from .state import Settings

HOST = "127.0.0.1"


class Handler(WSGIRequestHandler):
    """HTTP/1.1, small answers at once, and the server's own clock. werkzeug closes the connection after each answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + Settings.skew if timestamp is None else timestamp, usegmt=True)


def housekeeping():
    """What happens without a request, five times a second."""
    while True:
        time.sleep(0.2)
        for job in (access_logs.deliver, restores.finish):
            try:
                job()
            except Exception:
                logging.exception("housekeeping")


def main():
    parser = argparse.ArgumentParser(prog="edge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--key", action="append", required=True, metavar="AKID:SECRET", help="may be given several times")
    parser.add_argument("--log-delay", type=float, default=1, help="seconds before access logs are delivered")
    parser.add_argument("--restore-delay", type=float, default=0, help="seconds that a restore takes")
    parser.add_argument("--day", type=float, default=86400, help="seconds in a day of a restored copy's life")
    options = parser.parse_args()
    Settings.keys = dict(key.split(":", 1) for key in options.key)
    Settings.log_delay, Settings.restore_delay, Settings.day = options.log_delay, options.restore_delay, options.day
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    patches.install()
    server = make_server(HOST, options.port, Edge(), threaded=True, request_handler=Handler)
    threading.Thread(target=housekeeping, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"ready http://{HOST}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
