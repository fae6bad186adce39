"""A thread with its own asyncio loop."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

import pytest

from quick_htag.errors import NoCapacity
from quick_htag.transports.loop_thread import LoopThread
from tests.patience import quick, until

LIMIT = 30.0


@pytest.fixture
def errors() -> list[tuple[str, BaseException | None]]:
    """What was reported."""
    return []


@pytest.fixture
def thread(errors: list[Any], no_thread_left: None) -> Iterator[LoopThread]:
    """A running loop thread."""
    runner = LoopThread("test-loop", lambda text, error: errors.append((text, error)))
    yield runner
    runner.stop(LIMIT)


async def _name() -> str:
    return threading.current_thread().name


def test_a_coroutine_runs_there(thread: LoopThread) -> None:
    """run() gives the result of a coroutine that ran on the named thread."""
    assert thread.run(_name, LIMIT) == "test-loop"


def test_an_exception_reaches_the_caller(thread: LoopThread) -> None:
    """run() raises what the coroutine raised."""

    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        thread.run(fail, LIMIT)


def test_a_timeout_cancels(thread: LoopThread) -> None:
    """A coroutine whose caller gave up is cancelled."""
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(TimeoutError):
        thread.run(wait, 0.05)
    assert cancelled.wait(LIMIT)


def test_posts_keep_their_order(thread: LoopThread) -> None:
    """Functions are called in the order they were posted."""
    seen: list[int] = []
    for number in range(100):
        assert thread.post(lambda number=number: seen.append(number))
    thread.run(_name, LIMIT)
    assert seen == list(range(100))


def test_its_own_thread_may_not_wait_for_itself(thread: LoopThread) -> None:
    """run() on the thread itself is refused instead of hanging."""

    async def inner() -> None:
        thread.run(_name)

    with pytest.raises(RuntimeError, match="own thread"):
        thread.run(inner, LIMIT)


def test_stop_is_idempotent(thread: LoopThread) -> None:
    """A second stop() is harmless, and nothing is taken afterwards."""
    assert thread.stop(LIMIT)
    assert thread.stop(LIMIT)
    assert not thread.post(print)
    with pytest.raises(CancelledError):
        thread.run(_name)


def test_a_thread_that_is_stopped_as_it_begins_ends_cleanly(
    errors: list[Any], no_thread_left: None
) -> None:
    """It ends once it was told so, not before: the word would reach it amid its own end."""
    ending = threading.Event()

    class Loop(asyncio.SelectorEventLoop):
        def call_soon_threadsafe(self, *args: Any, **options: Any) -> asyncio.Handle:
            assert not ending.wait(0.2)
            return super().call_soon_threadsafe(*args, **options)

        async def shutdown_asyncgens(self) -> None:
            ending.set()

    runner = LoopThread("brief", lambda text, error: errors.append((text, error)), Loop)
    assert runner.stop(LIMIT)
    assert ending.is_set()
    assert errors == []


def test_stop_from_its_own_thread(thread: LoopThread) -> None:
    """The thread can end itself."""
    thread.post(thread.stop)
    assert thread.stop(LIMIT)


def test_stop_cancels_tasks_and_lets_them_finish(thread: LoopThread) -> None:
    """Tasks are cancelled and run to their end, asynchronous generators are closed."""
    ended: list[str] = []

    async def numbers() -> Any:
        try:
            while True:
                yield 1
                await asyncio.sleep(0)
        finally:
            ended.append("generator")

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append("task")

    keep: list[Any] = []

    async def start() -> None:
        keep.append(asyncio.ensure_future(work()))
        keep.append(numbers())
        await keep[-1].__anext__()

    thread.run(start, LIMIT)
    assert thread.stop(LIMIT)
    assert sorted(ended) == ["generator", "task"]


def test_stop_ends_the_wait_of_callers(thread: LoopThread) -> None:
    """A caller waiting in run() is told when the thread stops, even a blocked one."""
    release, waiting = threading.Event(), threading.Event()
    outcome: list[BaseException] = []

    async def block() -> None:
        waiting.set()
        release.wait(LIMIT)

    def call() -> None:
        try:
            thread.run(block)
        except CancelledError as error:
            outcome.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    assert waiting.wait(LIMIT)
    assert not thread.stop(0.01)
    caller.join(LIMIT)
    release.set()
    assert len(outcome) == 1


def test_a_background_failure_is_reported(thread: LoopThread, errors: list[Any]) -> None:
    """The exception of a callback reaches on_error, not stderr."""
    thread.post(lambda: 1 / 0)
    thread.run(_name, LIMIT)
    assert isinstance(errors[0][1], ZeroDivisionError)


def test_sys_exit_in_a_handler_does_not_end_the_thread(
    thread: LoopThread, errors: list[Any]
) -> None:
    """One handler calling sys.exit() leaves the loop running, and is reported."""
    thread.post(sys.exit)
    assert thread.run(_name, LIMIT) == "test-loop"
    assert isinstance(errors[0][1], SystemExit)


def test_starting_is_cheap(no_thread_left: None) -> None:
    """A loop thread starts in a few milliseconds at most, on any machine."""
    threads: list[LoopThread] = []
    quick(lambda: threads.append(LoopThread(f"t{len(threads)}", lambda *_: None)), 0.02)
    for thread in threads:
        thread.stop(LIMIT)


def test_the_stack_of_a_blocked_thread(thread: LoopThread) -> None:
    """It shows the code that blocks."""
    entered, release = threading.Event(), threading.Event()

    def block_here() -> None:
        entered.set()
        release.wait(LIMIT)

    thread.post(block_here)
    assert entered.wait(LIMIT)
    assert "block_here" in thread.stack()
    release.set()


def test_the_stack_of_a_waiting_thread(thread: LoopThread) -> None:
    """It shows where the tasks wait."""
    started = threading.Event()

    async def wait_here() -> None:
        started.set()
        await asyncio.sleep(60)

    thread.post(lambda: asyncio.get_running_loop().create_task(wait_here()))
    assert started.wait(LIMIT)
    until(lambda: "wait_here" in thread.stack())  # it goes to sleep just now


def test_the_stack_of_an_ended_thread(thread: LoopThread) -> None:
    """There is none, which is no error."""
    thread.stop(LIMIT)
    assert "has ended" in thread.stack()


def test_a_late_thread_starts_with_its_work(errors: list[Any], no_thread_left: None) -> None:
    """It is not there before, and its first piece of work needs no wake-up."""
    runner = LoopThread("late", lambda text, error: errors.append((text, error)), late=True)
    assert not runner.is_alive()
    assert runner.run(_name, LIMIT) == "late"
    assert runner.is_alive()
    assert runner.stop(LIMIT)


def test_a_late_thread_takes_work_from_many(errors: list[Any], no_thread_left: None) -> None:
    """Whoever comes first starts it, and nobody's work is lost."""
    runner = LoopThread("late", lambda text, error: errors.append((text, error)), late=True)
    done: list[int] = []
    threads = [
        threading.Thread(target=runner.post, args=(lambda number=number: done.append(number),))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert runner.run(_name, LIMIT) == "late"
    assert sorted(done) == list(range(20))
    assert runner.stop(LIMIT)


def test_a_late_thread_may_end_before_it_starts(no_thread_left: None) -> None:
    """Stopped without any work, it takes none, and there is nothing to wait for."""
    runner = LoopThread("late", lambda text, error: None, late=True)
    assert runner.stop(LIMIT)
    assert runner.stop(LIMIT)
    assert not runner.post(lambda: None)
    with pytest.raises(CancelledError):
        runner.run(_name, LIMIT)


def test_a_late_thread_that_cannot_start_says_so(
    monkeypatch: pytest.MonkeyPatch, no_thread_left: None
) -> None:
    """Who brings its first work hears of it, and so does everybody after that."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    runner = LoopThread("late", lambda text, error: None, late=True)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(NoCapacity, match="can't start new thread"):
            runner.run(_name, LIMIT)
    assert not runner.post(lambda: None)
    assert runner.stop(LIMIT)
