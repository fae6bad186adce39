"""One websocket of an ASGI server."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse, Upgrade
from quick_htag.settings import Settings
from quick_htag.transports.asgi_websocket import WebsocketGuest
from quick_htag.transports.hosted import Hosted
from tests.transports.asgi_calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo:
    """Sends back what it gets; "bye" closes, "hold" lets the client wait."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.got: list[Any] = []
        self.closed_with: list[Any] = []
        self.pings = 0

    def opened(self, channel: Any) -> None:
        self.channel = channel

    def received(self, message: Any) -> None:
        self.got.append(message)
        if message == "bye":
            self.channel.close(4000, "bye")
        elif message == "hold":
            self.channel.hold()
        elif isinstance(message, str):
            self.channel.send(message)
        else:
            self.channel.offer(memoryview(message))

    def closed(self, code: int, reason: str) -> None:
        self.closed_with.append((code, reason))

    def pinged(self) -> None:
        self.pings += 1


class Stage:
    """Serves one websocket."""

    def __init__(self) -> None:
        settings = Settings(
            websocket_ping_interval=0.01, websocket_max_message=10, websocket_max_queue=1000
        )
        self.hosted = Hosted(None, settings, MessageLog(io.StringIO()))
        self.echo = Echo()

    def open(self) -> Calls:
        """A connection whose handshake is answered."""
        fields = [("Sec-WebSocket-Protocol", "loud"), ("Set-Cookie", "a=1"), ("Upgrade", "x")]
        response = HTTPResponse(101, fields, upgrade=Upgrade(self.echo))
        assert WebsocketGuest.suits(response)

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            guest = WebsocketGuest(self.hosted, Request("GET", "/"), receive, send)
            await guest.serve(response)

        return Calls(serve, {})


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Stopped at the end."""
    made = Stage()
    yield made
    made.hosted.stop(0.0)


def _text(text: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": text}


LEAVES = {"type": "websocket.disconnect", "code": 1001, "reason": "gone"}


def test_messages_go_both_ways(stage):
    """Text and bytes, after an answer with what the application has put into it."""

    async def talk() -> list[dict[str, Any]]:
        call = stage.open()
        await call.give(_text("hello"))
        await call.give({"type": "websocket.receive", "bytes": b"abc"})
        await call.until(lambda: len(call.sent) == 3)
        await call.give(LEAVES)
        return await call.end()

    accept = {
        "type": "websocket.accept",
        "subprotocol": "loud",
        "headers": [(b"set-cookie", b"a=1")],
    }
    assert asyncio.run(talk()) == [
        accept,
        {"type": "websocket.send", "text": "hello"},
        {"type": "websocket.send", "bytes": b"abc"},
    ]
    assert stage.echo.closed_with == [(1001, "gone")]


def test_the_receiver_closes(stage):
    """The client is told, and its answer is waited for."""

    async def talk() -> list[dict[str, Any]]:
        call = stage.open()
        await call.give(_text("bye"))
        await call.until(lambda: len(call.sent) == 2)
        await call.give({**LEAVES, "code": 4000})
        return await call.end()

    assert asyncio.run(talk())[-1] == {"type": "websocket.close", "code": 4000, "reason": "bye"}
    assert stage.echo.closed_with == [(4000, "gone")]


@pytest.mark.parametrize("message", ["x" * 11, "ä" * 6, b"x" * 11])
def test_a_message_that_is_too_large(stage, message):
    """By its bytes: the connection ends with 1009, and the receiver does not see it."""

    async def talk() -> list[dict[str, Any]]:
        call = stage.open()
        kind = "text" if isinstance(message, str) else "bytes"
        await call.give({"type": "websocket.receive", kind: message})
        await call.until(lambda: len(call.sent) == 2)
        await call.give({**LEAVES, "code": 1009})
        return await call.end()

    assert asyncio.run(talk())[-1]["code"] == 1009
    assert stage.echo.got == []


def test_a_receiver_makes_the_client_wait(stage):
    """Nothing more is read until it goes on."""

    async def talk() -> None:
        call = stage.open()
        await call.give(_text("hold"))
        await call.give(_text("more"))
        while not stage.echo.got:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert stage.echo.got == ["hold"]
        await asyncio.to_thread(stage.echo.channel.go_on)
        await call.until(lambda: len(call.sent) == 2)
        await call.give(LEAVES)
        await call.end()

    asyncio.run(talk())
    assert stage.echo.got == ["hold", "more"]


def test_a_client_that_is_too_slow_is_dropped(stage):
    """What waits for it has a limit."""

    async def talk() -> list[dict[str, Any]]:
        call = stage.open()
        await call.until(lambda: stage.echo.channel is not None)
        for _ in range(3):
            stage.echo.channel.send("x" * 600)
        return await call.end()

    assert [one["type"] for one in asyncio.run(talk())] == ["websocket.accept"]
    assert stage.echo.closed_with == [(1006, "")]


def test_pings_are_told_of(stage):
    """The page wants to hear of them, whoever pings."""

    async def talk() -> None:
        call = stage.open()
        while stage.echo.pings < 2:
            await asyncio.sleep(0.005)
        await call.give(LEAVES)
        await call.end()

    asyncio.run(asyncio.wait_for(talk(), 20))


def test_the_end_of_the_host_closes_it(stage):
    """With a code by which pages come back."""

    async def talk() -> list[dict[str, Any]]:
        call = stage.open()
        await call.until(lambda: stage.echo.channel is not None)
        await asyncio.to_thread(stage.hosted.end_guests)
        await call.until(lambda: len(call.sent) == 2)
        await call.give(LEAVES)
        return await call.end()

    assert asyncio.run(talk())[-1]["code"] == 1001
