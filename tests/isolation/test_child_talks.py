"""Conversations in the process of an app."""

from __future__ import annotations

import errno
import io
import json
import threading
from typing import Any

from quick_htag.isolation.child_talks import ArrivingFile, ChildLine, Pump, WaitingPoll
from quick_htag.messages.later_body import LaterBody
from quick_htag.messages.response import FileBody, HTTPResponse
from quick_htag.messages.upload import Upload
from tests.patience import until


class Heard:
    """The side of the server."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.data: list[bytes] = []
        self.end: Any = None
        self.over = threading.Event()

    def said(self, text: str) -> None:
        self.texts.append(text)

    def got(self, data: bytes) -> None:
        self.data.append(data)

    def ended(self, value: Any) -> None:
        self.end = value
        self.over.set()


class Receiver:
    """Of an app."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def received(self, message: Any) -> None:
        self.calls.append(message)

    def pinged(self) -> None:
        self.calls.append("ping")

    def closed(self, code: int, reason: str) -> None:
        self.calls.append(code)


def test_a_line_is_the_channel_of_its_app(linked: Any) -> None:
    """Sending and closing reach the server, once."""
    ends, heard, lines = linked(), Heard(), []

    def begin(link: Any, talk: int, value: Any) -> ChildLine:
        lines.append(ChildLine(link, talk, Receiver(), "sse", "192.0.2.1"))
        return lines[0]

    ends.answers["line"] = begin
    ends.here.begin("line", {}, heard)
    until(lambda: lines)
    lines[0].send("hello")
    lines[0].close(4002, "left")
    lines[0].close(4001, "again")
    lines[0].send("late")
    assert heard.over.wait(30)
    assert (heard.texts, heard.end) == (["hello"], {"close": [4002, "left"]})


def test_a_line_hands_on_what_comes() -> None:
    """Texts, what is no text, pings, and how it was closed."""
    receiver = Receiver()
    line = ChildLine(None, 1, receiver, "sse", "")  # type: ignore[arg-type]
    line.said("text")
    line.got(b"?")
    line.got(b"")
    line.ended({"close": [1001, "bye"]})
    line.ended(None)
    assert receiver.calls == ["text", b"?", "ping", 1001, 1006]


def test_a_poll_whose_client_has_left_is_over() -> None:
    """The app is told."""
    left: list[bool] = []
    WaitingPoll(LaterBody(1.0, bytes, lambda: left.append(True))).ended(None)
    assert left == [True]


def test_a_file_that_was_broken_off_is_freed() -> None:
    """Nobody takes it."""
    upload = Upload("a")
    ArrivingFile(None, 1, upload, lambda: True).ended(None)  # type: ignore[arg-type]
    assert upload.closed


def test_a_file_for_which_there_is_no_room_is_refused(linked: Any) -> None:
    """The server is told at once, and waits for no piece."""
    ends, heard, upload = linked(), Heard(), Upload("a")

    def full(data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space")

    upload.write = full  # type: ignore[method-assign]
    ends.answers["upload"] = lambda link, talk, value: ArrivingFile(link, talk, upload, bool)
    ends.here.give(ends.here.begin("upload", {}, heard), b"abc")
    assert heard.over.wait(30)
    assert heard.end["refused"]["kind"] == "file"
    assert upload.closed


def test_a_body_is_sent_as_it_is_asked_for(linked: Any) -> None:
    """Bytes, part of a file, pieces; the length is told if it is known."""
    bodies: list[Any] = [
        b"x" * 600_000,
        FileBody(io.BytesIO(b"0123456789"), 2, 5),
        iter([b"a", b"b"]),
    ]
    expected = [(b"x" * 600_000, 600_000), (b"23456", 5), (b"ab", None)]
    for body, (data, length) in zip(bodies, expected, strict=True):
        ends, heard = linked(), Heard()

        def begin(link: Any, talk: int, value: Any, body: Any = body) -> Pump:
            pump = Pump()
            run = threading.Thread(target=pump.run, args=(link, talk, HTTPResponse(200, [], body)))
            run.start()
            return pump

        ends.answers["offer"] = begin
        talk = ends.here.begin("offer", {}, heard)
        while not heard.over.is_set():
            count = len(heard.data)
            ends.here.say(talk, "more")
            until(lambda heard=heard, count=count: heard.over.is_set() or len(heard.data) > count)
        assert (b"".join(heard.data), json.loads(heard.texts[0])["length"]) == (data, length)
