"""The servers that are measured, each a program: ``python peers.py NAME`` prints its port.

They answer ``GET /api/hello`` with the same small JSON object.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HELLO = {"message": "hello", "n": 1}


def quick_htag() -> None:
    """This package, as a user writes it."""
    from quick_htag import create_server

    server = create_server(("", 0))
    server.suppress_noise = True
    server.no_command_loop = True

    @server.json_get("/api/hello", 0)
    def hello(req: object, args: object) -> dict[str, object]:
        return HELLO

    announce(server.server_address[1])
    server.serve_forever()


def http_server() -> None:
    """The standard library with HTTP/1.1 and TCP_NODELAY."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = json.dumps(HELLO).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Both servers log nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024

    server = Server(("127.0.0.1", 0), Handler)
    announce(server.server_address[1])
    server.serve_forever()


def announce(port: int) -> None:
    """Tell the benchmark where this server is."""
    print(port, flush=True)


PEERS = {"quick_htag": quick_htag, "http.server": http_server}

if __name__ == "__main__":
    PEERS[sys.argv[1]]()
