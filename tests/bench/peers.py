"""The servers that are measured, each a program: ``python peers.py NAME FOLDER`` prints its port.

All answer the same:

========  ==================  ==================================================================
GET       /api/hello          a small JSON object
POST      /api/echo           how many bytes arrived, as JSON
GET       /api/slow           JSON after 50 ms of waiting in the way that blocks a thread
GET       /files/...          the files of FOLDER
========  ==================  ==================================================================

Each is set up as somebody would who cares for speed: HTTP/1.1, no Nagle, a long backlog, no log.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HELLO = {"message": "hello", "n": 1}
BACKLOG = 1024
PAUSE = 0.05  # seconds
THREADS = 16  # of those that have a pool


def announce(port: int) -> None:
    """Tell the benchmark where this server is."""
    print(port, flush=True)


def listener() -> socket.socket:
    """A socket for servers that take one."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    announce(sock.getsockname()[1])
    return sock


def quick_htag(folder: str) -> None:
    """This package as a user writes it: sessions, middleware, decorators, public options only."""
    from quick_htag import create_server

    server = create_server(("", 0))
    server.suppress_noise = True  # no line for what went well
    server.no_command_loop = True
    server.bind_path("/files/", folder)

    def note(req: Any, args: Any, okay: Any) -> Any:
        args["meta"]["seen"] = True
        return okay

    with server.middlewares(note):

        @server.json_get("/api/hello", 0)
        def hello(req: Any, args: Any) -> dict[str, object]:
            req.session.get("visits")
            return HELLO

        @server.json_get("/api/visit", 0)
        def visit(req: Any, args: Any) -> dict[str, object]:
            req.session["visits"] = 1
            return HELLO

        @server.json_post("/api/echo", 0)
        def echo(req: Any, args: Any) -> dict[str, object]:
            return {"bytes": len(args["post"]["text"])}

        @server.json_get("/api/slow", 0)
        def slow(req: Any, args: Any) -> dict[str, object]:
            time.sleep(PAUSE)
            return HELLO

    announce(server.server_address[1])
    server.serve_forever()


def uvicorn(folder: str) -> None:
    """Uvicorn with uvloop and httptools, and Starlette."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def hello(request: Request) -> JSONResponse:
        return JSONResponse(HELLO)

    async def echo(request: Request) -> JSONResponse:
        return JSONResponse({"bytes": len((await request.json())["text"])})

    def slow(request: Request) -> JSONResponse:
        time.sleep(PAUSE)
        return JSONResponse(HELLO)

    routes = [
        Route("/api/hello", hello),
        Route("/api/echo", echo, methods=["POST"]),
        Route("/api/slow", slow),
        Mount("/files", StaticFiles(directory=folder)),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="critical",
        backlog=BACKLOG,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run(sockets=[listener()])


def http_server(folder: str) -> None:
    """The standard library, tuned."""

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer goes out in one piece

        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=folder)

        def do_GET(self) -> None:
            if self.path == "/api/hello":
                self.answer(HELLO)
            elif self.path == "/api/slow":
                time.sleep(PAUSE)
                self.answer(HELLO)
            else:
                self.path = self.path.removeprefix("/files")
                super().do_GET()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer({"bytes": len(json.loads(body)["text"])})

        def answer(self, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """No log."""

    class Server(ThreadingHTTPServer):
        request_queue_size = BACKLOG
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """A client that has gone is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    announce(server.server_address[1])
    server.serve_forever()


def bottle_app(folder: str) -> Any:
    """The same for WSGI servers, with bottle."""
    import bottle

    app = bottle.Bottle()

    @app.get("/api/hello")
    def hello() -> Any:
        return HELLO

    @app.post("/api/echo")
    def echo() -> Any:
        return {"bytes": len(bottle.request.json["text"])}

    @app.get("/api/slow")
    def slow() -> Any:
        time.sleep(PAUSE)
        return HELLO

    @app.get("/files/<path:path>")
    def file(path: str) -> Any:
        return bottle.static_file(path, root=folder)

    return app


def waitress(folder: str) -> None:
    """Bottle on waitress."""
    import logging

    import waitress

    logging.disable()  # it tells of every request that waits for a thread
    sock = listener()
    waitress.serve(
        bottle_app(folder),
        sockets=[sock],
        threads=THREADS,
        connection_limit=15_000,
        backlog=BACKLOG,
        asyncore_use_poll=True,
    )


def cheroot(folder: str) -> None:
    """Bottle on cheroot."""
    from cheroot.wsgi import Server

    app = bottle_app(folder)
    server = Server(("127.0.0.1", 0), app, numthreads=THREADS, request_queue_size=BACKLOG)
    server.prepare()
    announce(server.bind_addr[1])
    server.serve()


def gunicorn(folder: str) -> None:
    """Bottle on gunicorn: one process with threads, as all of these are one process."""
    from gunicorn.app.base import BaseApplication

    sock = listener()

    class Application(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"fd://{sock.fileno()}")
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", THREADS)
            self.cfg.set("worker_connections", 15_000)
            self.cfg.set("keepalive", 75)
            self.cfg.set("loglevel", "critical")

        def load(self) -> Any:
            return bottle_app(folder)

    Application().run()


PEERS = {
    "quick_htag": quick_htag,
    "uvicorn": uvicorn,
    "http.server": http_server,
    "waitress": waitress,
    "cheroot": cheroot,
    "gunicorn": gunicorn,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2])
