"""Websockets of the ``websockets`` library, through a running server, to a server with TLS."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve
from websockets.utils import accept_key

from quick_htag import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag import QuickServer

    Start = Callable[..., QuickServer]

TIMEOUT = 20.0  # seconds
GONE = threading.Event()  # the server behind has seen a connection end
LARGE = "ä" * 300_000


def echo(websocket: ServerConnection) -> None:
    """Speak first, then send everything back; ``end`` closes with a code."""
    assert websocket.request is not None
    websocket.send(f"hello {websocket.request.path}")
    with contextlib.suppress(ConnectionClosed):  # cut off
        for message in websocket:
            if message == "end":
                websocket.close(4001, "as you wish")
                break
            websocket.send(message)
    GONE.set()


@pytest.fixture
def behind(authority: Any) -> Iterator[str]:
    """The URL of a server that speaks websockets over TLS."""
    GONE.clear()
    with serve(
        echo, "127.0.0.1", 0, ssl=authority.server_context(), max_size=None, compression=None
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.socket.getsockname()[1]}/base"
        server.shutdown()
        thread.join(TIMEOUT)


@pytest.fixture
def dial(start_server: Start, authority: Any, behind: str) -> Callable[..., Any]:
    """``dial(server)``: a websocket to what lies behind it."""

    def start(server: QuickServer, path: str = "px/ws?a=1") -> Any:
        url = server.url.replace("http", "ws", 1) + path
        context = authority.websocket_context() if server.scheme == "https" else None
        return connect(url, ssl=context, max_size=None, open_timeout=TIMEOUT, close_timeout=TIMEOUT)

    return start


@pytest.fixture(params=[False, True], ids=["http", "https"])
def server(request: Any, start_server: Start, authority: Any, behind: str) -> QuickServer:
    """A server in front, with and without TLS of its own."""
    options = {"ssl_context": authority.server_context()} if request.param else {}
    return start_server(
        lambda s: s.bind_proxy("/px/", behind, tls=authority.client_context()), **options
    )


def test_messages_pass_both_ways(server: QuickServer, dial: Callable[..., Any]) -> None:
    """Also those that come with the answer, and large ones in a row."""
    with dial(server) as websocket:
        assert websocket.recv(TIMEOUT) == "hello /base/ws?a=1"
        for message in ("one", LARGE, b"\x00\xff", LARGE):
            websocket.send(message)
            assert websocket.recv(TIMEOUT) == message


def test_codes_of_the_end_are_passed_on(server: QuickServer, dial: Callable[..., Any]) -> None:
    """The client learns why."""
    with dial(server) as websocket:
        websocket.recv(TIMEOUT)
        websocket.send("end")
        with pytest.raises(ConnectionClosed) as caught:
            websocket.recv(TIMEOUT)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4001, "as you wish")


def test_a_stop_ends_them(server: QuickServer, dial: Callable[..., Any]) -> None:
    """The connection is over when the server in between is."""
    with dial(server) as websocket:
        websocket.recv(TIMEOUT)
        server.shutdown()
        with pytest.raises(ConnectionClosed):
            websocket.recv(TIMEOUT)


def test_a_stranger_is_not_trusted(
    start_server: Start, dial: Callable[..., Any], behind: str
) -> None:
    """A certificate of nobody we know is 502, as for other requests."""
    server = start_server(lambda s: s.bind_proxy("/px/", behind))
    with pytest.raises(InvalidStatus) as caught:
        dial(server)
    assert caught.value.response.status_code == 502


def test_a_client_that_vanishes_is_noticed(server: QuickServer, dial: Callable[..., Any]) -> None:
    """The server behind hears of it, and so does the rest of this test: ``behind`` ends."""
    with dial(server) as websocket:
        websocket.recv(TIMEOUT)
        websocket.socket.shutdown(socket.SHUT_RDWR)
        with pytest.raises(ConnectionClosed):
            websocket.recv(TIMEOUT)
    assert GONE.wait(TIMEOUT)


# -- silence: nobody sends a FIN -------------------------------------------------------------------

BRIEF = Settings(websocket_ping_interval=0.1, websocket_ping_timeout=1.0)
HANDSHAKE = (
    "GET /px/ws HTTP/1.1\r\nHost: {0}:{1}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_client_that_vanishes(start_server: Start, authority: Any, behind: str) -> None:
    """It answers no ping: the server behind sees the end, and so does what is left of it."""
    front = start_server(
        lambda s: s.bind_proxy("/px/", behind, tls=authority.client_context()), settings=BRIEF
    )
    with socket.create_connection(front.server_address[:2], TIMEOUT) as client:
        client.sendall(HANDSHAKE.format(*front.server_address).encode())
        assert client.recv(12) == b"HTTP/1.1 101"
        assert GONE.wait(TIMEOUT)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass


def test_a_server_behind_that_vanishes(start_server: Start) -> None:
    """It answers no ping: the client, which does, is told by the end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        front = start_server(
            lambda s: s.bind_proxy("/px/", f"http://127.0.0.1:{port}/"), settings=BRIEF
        )

        def shake_hands() -> None:
            sock, _ = silent.accept()
            with sock:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += sock.recv(4096)
                key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
                assert key is not None
                accept = accept_key(key[1].decode())
                lines = ["HTTP/1.1 101 x", "Upgrade: websocket", "Connection: Upgrade"]
                lines += [f"Sec-WebSocket-Accept: {accept}", "", ""]
                sock.sendall("\r\n".join(lines).encode())
                over.wait(TIMEOUT)

        over = threading.Event()
        thread = threading.Thread(target=shake_hands)
        thread.start()
        url = front.url.replace("http", "ws", 1) + "px/ws"
        try:
            with (
                connect(url, open_timeout=TIMEOUT, close_timeout=1.0) as websocket,
                pytest.raises(ConnectionClosed),
            ):
                websocket.recv(TIMEOUT)
        finally:
            over.set()
            thread.join(TIMEOUT)
