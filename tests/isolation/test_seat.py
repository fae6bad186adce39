"""The process of a visitor, seen from its server, over a real connection."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.guis.instance import STUCK
from quick_htag.isolation import seat as seats
from quick_htag.isolation.greeting import PROTOCOL
from quick_htag.isolation.seat import Seat
from quick_htag.uploads import UploadProgress
from tests.patience import until


class Process:
    """Stands for a process."""

    pid = 7

    def __init__(self) -> None:
        self.killed = threading.Event()

    def is_alive(self) -> bool:
        return not self.killed.is_set()

    def wait(self, timeout: float) -> bool:
        return True

    def kill(self) -> None:
        self.killed.set()

    def ending(self) -> str:
        return "it has ended with exit code 3"


@pytest.fixture
def joined(linked: Any, services: SimpleNamespace) -> Any:
    """``joined(**options)``: a seat, the other end of its connection, and what was gone."""

    def make(**options: Any) -> Any:
        gone: list[Seat] = []
        seat = Seat(services, "App", Process(), gone.append, **options)
        ends = linked(seat)
        seat.join(ends.here)
        return seat, ends, gone

    return make


def test_it_is_ready_when_it_says_so(joined: Any) -> None:
    """And tells where others find it."""
    seat, ends, _ = joined()
    ends.there.note("ready", protocol=PROTOCOL, address=["/a"])
    seat.wait_ready(30.0)
    assert seat.address == ["/a"]


def test_why_it_cannot_be_used_is_told(joined: Any) -> None:
    """By itself, or because it has ended, or speaks another version."""
    for name, value, text in (
        ("failed", {"text": "no module", "trace": "the trace"}, "no module"),
        ("ready", {"protocol": 0, "address": []}, "version 0"),
    ):
        seat, ends, _ = joined()
        ends.there.note(name, **value)
        with pytest.raises(AppFailed, match=text):
            seat.wait_ready(30.0)
        assert seat.process.killed.is_set()
    seat, ends, gone = joined()
    ends.there.close()
    with pytest.raises(AppFailed, match="while it loaded"):
        seat.wait_ready(30.0)
    assert gone == [seat]


def test_events_that_begin_are_noted(joined: Any, services: SimpleNamespace) -> None:
    """In their order, for its own session only."""
    seat, ends, _ = joined()
    seat.session = services.sessions.issue("192.0.2.1")
    assert ends.there.ask("begun", 30.0, page="p", number=1) == {"new": True}
    for number in (2, 3):
        ends.there.note("begun", page="p", number=number)
    until(lambda: len(services.begun.told) == 3)
    uid = seat.session.uid
    assert services.begun.told == [(uid, "p", 1), (uid, "p", 2), (uid, "p", 3)]


def test_uploads_are_followed(joined: Any, services: SimpleNamespace) -> None:
    """Until it does not want to know any more."""
    seat, ends, _ = joined()
    ends.there.note("follow", upload="n" * 16)
    until(lambda: len(services.uploads))
    services.uploads.tell("n" * 16, UploadProgress(1, 2))
    until(lambda: ends.notes)
    assert ends.notes[0][1]["received"] == 1
    ends.there.note("unfollow", upload="n" * 16)
    until(lambda: not seat._followed)


def test_pages_are_counted(joined: Any) -> None:
    """As the process tells, and none when it is gone."""
    seat, ends, gone = joined()
    ends.there.note("pages", count=2)
    until(lambda: seat.pages == 2)
    ends.there.close()
    until(lambda: gone)
    assert (seat.pages, seat.ever_connected, seat.usable) == (0, True, False)


def test_one_that_shows_no_sign_of_life_is_killed(
    joined: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pages are told that it was stuck."""
    monkeypatch.setattr(seats, "_MARGIN", 0.01)
    monkeypatch.setattr(seats, "_SILENCE", 0.01)
    seat, ends, gone = joined(patience=0.01)
    ends.answers["alive"] = lambda *_: None
    seat.watch()
    assert seat.process.killed.wait(30)
    assert seat.farewell == STUCK
    until(lambda: gone)


def test_one_that_answers_is_left_alone(joined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its app does."""
    monkeypatch.setattr(seats, "_MARGIN", 0.01)
    seat, ends, _ = joined(patience=0.01)
    asked = threading.Event()

    def alive(link: Any, talk: int, value: Any) -> None:
        link.end(talk)
        asked.set()

    ends.answers["alive"] = alive
    seat.watch()
    assert asked.wait(30)
    assert not seat.process.killed.is_set()


def test_what_it_must_not_say_does_nothing(joined: Any) -> None:
    """Unknown notes and questions, and questions before it has a visitor."""
    seat, ends, _ = joined()
    ends.there.note("whatever")
    for name in ("whatever", "session refresh"):
        with pytest.raises(Exception, match=r".+"):
            ends.there.ask(name, 30.0)
    assert seat.usable
