"""Connections of pages, passed on to their process."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Executor
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.isolation.server_lines import ServerLines
from tests.patience import until

MOUNT: Any = None
ME: Any = SimpleNamespace(uid="me", carried=None)


class Channel:
    """A connection of a page."""

    transport, address = "websocket", "192.0.2.1"

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None

    def send(self, text: str) -> None:
        self.sent.append(text)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class Heard:
    """The side of the process."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.over = threading.Event()

    def said(self, text: str) -> None:
        self.heard.append(text)

    def got(self, data: bytes) -> None:
        self.heard.append(data)

    def ended(self, value: Any) -> None:
        self.heard.append(value)
        self.over.set()


@pytest.fixture
def known(linked: Any, services: SimpleNamespace) -> SimpleNamespace:
    """Ends, lines over them, and the residents, where the process of ``ME`` is."""
    ends = linked()
    life = SimpleNamespace(watch=lambda: None)
    seat = SimpleNamespace(link=ends.here, usable=True, life=life, farewell=(4005, "x"))
    residents = SimpleNamespace(at=lambda uid: seat, may_be_elsewhere=False, seek=lambda _: seat)
    executor: Executor = services.executor
    lines = ServerLines(residents, executor, 20.0)  # type: ignore[arg-type]
    return SimpleNamespace(ends=ends, lines=lines, residents=residents)


def test_what_a_page_says_arrives_and_so_does_the_answer(known: SimpleNamespace) -> None:
    """Texts, what is no text, and pings; the end of the connection, too."""
    there, channel = Heard(), Channel()

    def begin(link: Any, talk: int, value: Any) -> Heard:
        link.say(talk, f"hello {value['page']} {value['seen']} {value['transport']}")
        return there

    known.ends.answers["line"] = begin
    receiver = known.lines.receiver(MOUNT, ME, "page", 3)
    receiver.opened(channel)
    for message in ("one", b"two", b""):
        receiver.received(message)
    receiver.pinged()
    receiver.closed(1001, "bye")
    assert there.over.wait(30)
    assert there.heard == ["one", b"two", b"?", b"", {"close": [1001, "bye"]}]
    receiver = known.lines.receiver(MOUNT, ME, "page", 3)
    receiver.opened(channel)
    until(lambda: channel.sent)
    assert channel.sent[0] == "hello page 3 websocket"


def test_the_end_of_the_process_is_the_end_of_its_connections(known: SimpleNamespace) -> None:
    """Pages, and polls that wait, are told why."""
    channel, answered = Channel(), []
    known.ends.answers["line"] = known.ends.answers["poll"] = lambda *_: Heard()
    receiver = known.lines.receiver(MOUNT, ME, "page", 0)
    receiver.opened(channel)
    known.lines.poll(ME, "page", "c", 1).park(answered.append)
    known.ends.there.close()
    until(lambda: channel.closed and answered)
    assert channel.closed == (4005, "x")
    assert json.loads(answered[0])["close"] == [4005, "x"]


def test_the_process_closes_a_connection(known: SimpleNamespace) -> None:
    """With its own code and reason."""
    channel = Channel()
    known.ends.answers["line"] = lambda link, talk, value: link.end(talk, close=[4002, "left"])
    known.lines.receiver(MOUNT, ME, "page", 0).opened(channel)
    until(lambda: channel.closed)
    assert channel.closed == (4002, "left")


def test_requests_are_answered_by_the_process(known: SimpleNamespace) -> None:
    """Posted events, the first poll, and the next ones."""

    def answer(link: Any, talk: int, value: Any) -> None:
        link.end(talk, body=json.dumps(sorted(value)))

    for name in ("events", "connect", "poll"):
        known.ends.answers[name] = answer
    lines = known.lines
    bodies = [
        lines.events(MOUNT, ME, "page", ["{}"], "d"),
        lines.connect(MOUNT, ME, "page", 0, "192.0.2.1", "d"),
        lines.poll(ME, "page", "c", 1),
    ]
    found = [json.loads(b"".join(body)) for body in bodies]
    assert [value[0] for value in found] == ["document", "address", "name"]


def test_a_client_that_leaves_ends_its_poll(known: SimpleNamespace) -> None:
    """So that the process knows."""
    there = Heard()
    known.ends.answers["poll"] = lambda *_: there
    known.lines.poll(ME, "page", "c", 1).leave()
    assert there.over.wait(30)


def test_who_has_no_process_is_told(known: SimpleNamespace) -> None:
    """As on threads: 4004 with a session, 4001 without."""
    known.residents.at = lambda uid: None
    for session, code in ((ME, 4004), (None, 4001)):
        channel = Channel()
        known.lines.receiver(MOUNT, session, "page", 0).opened(channel)
        assert channel.closed[0] == code
        body = known.lines.events(MOUNT, session, "page", None)
        text = body if isinstance(body, bytes) else b"".join(body)
        assert json.loads(text)["close"][0] == code


def test_a_process_of_another_web_process_is_looked_for(known: SimpleNamespace) -> None:
    """What the page says meanwhile comes after its connection, in order."""
    seat, found = known.residents.at("me"), threading.Event()
    known.residents.at = lambda uid: None
    known.residents.may_be_elsewhere = True
    known.residents.seek = lambda session: seat if found.wait(30) else None
    there = Heard()
    known.ends.answers["line"] = lambda *_: there
    receiver = known.lines.receiver(MOUNT, ME, "page", 0)
    receiver.opened(Channel())
    receiver.received("one")
    receiver.received("two")
    found.set()
    until(lambda: len(there.heard) == 2)
    receiver.received("three")
    until(lambda: len(there.heard) == 3)
    assert there.heard == ["one", "two", "three"]
