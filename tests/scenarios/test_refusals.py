"""What pages of other origins learn when a request is refused."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from quick_htag import MessageLog, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from quick_htag import QuickServer

PATIENCE = 10.0  # seconds
ORIGIN = "Host: localhost\r\nOrigin: https://page.example\r\n"


@pytest.fixture
def refused(start_server: Callable[..., QuickServer]) -> Callable[[str], bytes]:
    """``refused(text)``: the head of the answer to a request in these words."""
    import io

    def setup(server: QuickServer) -> None:
        server.cross_origin = ["https://page.example"]
        server.json_post("/x", 0)(lambda req, args: 1)

    settings = Settings(max_body_size=10, max_header_bytes=1000, max_request_line=200)
    server = start_server(setup, settings=settings, log=MessageLog(io.StringIO()))

    def ask(text: str) -> bytes:
        with socket.create_connection(server.server_address[:2], PATIENCE) as client:
            client.sendall(text.encode())
            client.shutdown(socket.SHUT_WR)
            data = b""
            while more := client.recv(65536):
                data += more
            return data.partition(b"\r\n\r\n")[0].lower()

    return ask


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"POST /x HTTP/1.1\r\n{ORIGIN}Content-Length: 11\r\n\r\n01234567890", 413),
        (f"POST /x HTTP/1.1\r\n{ORIGIN}Content-Length: 9999999\r\n\r\n", 413),
        (f"PUT /x HTTP/1.1\r\n{ORIGIN}\r\n", 405),
        (f"GET /y HTTP/1.1\r\n{ORIGIN}\r\n", 404),
    ],
)
def test_refused_requests_tell_allowed_origins(
    refused: Callable[[str], bytes], text: str, status: int
) -> None:
    """A page that may read answers may read why it was refused."""
    head = refused(text)
    assert head.startswith(f"http/1.1 {status} ".encode())
    assert b"access-control-allow-origin: https://page.example" in head


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"POST /x HTTP/1.1\r\n{ORIGIN}Content-Length: -1\r\n\r\n", 400),
        (f"GET /{'y' * 300} HTTP/1.1\r\n{ORIGIN}\r\n", 414),
        (f"GET /x HTTP/1.1\r\n{ORIGIN}X: {'y' * 1000}\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_has_no_origin(
    refused: Callable[[str], bytes], text: str, status: int
) -> None:
    """Nothing in such a head is believed, so neither is the origin it names."""
    head = refused(text)
    assert head.startswith(f"http/1.1 {status} ".encode())
    assert b"access-control" not in head
