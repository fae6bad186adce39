"""Coroutines on a loop of their own, and the workers that wait for them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.runners.async_calls import AsyncCalls, off_the_loop
from quick_htag.transports.loop_thread import LoopThread

if TYPE_CHECKING:
    from collections.abc import Iterator


def _ignore(text: str, error: BaseException | None) -> None:
    """Nobody reads it."""


@pytest.fixture
def calls(no_thread_left: None) -> Iterator[AsyncCalls]:
    """Closed after the test."""
    made = AsyncCalls(lambda name: LoopThread(name, _ignore))
    yield made
    made.close()


async def _give(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def _fail() -> None:
    raise KeyError("the handler")


def test_the_value_comes_back(calls: AsyncCalls) -> None:
    """As if the coroutine was a function."""
    assert calls.run(_give(3)) == 3


def test_an_exception_comes_back(calls: AsyncCalls) -> None:
    """It is raised where the value was wanted."""
    with pytest.raises(KeyError, match="the handler"):
        calls.run(_fail())


def test_coroutines_run_side_by_side(calls: AsyncCalls) -> None:
    """One that waits does not keep another from running."""
    event = asyncio.Event()

    async def wait() -> str:
        await event.wait()
        return "waited"

    async def free() -> str:
        event.set()
        return "freed"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: calls.run(wait()))
        assert calls.run(free()) == "freed"
        assert first.result(30) == "waited"


def test_what_blocks_is_done_by_the_worker(calls: AsyncCalls) -> None:
    """The loop stays free, and the coroutine gets value or exception."""

    async def work() -> tuple[Any, str]:
        thread = await off_the_loop(threading.get_ident)
        try:
            await off_the_loop(partial(int, "x"))
        except ValueError as error:
            return thread, str(error)
        return thread, ""

    thread, text = calls.run(work())
    assert thread == threading.get_ident()
    assert "invalid literal" in text


def test_outside_of_a_coroutine_it_is_done_at_once() -> None:
    """A plain handler needs no await."""
    assert off_the_loop(lambda: 5) == 5


def test_closing_ends_what_waits(calls: AsyncCalls) -> None:
    """A handler that never returns is cancelled, its request is answered 503."""
    begun = threading.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.sleep(3600)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: calls.run(endless()))
        assert begun.wait(30)
        calls.close()
        with pytest.raises(HTTPError, match="503"):
            waiting.result(30)


def test_nothing_runs_after_the_end(calls: AsyncCalls) -> None:
    """The coroutine is closed, so it does not warn."""
    calls.close()
    with pytest.raises(HTTPError, match="503"):
        calls.run(_give(1))


def test_a_task_that_outlives_its_request_is_told(calls: AsyncCalls) -> None:
    """Nobody is there any more to do what blocks."""
    failed: list[BaseException | None] = []
    answered, told = threading.Event(), threading.Event()

    async def later() -> None:
        while not answered.is_set():
            await asyncio.sleep(0.001)
        try:
            await off_the_loop(lambda: None)
        except RuntimeError as error:
            failed.append(error)
            told.set()

    async def begin() -> Any:
        return asyncio.get_running_loop().create_task(later())

    task = calls.run(begin())
    answered.set()
    assert told.wait(30)
    assert task is not None
    assert "answered already" in str(failed[0])
