"""Frames of websockets: any of them, to ``@server.websocket``."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quick_htag import MessageLog, Settings, create_server
from tests.fuzz.checks_frames import check_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 20.0  # seconds
HEAD = (
    "GET /{} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{}\r\n"
)
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
HELLO, ECHO = b"\x81\x85\0\0\0\0hello", b"\x81\x05hello"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Any, io.StringIO]]:
    """A server that says again what it hears, on threads and on its loop, and its log."""
    log = io.StringIO()
    with create_server(("", 0), log=MessageLog(log), settings=Settings(backlog=64)) as server:
        server.no_command_loop = True

        @server.websocket("/thread", compression="deflate")
        def on_thread(ws: Any) -> None:
            for message in ws:
                ws.send(message)

        @server.websocket("/loop", max_message=1000)
        async def on_loop(ws: Any) -> None:
            async for message in ws:
                await ws.send(message)

        server.start()
        yield server, log
        server.shutdown()


@st.composite
def frames(draw: Any) -> bytes:
    """A frame, right or wrong in every part (RFC 6455 section 5.2)."""
    first = draw(
        st.sampled_from([0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A]) | st.integers(0, 255)
    )
    payload = draw(st.binary(max_size=140) | st.text(max_size=20).map(str.encode))
    mask = draw(st.sampled_from([bytes(4), b"abcd", b""]))
    claimed = draw(
        st.just(len(payload)) | st.sampled_from([0, 125, 126, 127, 65536, 2**63, 2**64 - 1])
    )
    bit = 0x80 if mask else 0
    if claimed < 126 and draw(st.booleans()):
        size = bytes([bit | claimed])
    elif claimed < 65536:
        size = bytes([bit | 126]) + struct.pack(">H", claimed)
    else:
        size = bytes([bit | 127]) + struct.pack(">Q", claimed)
    masked = bytes(
        byte ^ (mask or b"\0")[place % max(1, len(mask))] for place, byte in enumerate(payload)
    )
    return bytes([first]) + size + mask + masked


def talk(server: Any, path: str, data: bytes, *, extension: str = "", until: bytes = b"") -> bytes:
    """What a server says to somebody who sends this, until the end or until it has said that."""
    found = b""
    with socket.create_connection(server.server_address[:2], TIMEOUT) as sock:
        sock.sendall(HEAD.format(path, extension).encode())
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
            if not until:
                sock.shutdown(socket.SHUT_WR)
            while not (until and until in found) and (piece := sock.recv(65536)):
                found += piece
    return found


@given(
    st.sampled_from(["thread", "loop"]),
    st.lists(frames() | st.binary(max_size=20), max_size=5),
    st.sampled_from(["", DEFLATE]),
)
def test_a_websocket_takes_any_frame(served: Any, path: str, given: list[bytes], more: str) -> None:
    """Or closes; nothing fails, and the next client is answered."""
    server, log = served
    talk(server, path, b"".join(given), extension=more)
    assert ECHO in talk(server, path, HELLO, until=ECHO)
    assert "Traceback" not in log.getvalue(), log.getvalue()


@given(
    st.lists(frames() | st.binary(max_size=20), max_size=8).map(b"".join),
    st.lists(st.integers(0, 400), max_size=6),
    st.booleans(),
)
def test_frames_mean_the_same_however_they_are_cut(
    data: bytes, cuts: list[int], deflate: bool
) -> None:
    """Also those before one that ends the connection."""
    check_frames(data, cuts, deflate)
