"""Waiting for a line on a loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from quick_htag.sockets.async_waiter import AsyncWaiter
from quick_htag.sockets.line import Line


def made() -> Line:
    """A line without a connection."""
    return Line(1000, lambda: True, threading.Event())


def test_two_tasks_may_wait() -> None:
    """What wakes one does not leave the other asleep."""

    async def run() -> list[object]:
        line = made()
        waiter = AsyncWaiter(line)
        waits = [waiter.until(line.take, 5.0), waiter.until(line.take, 5.0)]
        for delay, text in ((0.01, "a"), (0.02, "b")):
            threading.Timer(delay, line.received, (text,)).start()
        return list(await asyncio.gather(*waits))

    assert sorted(asyncio.run(run()), key=str) == ["a", "b"]


def test_a_wait_has_an_end() -> None:
    """A TimeoutError on every Python."""

    async def run() -> None:
        line = made()
        await AsyncWaiter(line).until(line.take, 0.01)

    with pytest.raises(TimeoutError, match=r"0\.01 seconds"):
        asyncio.run(run())


def test_a_change_after_the_loop_is_harmless() -> None:
    """The connection may live longer than the loop."""
    line = made()

    async def run() -> None:
        AsyncWaiter(line)

    asyncio.run(run())
    line.received("x")
    assert line.take() == "x"
