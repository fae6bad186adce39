"""Whom a process asks when it is connected to several servers."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.isolation import anchors as those
from quick_htag.isolation.anchors import UNTIL, Anchors, too_late
from quick_htag.isolation.link import LinkLost
from tests.patience import until


@pytest.fixture
def pair(linked: Any) -> Any:
    """Two servers that tell their names, the second was heard last; and the anchors."""
    made = Anchors()
    ends = [linked(), linked()]
    for number, one in enumerate(ends):
        one.answers["who"] = lambda link, talk, value, number=number: link.end(talk, who=number)
        made.add(one.here)
        one.here.heard += number * 1000.0
    return made, *ends


def test_who_was_heard_last_is_asked(pair: Any) -> None:
    """And told what one of them is to know."""
    anchors, first, second = pair
    assert anchors.ask("who", 30.0) == {"who": 1}
    anchors.note("hello")
    until(lambda: second.notes)
    assert not first.notes


def test_the_next_one_is_asked_when_there_is_no_answer(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silent one is asked last from then on, until it is heard."""
    anchors, first, second = pair
    monkeypatch.setattr(those, "_SILENCE", 0.05)
    second.answers["who"] = lambda *_: None
    second.here.heard = first.here.heard + 0.001
    assert anchors.ask("who", 30.0) == {"who": 0}
    assert anchors.best() == [first.here, second.here]
    second.here.heard = first.here.heard + 1000.0
    assert anchors.best()[0] is second.here


def test_without_a_server_there_is_no_answer(pair: Any, hub: Any) -> None:
    """One that has gone is passed over."""
    anchors, first, second = pair
    second.there.close()
    until(lambda: not second.here.alive)
    assert anchors.ask("who", 30.0) == {"who": 0}
    assert not anchors.remove(second.here)
    assert anchors.remove(first.here)
    with pytest.raises(LinkLost):
        anchors.ask("who", 30.0)


def test_a_question_tells_until_when_it_is_worth_an_answer(pair: Any) -> None:
    """A server that was frozen does nothing that another one has done meanwhile."""
    anchors, _, second = pair
    told: list[Any] = []
    second.answers["who"] = lambda link, talk, value: (told.append(value), link.end(talk))[1]
    anchors.ask("who", 30.0)
    assert not too_late(told[0])
    assert too_late({UNTIL: told[0][UNTIL] - 60.0})
    assert not too_late({})
