"""What the server under test serves: one address for each thing the cases ask for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quick_htag import QuickServer, create_server
from quick_htag.messages.response import HTTPResponse
from quick_htag.settings import Settings

if TYPE_CHECKING:
    from quick_htag import ReqArgs, Request, WebSocket

TEXT = b"0123456789abcdefghijklmnopqrstuvwxyz"  # content of /files/text.txt
CHANGED = 1_000_000_000  # ... which was changed then: Sun, 09 Sep 2001 01:46:40 GMT
PAGE = b"<p>hello</p>" * 100  # of /files/page.html, worth compressing
BIG = b"a line of text\n" * 500  # of /big, worth compressing
LIMIT = 100_000  # bytes of a body that /echo takes
SETTINGS = Settings(max_form_parts=50, max_form_text=20_000, max_file_size=50_000)


def start(folder: Any) -> QuickServer:
    """A running server on a free port; who calls it stops it."""
    server = create_server(("", 0), settings=SETTINGS)
    server.no_command_loop = True
    server.suppress_noise = True
    server.allowed_hosts = None  # a host that is refused is a matter of its own
    _add_endpoints(server)
    _add_files(server, Path(folder))
    _add_sockets(server)
    server.gzip = True
    server.start()
    return server


def _add_endpoints(server: QuickServer) -> None:
    @server.text_get("/hello", 0)
    def hello(req: Request, args: ReqArgs) -> str:
        return "hello"

    @server.json_get("/cookies", 0)
    def cookies(req: Request, args: ReqArgs) -> Any:
        return req.cookies

    @server.json_get("/seen", 0)
    def seen(req: Request, args: ReqArgs) -> Any:
        return {"host": req.host, "path": req.raw_path, "query": req.query_string}

    @server.json_post("/form", 0)
    def form(req: Request, args: ReqArgs) -> Any:
        files = {
            name: [one.raw_filename, one.filename, one.content_type, one.read().decode("latin-1")]
            for name, one in args["files"].items()
        }
        texts = args["post"]
        return {"texts": {name: texts.get_all(name) for name in texts}, "files": files}

    @server.text_get("/big", 0)
    def big(req: Request, args: ReqArgs) -> bytes:
        return BIG

    @server.text_get("/stream", 0)
    def stream(req: Request, args: ReqArgs) -> Any:
        return iter([b"a", b"bc"])

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        server.app.add_target(method, "/echo", 0, _echo, body_limit=LIMIT)
    for status in (204, 205, 304):
        server.app.add_target("GET", f"/status{status}", 0, _status(status))


def _echo(request: Request) -> HTTPResponse:
    return HTTPResponse(200, body=request.body.read())


def _status(status: int) -> Any:
    return lambda request: HTTPResponse(status, [("ETag", '"a"')], b"content")


def _add_files(server: QuickServer, folder: Path) -> None:
    for name, content in (("text.txt", TEXT), ("page.html", PAGE), ("empty.txt", b"")):
        path = folder / name
        path.write_bytes(content)
        os.utime(path, (CHANGED, CHANGED))
    server.bind_path("/files/", str(folder))


def _add_sockets(server: QuickServer) -> None:
    @server.websocket("/ws", subprotocols=["second", "first"])
    def plain(ws: WebSocket) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/deflate", compression="deflate")
    def deflate(ws: WebSocket) -> None:
        for message in ws:
            ws.send(message)

    @server.websocket("/small", max_message=1000, compression="deflate")
    def small(ws: WebSocket) -> None:
        for message in ws:
            ws.send(message)
