"""Receivers of webhooks on loopback: /quick answers at once, /slow after a while, /dead never.

Prints its port, then counts what arrived; a line on stdin asks for the counts as JSON.
"""

import json
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_SECONDS = 5.0
DEAD_SECONDS = 60.0
counts = Counter()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = self.path.strip("/").partition("/")[0]
        time.sleep({"slow": SLOW_SECONDS, "dead": DEAD_SECONDS}.get(name, 0))
        counts[name] += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Nothing is written to stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        """Who hangs up on a receiver that says nothing is right to do so."""


def main() -> None:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for _ in sys.stdin:
        print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
