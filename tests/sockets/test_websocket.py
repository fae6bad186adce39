"""What a handler calls: messages, limits, the end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, ConnectionClosed, SendTimeout
from quick_htag.messages.request import Request
from quick_htag.sockets.line import Line
from quick_htag.sockets.websocket import AsyncWebSocket, WebSocket, check_code, encode

LIMIT = 30.0


class Channel:
    """Takes everything, or nothing."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.sent: list[Any] = []
        self.line: Any = None
        self.on_room: Any = None

    def offer(self, data: bytes | memoryview) -> bool:
        if not self.full:
            self.sent.append(data)
        return not self.full

    def close(self, code: int, reason: str) -> None:
        self.line.closed(code, reason)


def made(kind: Any, channel: Channel | None = None) -> tuple[Any, Line, Channel]:
    """A socket of that kind, its line and its channel."""
    line = Line(1000, lambda: True, threading.Event())
    channel = channel or Channel()
    channel.line = line
    line.opened(channel)  # type: ignore[arg-type]
    return kind(line, Request("GET", "/chat?x=1"), {"paths": []}, "v1", 0.01), line, channel


def test_text_and_bytes() -> None:
    """Str is sent as text, everything of bytes as binary, and a copy of what may change."""
    changing = bytearray(b"c")
    sent = [encode("ü"), encode(b"b"), encode(changing), encode(memoryview(b"d"))]
    changing[0] = 0
    assert sent == ["ü".encode(), b"b", b"c", b"d"]
    assert [type(data) for data in sent] == [bytes, memoryview, memoryview, memoryview]


@pytest.mark.parametrize("data", [None, 1, {"a": 1}, ["x"]])
def test_what_is_no_message(data: Any) -> None:
    """It is not guessed how to send it."""
    with pytest.raises(TypeError, match="json_dumps"):
        encode(data)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_codes_nobody_may_send(code: int) -> None:
    """They have a meaning for the receiving side only, or none."""
    with pytest.raises(ConfigurationError):
        check_code(code, "")


def test_a_handler_iterates_until_the_end() -> None:
    """Every message, and then the loop is over."""
    socket, line, _channel = made(WebSocket)
    line.received("a")
    line.received(b"b")
    line.closed(1001, "gone")
    assert list(socket) == ["a", b"b"]
    assert (socket.closed, socket.close_code, socket.close_reason) == (True, 1001, "gone")
    assert repr(socket) == "<WebSocket /chat closed 1001>"


def test_what_is_known_of_an_open_one() -> None:
    """Request, arguments, subprotocol, and that it is open."""
    socket, _, channel = made(WebSocket)
    assert (socket.request.target, socket.args, socket.subprotocol) == (
        "/chat?x=1",
        {"paths": []},
        "v1",
    )
    assert (socket.closed, socket.close_code, socket.close_reason) == (False, None, "")
    socket.send("x")
    assert channel.sent == [b"x"]


def test_a_slow_client_is_waited_for_and_then_told_of() -> None:
    """The message is not sent, and the websocket stays open."""
    socket, _, _channel = made(WebSocket, Channel(full=True))
    with pytest.raises(SendTimeout):
        socket.send("x")
    with pytest.raises(SendTimeout, match="0 seconds"):
        socket.send("x", timeout=0)
    assert not socket.closed


def test_close_waits_for_the_connection() -> None:
    """Afterwards nothing can be sent or received; again is harmless."""
    socket, _, _ = made(WebSocket)
    socket.close(4001, "enough")
    socket.close()
    with pytest.raises(ConnectionClosed, match="4001: enough"):
        socket.receive()
    with pytest.raises(ConnectionClosed):
        socket.send("x")


def test_async_messages() -> None:
    """The same for coroutines."""

    async def run() -> None:
        socket, line, channel = made(AsyncWebSocket)
        threading.Timer(0.01, line.received, ("late",)).start()
        assert await socket.receive(LIMIT) == "late"
        await socket.send(b"x")
        assert channel.sent == [b"x"]
        line.received("b")
        threading.Timer(0.01, line.closed, (1000, "")).start()
        assert [message async for message in socket] == ["b"]

    asyncio.run(run())


def test_async_limits() -> None:
    """Waits have an end; close waits, too."""

    async def run() -> None:
        socket, _, _channel = made(AsyncWebSocket, Channel(full=True))
        with pytest.raises(TimeoutError):
            await socket.receive(0.01)
        with pytest.raises(SendTimeout):
            await socket.send("x")
        await socket.close(4002)
        assert socket.close_code == 4002

    asyncio.run(run())
