"""Processes that wait for a visitor."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.isolation.spares import Spares
from tests.patience import until


class Process:
    """Stands for a seat."""

    def __init__(self, broken: bool = False) -> None:
        self.usable = True
        self.broken = broken

    def settled(self) -> bool:
        return True

    def wait_ready(self, timeout: float) -> None:
        if self.broken:
            raise AppFailed("it cannot be loaded")


def spares(made: list[Any], wanted: int, executor: Any, broken: int = 0) -> Spares:
    """Whose first ``broken`` processes cannot be used."""

    def launch() -> Any:
        made.append(Process(len(made) < broken))
        return made[-1]

    return Spares(launch, wanted, executor)


def test_as_many_wait_as_are_wanted() -> None:
    """One that is taken is replaced."""
    made: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        those = spares(made, 2, executor)
        those.fill()
        until(lambda: len(those) == 2)
        assert those.take(1.0) is made[0]
        until(lambda: len(made) == 3)
        assert [*those.close()] == made[1:]


def test_without_spares_one_is_started() -> None:
    """When a visitor comes."""
    made: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        assert spares(made, 0, executor).take(1.0) is made[0]
    assert len(made) == 1


def test_a_spare_that_cannot_be_used_is_passed_over() -> None:
    """The next one may have the file that has been put right."""
    made: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        those = spares(made, 1, executor, broken=1)
        those.fill()
        until(lambda: len(those) == 1)
        assert those.take(1.0) is made[1]
        those.close()
    with ThreadPoolExecutor(1) as executor, pytest.raises(AppFailed):
        spares([], 0, executor, broken=1).take(1.0)


def test_who_has_waited_long_enough_is_told_why() -> None:
    """And not of another one, which would have had no time."""
    made: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        those = spares(made, 1, executor, broken=2)
        those.fill()
        until(lambda: len(those) == 1)
        with pytest.raises(AppFailed):
            those.take(0.0)
        assert len(made) == 1
        those.close()


def test_those_that_have_ended_are_not_started_again_and_again() -> None:
    """An app that cannot be loaded would keep the machine busy."""
    made: list[Any] = []
    with ThreadPoolExecutor(1) as executor:
        those = spares(made, 1, executor)
        those.fill()
        until(lambda: len(those) == 1)
        those.drop(made[0])
    assert (len(those), len(made)) == (0, 1)
