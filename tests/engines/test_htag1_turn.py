"""Turns of interactions."""

from __future__ import annotations

import asyncio

import pytest

from quick_htag.engines.htag1_turn import Turn


async def entering(turn: Turn, name: str, log: list[str]) -> None:
    """Wait for the turn, note it, and give it on in the next round of the loop."""
    await turn.wait()
    try:
        log.append(name)
        await asyncio.sleep(0)
    finally:
        turn.give()


def test_those_who_wait_come_in_the_order_of_arrival() -> None:
    """One at a time; afterwards it is free."""
    log: list[str] = []

    async def scenario() -> bool:
        turn = Turn()
        await asyncio.gather(*(entering(turn, name, log) for name in "abc"))
        return turn.taken

    assert not asyncio.run(scenario())
    assert log == ["a", "b", "c"]


def test_it_is_not_taken_from_those_who_wait() -> None:
    """Who comes right after it was given on finds it taken."""

    async def scenario() -> bool:
        turn = Turn()
        await turn.wait()
        waiting = asyncio.create_task(turn.wait())
        await asyncio.sleep(0)
        turn.give()
        taken = turn.taken
        await waiting
        return taken

    assert asyncio.run(scenario())


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_who_is_cancelled_does_not_keep_it(cancelled_first: bool) -> None:
    """The next one has its turn, also when it had come already."""
    log: list[str] = []

    async def scenario() -> bool:
        turn = Turn()
        await turn.wait()
        tasks = [asyncio.create_task(entering(turn, name, log)) for name in "ab"]
        await asyncio.sleep(0)
        both = [tasks[0].cancel, turn.give]
        for step in both if cancelled_first else reversed(both):
            step()
        await asyncio.gather(*tasks, return_exceptions=True)
        return turn.taken

    assert not asyncio.run(scenario())
    assert log == ["b"]
