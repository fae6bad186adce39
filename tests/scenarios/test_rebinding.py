"""A web site lets its name point to 127.0.0.1 and asks for a live page (DNS rebinding)."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from quick_htag import QuickServer

EVIL = "evil.example"


@pytest.fixture
def server(
    start_server: Callable[..., QuickServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[QuickServer]:
    """The live app and a folder."""
    import htag

    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "live_apps"))
    app = "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App"
    (tmp_path / "secret.txt").write_text("secret")

    def setup(server: QuickServer) -> None:
        server.bind_htag("/", app)
        server.bind_path("/files/", str(tmp_path))

    yield start_server(setup)
    for name in ("app_htag1", "app_htag2", "gate"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("path", ["", "files/secret.txt", "favicon.ico"])
def test_its_pages_read_nothing(server: QuickServer, path: str) -> None:
    """Page and files are refused, and no session is made."""
    host = f"{EVIL}:{server.server_address[1]}"
    got = requests.get(server.url + path, headers={"Host": host}, timeout=30)
    assert got.status_code == 421
    assert not got.cookies
    assert len(server.sessions) == 0


def test_its_pages_get_no_websocket(server: QuickServer) -> None:
    """Origin and Host are equal, as the browser sends them, and still it is refused."""
    host = f"{EVIL}:{server.server_address[1]}"
    head = (
        f"GET /ws?page=x&seen=0 HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(server.server_address[:2], timeout=30) as client:
        client.sendall(head.encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 421 ")
