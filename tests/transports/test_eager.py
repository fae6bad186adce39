"""A task that is begun at once is a task like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextvars import Context, ContextVar
from typing import Any

import pytest

from quick_htag.transports.eager import start_now

LIMIT = 30.0
Start = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]

_word: ContextVar[str] = ContextVar("word", default="none")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture
def run(loop: asyncio.AbstractEventLoop) -> Callable[[Callable[[Start], Any]], Any]:
    """``run(function)`` calls it in the loop, outside of tasks, and gives what it gives."""

    def run(function: Callable[[Start], Any]) -> Any:
        answer = loop.create_future()
        context = Context()
        context.run(_word.set, "outside")

        def call() -> None:
            answer.set_result(function(lambda work: start_now(loop, work, context)))

        loop.call_soon(call)
        return loop.run_until_complete(asyncio.wait_for(answer, LIMIT))

    return run


def test_what_does_not_wait_is_done_at_once(run: Any) -> None:
    """With its value."""

    async def work() -> int:
        return 7

    def begin(start: Start) -> Any:
        task = start(work())
        return task.done(), task.result()

    assert run(begin) == (True, 7)


def test_the_first_step_is_one_of_the_task(run: Any) -> None:
    """So what asks for the current task finds it, and what comes later is the same task."""
    seen: list[Any] = []

    async def work() -> None:
        seen.append(asyncio.current_task())
        await asyncio.wait_for(asyncio.sleep(0), LIMIT)
        seen.append(asyncio.current_task())

    def begin(start: Start) -> Any:
        task = start(work())
        return task, list(seen), task.done()

    task, seen_at_once, done = run(begin)
    assert (seen_at_once, done) == ([task], False)
    task.get_loop().run_until_complete(task)
    assert seen == [task, task]


def test_a_task_can_be_cancelled(run: Any) -> None:
    """While it waits."""

    async def work() -> None:
        await asyncio.sleep(LIMIT)

    def begin(start: Start) -> Any:
        task = start(work())
        task.cancel()
        return task

    task = run(begin)
    with pytest.raises(asyncio.CancelledError):
        task.get_loop().run_until_complete(task)


def test_each_task_has_a_copy_of_the_context(run: Any) -> None:
    """What one sets is nothing to the next."""
    seen = []

    async def work() -> None:
        seen.append(_word.get())
        _word.set("inside")

    run(lambda start: [start(work()), start(work())])
    assert seen == ["outside", "outside"]


def test_an_exception_is_that_of_the_task(run: Any) -> None:
    """Whoever starts it does not get it."""

    async def work() -> None:
        raise KeyError("app")

    task = run(lambda start: start(work()))
    assert isinstance(task.exception(), KeyError)


def test_an_exit_is_one_of_the_loop(loop: asyncio.AbstractEventLoop) -> None:
    """As that of any task: it leaves ``run_forever``, and not whoever has begun it."""
    went_on = []

    async def work() -> None:
        raise SystemExit(3)

    def begin() -> None:
        start_now(loop, work(), Context())
        went_on.append(True)

    loop.call_soon(begin)
    with pytest.raises(SystemExit):
        loop.run_forever()
    assert went_on


def test_the_loop_is_as_before(loop: asyncio.AbstractEventLoop, run: Any) -> None:
    """Nothing of the way there is left behind."""

    async def work() -> None:
        await asyncio.sleep(0)

    task = run(lambda start: start(work()))
    assert "call_soon" not in vars(loop)
    loop.run_until_complete(task)
