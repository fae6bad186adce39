"""The process of a visitor, seen from its server, over a real connection."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.guis.instance import STUCK
from quick_htag.isolation import life_watch
from quick_htag.isolation.greeting import PROTOCOL
from quick_htag.isolation.seat import Seat
from quick_htag.settings import Settings
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


def test_one_that_never_connects_is_not_kept(services: SimpleNamespace) -> None:
    """Nor what remains of it in the system, which somebody has to wait for."""
    gone: list[Seat] = []
    process: Any = Process()
    waited = threading.Event()
    process.wait = lambda timeout: waited.set() or True
    seat = Seat(services, "App", process, gone.append)
    with pytest.raises(AppFailed, match="not ready after 0 s"):
        seat.wait_ready(0.0)
    assert process.killed.is_set()
    assert waited.wait(30.0)
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
    assert services.begun.told == [(uid, "p", 1, ""), (uid, "p", 2), (uid, "p", 3)]


def test_processes_that_take_long_to_end_hold_nobody_up(
    joined: Any, services: SimpleNamespace
) -> None:
    """What others ask their server is answered meanwhile."""
    over = threading.Event()
    for _ in range(6):
        seat, ends, _ = joined()
        seat.process.wait = lambda timeout: over.wait(30.0)
        ends.there.close()
    until(lambda: not seat.usable)
    seat, ends, _ = joined()
    seat.session = SimpleNamespace(uid="me", short_id="me")
    try:
        assert ends.there.ask("begun", 20.0, page="p", number=1) == {"new": True}
    finally:
        over.set()


def test_the_session_of_its_visitor_stays_as_long_as_it_lives(
    joined: Any, services: SimpleNamespace
) -> None:
    """Not of one that has ended a moment before."""
    session = services.sessions.issue("192.0.2.1")
    seat, ends, gone = joined()
    assert seat.pin(session)
    assert (seat.pinned, session.pins) == (session, 1)
    seat, ends, gone = joined()
    ends.there.close()
    until(lambda: gone)
    assert seat.pin(session)
    assert (seat.pinned, session.pins) == (None, 1)


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
    monkeypatch.setattr(life_watch, "_MARGIN", 0.01)
    monkeypatch.setattr(life_watch, "_SILENCE", 0.01)
    seat, ends, gone = joined(patience=0.01)
    ends.answers["alive"] = lambda *_: None
    seat.life.watch()
    assert seat.process.killed.wait(30)
    assert seat.farewell == STUCK
    until(lambda: gone)


@pytest.mark.parametrize("way", ["stop", "session_ended"])
def test_one_that_hangs_as_a_whole_is_killed(
    joined: Any, services: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It does not hear that it is to end."""
    monkeypatch.setattr(life_watch, "_SILENCE", 0.01)
    services.settings = Settings(render_timeout=0.01)
    seat, _, gone = joined()
    arguments: Any = {"stop": (0.01, (1001, "bye")), "session_ended": ("bye",)}
    getattr(seat, way)(*arguments[way])
    assert seat.process.killed.wait(30)
    until(lambda: gone)


def test_nobody_kills_one_that_ends_as_it_is_told(
    joined: Any, services: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would is undone."""
    undone = threading.Event()
    services.timer = SimpleNamespace(call_later=lambda *_: undone.set)
    seat, ends, _ = joined()
    seat.stop(1.0, (1001, "bye"))
    ends.there.close()
    assert undone.wait(30)


def test_what_it_must_not_say_does_nothing(joined: Any) -> None:
    """Unknown notes and questions, and questions before it has a visitor."""
    seat, ends, _ = joined()
    ends.there.note("whatever")
    for name in ("whatever", "session refresh"):
        with pytest.raises(Exception, match=r".+"):
            ends.there.ask(name, 30.0)
    assert seat.usable
