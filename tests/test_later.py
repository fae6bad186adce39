"""Parts that are made at their first use."""

from __future__ import annotations

import threading

from quick_htag.later import end_later_ones, later, made


class Owner:
    """Has a part that needs another one."""

    def __init__(self) -> None:
        self.count = 0

    @later
    def first(self) -> list[object]:
        """Needs the second."""
        self.count += 1
        return [self.second]

    @later
    def second(self) -> str:
        """Needs nothing."""
        return "made"


def test_it_is_made_once() -> None:
    """The method runs at the first use, and not again."""
    owner = Owner()
    assert owner.count == 0
    assert owner.first is owner.first
    assert (owner.first, owner.count) == (["made"], 1)


def test_each_object_has_its_own() -> None:
    """Two objects share nothing."""
    assert Owner().first is not Owner().first


def test_what_was_not_made_is_not_made_by_asking() -> None:
    """``made`` gives None, and changes nothing."""
    owner = Owner()
    assert made(owner, "first") is None
    assert owner.count == 0
    assert owner.first is made(owner, "first")


def test_threads_that_ask_at_once_get_the_same() -> None:
    """Of many threads one makes it, and the others wait."""
    for _ in range(50):
        owner, found, go = Owner(), [], threading.Barrier(4)

        def ask(owner: Owner = owner, found: list = found, go: threading.Barrier = go) -> None:
            go.wait(30)
            found.append(owner.first)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert owner.count == 1
        assert all(one is owner.first for one in found)
        assert len(found) == 4


def test_it_can_be_set() -> None:
    """A value that is assigned takes its place."""
    owner = Owner()
    owner.first = ["mine"]
    assert (owner.first, owner.count) == (["mine"], 0)


def test_what_comes_after_the_end_is_ended() -> None:
    """A part that is made when the object ends is told at once."""
    owner = Owner()
    end_later_ones(owner, second=lambda part: told.append(part))
    told: list[str] = []
    assert owner.first == ["made"]
    assert told == ["made"]
