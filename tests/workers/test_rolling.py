"""A restart of one place after another."""

from __future__ import annotations

import types
from typing import Any

from quick_htag.workers.rolling import Rolling
from quick_htag.workers.slot import Slot


class _Log:
    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str) -> None:
        """Note it."""
        self.said.append(text)


def _child(serves: bool = True) -> Any:
    return types.SimpleNamespace(serves=serves, ending_since=None)


def _rolling(count: int) -> tuple[Rolling, list[Slot], _Log]:
    slots = [Slot(index) for index in range(1, count + 1)]
    for slot in slots:
        slot.current = _child()
    log: Any = _Log()
    return Rolling(slots, lambda slot: _child(), log), slots, log


def test_one_after_another() -> None:
    """The next one begins when the one before has come, and the old one is gone."""
    rolling, (first, second), log = _rolling(2)
    rolling.begin()
    rolling.go_on()
    assert first.coming
    assert not second.coming
    old = first.take_over()
    rolling.go_on()
    assert not second.coming
    assert old is not None
    first.lost(old)
    rolling.go_on()
    assert second.coming
    second.leaving.clear()
    second.take_over()
    second.leaving.clear()
    rolling.go_on()
    assert log.said == ["restart: one worker after another", "restart: done"]


def test_it_waits_for_those_that_were_just_started() -> None:
    """Else there would be nobody for a moment."""
    rolling, slots, _ = _rolling(2)
    slots[1].current = _child(serves=False)
    rolling.begin()
    rolling.go_on()
    assert not slots[0].coming
    slots[1].current = _child()
    rolling.go_on()
    assert slots[0].coming


def test_a_second_one_replaces_all_again() -> None:
    """Also the place that has had its turn; it is said once."""
    rolling, (slot,), log = _rolling(1)
    rolling.begin()
    rolling.go_on()
    rolling.begin()
    slot.take_over()
    slot.leaving.clear()
    rolling.go_on()
    assert slot.coming
    assert log.said == ["restart: one worker after another"]


def test_one_that_cannot_be_started_ends_it() -> None:
    """The system has no process to give, say: the rest would fail as well, and says so once."""
    slots = [Slot(1), Slot(2)]
    for slot in slots:
        slot.current = _child()
    log: Any = _Log()
    rolling = Rolling(slots, lambda slot: None, log)
    rolling.begin()
    rolling.go_on()
    assert log.said[-1] == "restart: given up, the old workers go on"
    rolling.go_on()
    assert len(log.said) == 2


def test_nothing_is_replaced_without_one() -> None:
    """Nor after it was given up."""
    rolling, (slot,), log = _rolling(1)
    rolling.go_on()
    rolling.begin()
    rolling.end("given up")
    rolling.go_on()
    assert not slot.coming
    assert log.said[-1] == "given up"
