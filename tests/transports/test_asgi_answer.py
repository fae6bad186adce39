"""Answers of every kind become messages to an ASGI server."""

from __future__ import annotations

import asyncio
import io
import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.event_stream import event_stream
from quick_htag.messages.later_body import LaterBody
from quick_htag.messages.request import Request
from quick_htag.messages.response import FileBody, HTTPResponse
from quick_htag.settings import Settings
from quick_htag.transports.asgi_answer import AnswerSender
from quick_htag.transports.hosted import Hosted
from tests.transports.asgi_calls import GONE, LIMIT, Calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Stage:
    """A hosted application without a way to it: its answers are given."""

    def __init__(self) -> None:
        self.said = io.StringIO()
        settings = Settings(websocket_ping_interval=0.05)
        self.hosted = Hosted(None, settings, MessageLog(self.said))

    def sending(self, response: HTTPResponse, method: str = "GET") -> Calls:
        """A connection on which an answer is sent."""

        async def send(scope: Any, receive: Any, emit: Any) -> None:
            request = Request(method, "/")
            await AnswerSender(self.hosted, request, receive, emit, _on_thread).send(response)

        return Calls(send, {})


async def _on_thread(function: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(function)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Stopped at the end."""
    made = Stage()
    yield made
    made.hosted.stop(0.0)


def _content(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(one["body"] for one in sent[1:])


async def _whole(stage: Stage, response: HTTPResponse, method: str = "GET") -> list[dict[str, Any]]:
    return await stage.sending(response, method).end()


def test_bytes(stage):
    """In one piece."""
    sent = asyncio.run(_whole(stage, HTTPResponse(201, [("X-A", "ü")], b"abc")))
    headers = [(b"x-a", b"\xfc"), (b"content-length", b"3")]
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": headers},
        {"type": "http.response.body", "body": b"abc", "more_body": False},
    ]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
def test_no_content(stage, method, status):
    """Where none is due, and what there is gets released."""
    closed = []
    pieces = _pieces(closed)
    sent = asyncio.run(_whole(stage, HTTPResponse(status, (), pieces), method))
    assert _content(sent) == b""
    assert not sent[-1]["more_body"]
    assert pieces.gi_frame is None


def _pieces(closed: list[bool], error: Exception | None = None) -> Any:
    try:
        yield b"one "
        yield b""
        if error is not None:
            raise error
        yield b"two"
    finally:
        closed.append(True)


def test_a_stream(stage):
    """Piece by piece; it is closed."""
    closed: list[bool] = []
    sent = asyncio.run(_whole(stage, HTTPResponse(200, (), _pieces(closed))))
    assert [one["body"] for one in sent[1:]] == [b"one ", b"two", b""]
    assert [one["more_body"] for one in sent[1:]] == [True, True, False]
    assert closed == [True]


def test_a_stream_that_fails(stage):
    """It never ends well: the host breaks the connection off. The log says why."""
    sent = asyncio.run(_whole(stage, HTTPResponse(200, (), _pieces([], ValueError("why")))))
    assert sent[-1] == {"type": "http.response.body", "body": b"one ", "more_body": True}
    assert "why" in stage.said.getvalue()


@pytest.mark.parametrize("length", [0, 10, 600_000])
def test_a_part_of_a_file(stage, tmp_path: Path, length):
    """From its offset; closed afterwards."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4096)
    file = path.open("rb")
    sent = asyncio.run(_whole(stage, HTTPResponse(206, (), FileBody(file, 100, length))))
    assert _content(sent) == path.read_bytes()[100 : 100 + length]
    assert not sent[-1]["more_body"]
    assert file.closed


def test_a_file_whose_client_has_left(stage, tmp_path: Path):
    """The rest is not read: hosts take what is sent to nobody, as fast as it comes."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    os.truncate(path, 64 * 1024 * 1024)

    async def leave() -> list[dict[str, Any]]:
        call = stage.sending(HTTPResponse(200, (), FileBody(path.open("rb"), 0, 64 * 1024 * 1024)))
        await call.give(GONE)
        return await call.end()

    sent = asyncio.run(leave())
    assert len(_content(sent)) < 32 * 1024 * 1024
    assert sent[-1]["more_body"]


def test_content_that_comes_later(stage):
    """No thread waits for it."""

    async def ask() -> list[dict[str, Any]]:
        body = LaterBody(LIMIT, lambda: b"late", lambda: None)
        call = stage.sending(HTTPResponse(200, (), body))
        await asyncio.sleep(0)
        await asyncio.to_thread(body.deliver, b"now")
        return await call.end()

    assert _content(asyncio.run(ask())) == b"now"


def test_content_that_comes_too_late(stage):
    """Then what there is for that case."""
    body = LaterBody(0.01, lambda: b"late", lambda: None)
    assert _content(asyncio.run(_whole(stage, HTTPResponse(200, (), body)))) == b"late"


def test_a_client_that_does_not_wait(stage):
    """Who would have delivered is told, and nothing is sent."""
    left: list[bool] = []

    async def leave() -> list[dict[str, Any]]:
        body = LaterBody(LIMIT, lambda: b"late", partial(left.append, True))
        call = stage.sending(HTTPResponse(200, (), body))
        await call.give(GONE)
        return await call.end()

    assert asyncio.run(leave()) == []
    assert left == [True]


class Listener:
    """The receiver of a stream."""

    def __init__(self) -> None:
        self.channel: Any = None
        self.closed_with: list[Any] = []
        self.pings = 0

    def opened(self, channel: Any) -> None:
        self.channel = channel
        channel.send("hello")

    def received(self, message: Any) -> None:
        raise AssertionError

    def closed(self, code: int, reason: str) -> None:
        self.closed_with.append((code, reason))

    def pinged(self) -> None:
        self.pings += 1


def _events(listener: Listener) -> HTTPResponse:
    return event_stream(Request("GET", "/"), listener, tells_close=True)


def test_events(stage):
    """As they come, with pings in between, until the channel is closed."""

    async def listen() -> list[dict[str, Any]]:
        call = stage.sending(_events(listener))
        await call.until(lambda: listener.pings)
        await asyncio.to_thread(listener.channel.send, "two")
        await asyncio.to_thread(listener.channel.close, 4002, "done")
        return await call.end()

    listener = Listener()
    content = _content(asyncio.run(listen()))
    assert content.startswith(b"data: hello\n\n:\n\n")
    said = content.replace(b":\n\n", b"")  # a ping may come between any two
    assert b'data: two\n\nevent: close\ndata: {"code": 4002' in said
    assert listener.closed_with == [(4002, "done")]


def test_a_listener_that_leaves(stage):
    """The receiver is told."""

    async def leave() -> None:
        call = stage.sending(_events(listener))
        await call.until(lambda: len(call.sent) > 1)
        await call.give(GONE)
        await call.end()

    listener = Listener()
    asyncio.run(leave())
    assert listener.closed_with == [(1006, "")]


def test_the_end_of_the_host_ends_events(stage):
    """They would hold it up."""

    async def listen() -> list[dict[str, Any]]:
        call = stage.sending(_events(listener))
        await call.until(lambda: len(call.sent) > 1)
        await asyncio.to_thread(stage.hosted.end_guests)
        return await call.end()

    listener = Listener()
    assert not asyncio.run(listen())[-1]["more_body"]
    assert listener.closed_with[0][0] == 1001
