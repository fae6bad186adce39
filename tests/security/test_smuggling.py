"""Requests that hide another one, through a proxy of ours to a server that is less strict."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

TIMEOUT = 20.0  # seconds
EVIL = b"GET /px/evil HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
INSIDE = b"GET /evil HTTP/1.1\r\nHost: localhost\r\n\r\n"  # as the other server would see it
SIZE = b"Content-Length: %d\r\n" % len(INSIDE)
TE = b"Transfer-Encoding: chunked\r\n"


class Backend:
    """A server of the standard library: it knows ``Content-Length`` only, and forgives a lot."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_PUT = do_POST  # noqa: N815 theirs

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join(TIMEOUT)
        self._server.server_close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Behind ours."""
    made = Backend()
    yield made
    made.close()


def send(server: QuickServer, data: bytes) -> bytes:
    """What a server answers to these bytes, up to the end of the connection."""
    found = b""
    with socket.create_connection(server.server_address[:2], TIMEOUT) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
        with contextlib.suppress(ConnectionError):
            while piece := sock.recv(65536):
                found += piece
    return found


def request(*fields: bytes, body: bytes, version: bytes = b"1.1", method: bytes = b"POST") -> bytes:
    """A request as bytes."""
    head = method + b" /px/a HTTP/" + version + b"\r\nHost: localhost\r\n"
    return head + b"".join(fields) + b"\r\n" + body


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(INSIDE), INSIDE)


CONFLICTS = [
    request(SIZE, TE, body=b"0\r\n\r\n" + INSIDE),
    request(b"Content-Length: 4\r\n", TE, body=CHUNKED),
    request(b"Content-Length: 0\r\n", SIZE, body=INSIDE),
    request(SIZE, b"Content-Length: 0\r\n", body=INSIDE),
    request(b"Content-Length: 0, %d\r\n" % len(INSIDE), body=INSIDE),
]
CODINGS = [
    request(SIZE, line, body=b"0\r\n\r\n" + INSIDE)
    for line in (
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\tchunked\r\n",
        b"Transfer-Encoding: identity, chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"Transfer-Encoding: chunked\x0b\r\n",
        b" Transfer-Encoding: chunked\r\n",
        b"X: y\rTransfer-Encoding: chunked\r\n",
        b"X: y\nTransfer-Encoding: chunked\r\n",
        b"Transfer_Encoding: chunked\r\n",
        b"transfer-encoding: Chunked\r\n",
    )
]
LENGTHS = [
    request(line, body=INSIDE)
    for line in (
        b"Content-Length: +%d\r\n" % len(INSIDE),
        b"Content-Length: 0x2c\r\n",
        b"Content-Length: 4_4\r\n",
        b"Content-Length: %d \r\n" % len(INSIDE),
        b"Content-Length : %d\r\n" % len(INSIDE),
        b"Content-Length: \xb2\r\n",
        b"Content_Length: %d\r\n" % len(INSIDE),
        b"X: y\0Content-Length: %d\r\n" % len(INSIDE),
        SIZE + b"Connection: content-length\r\n",
        SIZE + b"Connection: close, Content-Length\r\n",
        SIZE + b"Expect: 100-continue\r\n",
        SIZE + b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    )
]
CHUNKS = [
    request(TE, body=CHUNKED),
    request(TE, body=CHUNKED, version=b"1.0"),
    request(TE, body=b"0;\n" + CHUNKED),
    request(TE, body=b"0x0\r\n\r\n" + INSIDE),
    request(TE, body=b"-0\r\n\r\n" + INSIDE),
    request(TE, body=b"0\r\nContent-Length: 5\r\nX: y\nZ\r\n\r\n" + INSIDE),
    request(TE, body=b"5\r\nabcdef\r\n0\r\n\r\n" + INSIDE),
    request(TE, body=b"ffffffffffffffff0\r\n\r\n" + INSIDE),
]
HEADS = [
    request(SIZE, body=INSIDE, method=b"GET"),
    request(SIZE, body=INSIDE, version=b"1.0"),
    b"GET /px/a?x=HTTP/1.1\r\nHost:z\r\n\r\n HTTP/1.1\r\nHost: localhost\r\n\r\n" + INSIDE,
    b"GET /px/a HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\r\r\n" + INSIDE,
    b"GET /px/%0d%0a%0d%0aGET%20/evil HTTP/1.1\r\nHost: localhost\r\n\r\n",
]
LAST = b"GET /px/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("attacks", [CONFLICTS, CODINGS, LENGTHS, CHUNKS, HEADS])
def test_no_request_is_hidden_in_another(
    serve: Callable[..., QuickServer], backend: Backend, attacks: list[bytes]
) -> None:
    """The server behind ours hears of what we have understood as a request, and nothing else."""
    server = serve()
    server.bind_proxy("/px/", backend.url)
    for data in attacks:
        send(server, data + LAST)
        assert send(server, LAST).startswith(b"HTTP/1.1 200"), data
        assert "/evil" not in backend.asked, data
        assert backend.asked[-1] == "/last"


def test_requests_behind_each_other_are_no_hidden_ones(serve: Any, backend: Backend) -> None:
    """The same bytes as a request of their own are answered."""
    server = serve()
    server.bind_proxy("/px/", backend.url)
    send(server, request(SIZE, body=INSIDE) + EVIL)
    assert backend.asked == ["/a", "/evil"]
