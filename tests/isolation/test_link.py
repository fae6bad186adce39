"""Conversations over one connection."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quick_htag.isolation.frames import TEXT, packed
from quick_htag.isolation.hub import Hub
from quick_htag.isolation.link import LinkLost, Refused
from tests.patience import until


class Heard:
    """One side of a conversation: what it has heard."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.data: list[bytes] = []
        self.ends: list[Any] = []
        self.over = threading.Event()

    def said(self, text: str) -> None:
        self.texts.append(text)

    def got(self, data: bytes) -> None:
        self.data.append(data)

    def ended(self, value: Any) -> None:
        self.ends.append(value)
        self.over.set()


def test_a_question_is_answered(linked: Any) -> None:
    """With the values of both sides."""
    ends = linked()
    ends.answers["double"] = lambda link, talk, value: link.end(talk, result=value["number"] * 2)
    assert ends.here.ask("double", 30.0, number=21) == {"result": 42}


def test_a_conversation_that_fails_takes_no_other_along(
    hub: Hub, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not what has come together with what it could not stand."""
    told: list[Any] = []
    monkeypatch.setattr(hub, "_report", lambda text, error: told.append(error))
    ends, broken, heard = linked(), Heard(), Heard()
    broken.said = lambda text: 1 / 0  # type: ignore[assignment,method-assign]
    numbers = [ends.here.begin("x", {}, one) for one in (broken, heard)]
    ends.answers["x"] = lambda link, talk, value: Heard()
    frames = [packed(TEXT, number, b"hello") for number in numbers]
    ends.there.sock.send(b"".join(frames))
    until(lambda: heard.texts)
    assert heard.texts == ["hello"]
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_what_cannot_be_is_refused(linked: Any) -> None:
    """An unknown question, and a value that is missing."""
    ends = linked()
    ends.answers["double"] = lambda link, talk, value: value["number"]
    for name in ("unknown", "double"):
        with pytest.raises(Refused):
            ends.here.ask(name, 30.0)


def test_texts_and_bytes_go_both_ways_in_order(linked: Any) -> None:
    """Until one side ends it."""
    ends, there, here = linked(), Heard(), Heard()

    def begin(link: Any, talk: int, value: Any) -> Heard:
        for number in range(100):
            link.say(talk, str(number))
        return there

    ends.answers["line"] = begin
    talk = ends.here.begin("line", {}, here)
    ends.here.say(talk, "äöü")
    ends.here.give(talk, b"\0\xff")
    until(lambda: len(here.texts) == 100)
    ends.here.end(talk, good=True)
    assert there.over.wait(30)
    assert (there.texts, there.data, there.ends) == (["äöü"], [b"\0\xff"], [{"good": True}])
    assert here.texts == [str(number) for number in range(100)]


def test_who_waits_is_told_of_the_loss(linked: Any) -> None:
    """Questions raise, conversations end, and later ones, too."""
    ends, talk = linked(), Heard()
    ends.answers["wait"] = lambda *_: Heard()
    ends.here.begin("wait", {}, talk)
    answer = ends.here.start("wait")
    ends.there.close()
    with pytest.raises(LinkLost):
        answer.result(30)
    assert talk.over.wait(30)
    assert talk.ends == [None]
    with pytest.raises(LinkLost):
        ends.here.ask("wait", 30.0)
    until(lambda: ends.lost_there)


def test_a_question_has_its_time(linked: Any) -> None:
    """Then it is given up."""
    ends = linked()
    ends.answers["wait"] = lambda *_: Heard()
    with pytest.raises(TimeoutError):
        ends.here.ask("wait", 0.01)


def test_garbage_ends_the_connection(linked: Any) -> None:
    """And only that: nothing is done with it."""
    ends = linked()
    ends.here.note("first")
    until(lambda: ends.notes)
    ends.here.sock.send(packed(1, 1, b"no json"))
    until(lambda: ends.lost_there)
    assert [name for name, _ in ends.notes] == ["first"]


def test_more_than_the_system_takes_arrives(linked: Any) -> None:
    """What does not fit into the buffers is written when there is room; a patient side waits."""
    ends, here = linked(patient=True), Heard()
    big = "x" * 4_000_000

    def begin(link: Any, talk: int, value: Any) -> None:
        def send() -> None:
            for _ in range(5):
                link.say(talk, big)
            link.end(talk)

        threading.Thread(target=send).start()

    ends.answers["much"] = begin
    ends.here.begin("much", {}, here)
    assert here.over.wait(60)
    assert here.texts == [big] * 5


def test_what_ends_at_once_leaves_nothing(linked: Any) -> None:
    """A conversation that is over before it was taken is not kept."""
    ends = linked()

    def begin(link: Any, talk: int, value: Any) -> Heard:
        link.end(talk)
        return Heard()

    ends.answers["short"] = begin
    assert ends.here.ask("short", 30.0) == {}
    assert not ends.there._talks
