"""A stream of events as a value: what a transport without a sidecar does with it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.messages.event_stream import PING, EventStream, event_stream
from quick_htag.messages.request import Request


class Script:
    """A receiver that notes what happens, and sends what it was given at once."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.channel: Any = None
        self.ends: list[tuple[int, str]] = []

    def opened(self, channel: Any) -> None:
        self.channel = channel
        for text in self.texts:
            channel.send(text)

    def received(self, message: str | bytes) -> None:
        raise AssertionError("nothing is ever received")

    def closed(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))


def test_it_is_opened_by_who_reads_it() -> None:
    """Nothing happens before the first piece is asked for."""
    script = Script("a", "b")
    pieces = iter(EventStream(script, "192.0.2.1"))
    assert script.channel is None
    assert next(pieces) == b"data: a\n\ndata: b\n\n"
    assert (script.channel.address, script.channel.transport) == ("192.0.2.1", "sse")


def test_the_end_of_the_channel_is_the_end() -> None:
    """After close() nothing comes, and the receiver hears its own code."""
    script = Script("a")
    pieces = iter(EventStream(script))
    next(pieces)
    script.channel.close(1000, "bye")
    assert list(pieces) == []
    assert script.ends == [(1000, "bye")]


def test_events_of_another_thread_wake_the_reader() -> None:
    """A reader that waits gets what another thread sends."""
    script = Script()
    stream = EventStream(script)
    pieces = stream.pieces(60.0, 1000)
    timer = threading.Timer(0.05, lambda: script.channel.send("later"))
    timer.start()
    assert next(pieces) == b"data: later\n\n"
    timer.join()


def test_a_quiet_stream_gives_comments() -> None:
    """So that who passes it on notices that its client has gone."""
    assert next(EventStream(Script()).pieces(0.01, 1000)) == PING


def test_a_reader_that_stops_has_left() -> None:
    """Closing the iterator, as a WSGI server does, is the client leaving."""
    script = Script("a")
    pieces = EventStream(script).pieces(60.0, 1000)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert script.ends == [(1006, "")]


def test_close_ends_a_reader_that_waits() -> None:
    """Another thread can end it."""
    script = Script()
    stream = EventStream(script)
    timer = threading.Timer(0.05, stream.close)
    timer.start()
    assert list(stream.pieces(60.0, 1000)) == []
    timer.join()
    assert script.ends == [(1006, "")]


def test_too_much_for_the_queue_ends_it() -> None:
    """A reader that is too slow loses the stream."""
    script = Script("12345678", "12345678")
    assert list(EventStream(script).pieces(60.0, 20)) == []
    assert script.ends == [(1006, "")]


def test_its_head_keeps_proxies_from_holding_it_back() -> None:
    """Neither caches nor buffers."""
    response = event_stream(Request("GET", "/"), Script(), [("X-More", "1")])
    assert response.headers == [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-store"),
        ("X-Accel-Buffering", "no"),
        ("X-More", "1"),
    ]


@pytest.mark.parametrize("iterated", [False, True])
def test_discarding_opens_nothing(iterated: bool) -> None:
    """An answer that is not sent, as to HEAD, leaves nothing behind."""
    script = Script()
    response = event_stream(Request("HEAD", "/"), script)
    if iterated:
        iter(response.body)  # type: ignore[arg-type]
    response.discard()
    assert script.channel is None
    assert script.ends == []
