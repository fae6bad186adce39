"""Between a connection and its handler."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.errors import ConnectionClosed
from quick_htag.sockets.line import Line

LIMIT = 30.0


class Channel:
    """The connection's side, with room for a number of messages."""

    transport = address = ""

    def __init__(self, room: int = 10) -> None:
        self.room = room
        self.sent: list[Any] = []
        self.calls: list[Any] = []
        self.on_room: Any = None

    def offer(self, data: bytes | memoryview) -> bool:
        if len(self.sent) >= self.room:
            return False
        self.sent.append(data)
        return True

    def send(self, text: str) -> None:
        self.sent.append(text)

    def hold(self) -> None:
        self.calls.append("hold")

    def go_on(self) -> None:
        self.calls.append("go on")

    def close(self, code: int, reason: str) -> None:
        self.calls.append((code, reason))


def opened(channel: Channel, limit: int = 1000) -> Line:
    """A line with a connection."""
    line = Line(limit, lambda: True, threading.Event())
    line.opened(channel)
    return line


def test_messages_wait_until_they_are_taken() -> None:
    """In their order; then there is none yet."""
    line = opened(Channel())
    line.received("a")
    line.received(b"b")
    assert [line.take(), line.take(), line.take()] == ["a", b"b", None]


def test_too_much_that_nobody_takes_makes_the_client_wait() -> None:
    """Reading stops above the limit, and goes on when half of it is taken."""
    channel = Channel()
    line = opened(channel, limit=200)
    for _ in range(2):
        line.received("x" * 100)
    assert channel.calls == ["hold"]
    line.take()
    assert channel.calls == ["hold"]
    line.take()
    assert channel.calls == ["hold", "go on"]


def test_what_arrived_before_the_end_is_taken_first() -> None:
    """Nothing the client said is lost when it leaves."""
    line = opened(Channel())
    line.received("last words")
    line.closed(1000, "bye")
    assert line.take() == "last words"
    with pytest.raises(ConnectionClosed, match="1000: bye") as caught:
        line.take()
    assert line.is_end(caught.value)
    assert not opened(Channel()).is_end(caught.value)


def test_after_a_close_of_ours_nothing_is_taken() -> None:
    """What has not been taken is forgotten, and a client that was made to wait goes on."""
    channel = Channel()
    line = opened(channel, limit=100)
    line.received("x" * 100)
    line.close(4000, "enough")
    line.received("more")
    line.close(1000, "again")
    assert channel.calls == ["hold", (4000, "enough"), "go on"]
    with pytest.raises(ConnectionClosed, match="4000: enough"):
        line.take()
    assert (line.over.is_set(), line.gone.is_set()) == (True, False)
    line.closed(1000, "")
    assert (line.end, line.gone.is_set()) == ((4000, "enough"), True)


def test_a_wait_is_over_when_something_comes() -> None:
    """A message, room, and the end wake who waits."""
    channel = Channel(room=0)
    line = opened(channel)

    def make_room() -> None:
        channel.room = 1
        channel.on_room()

    threading.Timer(0.02, line.received, ("late",)).start()
    assert line.wait(line.take, LIMIT) == "late"
    threading.Timer(0.02, make_room).start()
    assert line.wait(lambda: line.offer(b"x"), LIMIT)
    threading.Timer(0.02, line.close, (1001, "")).start()
    with pytest.raises(ConnectionClosed, match="1001"):
        line.wait(line.take, LIMIT)


def test_a_wait_has_an_end() -> None:
    """Nothing happens for too long."""
    line = opened(Channel(room=0))
    with pytest.raises(TimeoutError, match=r"0\.01 seconds"):
        line.wait(line.take, 0.01)
    with pytest.raises(TimeoutError):
        line.wait(lambda: line.offer(b"x"), 0.0)


def test_without_room_for_a_handler_it_is_closed() -> None:
    """The client is told to come again."""
    channel = Channel()
    Line(1000, lambda: False, threading.Event()).opened(channel)
    assert channel.calls == [(1013, "the server is full, try again later")]


def test_it_tells_of_changes() -> None:
    """For who waits on a loop."""
    line, changes = opened(Channel()), []
    line.on_change = lambda: changes.append(line.end)
    line.received("x")
    line.closed(1006, "")
    assert changes == [None, (1006, "")]
