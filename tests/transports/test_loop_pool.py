"""Places on a shared loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports import loop_pool
from quick_htag.transports.loop_pool import LoopPlace, LoopPool
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.sidecar import Sidecar
from tests.patience import until

LIMIT = 30.0


class Timer:
    """Rings after real time."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        timer = threading.Timer(delay, function)
        timer.start()
        return timer.cancel


class Pool:
    """A pool, its threads, and what was reported."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.threads: list[LoopThread] = []
        annex = Sidecar(Settings(), MessageLog()).annex
        self.pool = LoopPool(
            self._start, annex, Timer(), 0.02, lambda text, _: self.errors.append(text)
        )

    def _start(self, name: str, new_loop: Any) -> LoopThread:
        self.threads.append(LoopThread(name, lambda text, _: self.errors.append(text), new_loop))
        return self.threads[-1]


@pytest.fixture
def pool(no_thread_left: None) -> Iterator[Pool]:
    """A pool without a loop yet."""
    made = Pool()
    yield made
    made.pool.close(LIMIT)


async def _thread() -> threading.Thread:
    return threading.current_thread()


def test_places_share_a_thread(pool: Pool) -> None:
    """It starts with the first place and ends with the last."""
    first, second = pool.pool.place("first"), pool.pool.place("second")
    assert first.run(_thread, LIMIT) is second.run(_thread, LIMIT)
    assert first.stop(LIMIT)
    assert second.run(_thread, LIMIT).is_alive()
    assert second.stop(LIMIT)
    assert pool.threads[0].stop(LIMIT)
    assert pool.pool.place("third").run(_thread, LIMIT) is not None
    assert len(pool.threads) == 2


def spawn(place: LoopPlace) -> threading.Event:
    """Start a task in a task in a callback of a place; the event is set when it is cancelled."""
    ended, started = threading.Event(), threading.Event()

    async def last() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def first() -> None:
        place.kept = asyncio.create_task(last())  # type: ignore[attr-defined]

    loop_of = asyncio.get_running_loop
    place.post(lambda: loop_of().call_soon(lambda: loop_of().create_task(first())))
    assert started.wait(LIMIT)
    return ended


def test_stop_cancels_the_tasks_of_its_place_only(pool: Pool) -> None:
    """Whatever an app has started ends with it, and nothing of another app does."""
    mine, other = pool.pool.place("mine"), pool.pool.place("other")
    my_end, other_end = spawn(mine), spawn(other)
    until(lambda: mine.tasks() == other.tasks() == 1)  # the first of each is about to end
    assert mine.stop(LIMIT)
    assert my_end.is_set()
    assert not other_end.is_set()
    assert (mine.tasks(), other.tasks()) == (0, 1)


def test_nothing_starts_after_the_end(pool: Pool) -> None:
    """A stopped place takes no calls; a task that its callbacks still make is cancelled."""
    place, other = pool.pool.place("place"), pool.pool.place("other")
    made: list[asyncio.Task[None]] = []

    async def late() -> None:
        await asyncio.sleep(60)

    def stop_and_start() -> None:
        place.stop()
        made.append(asyncio.get_running_loop().create_task(late()))

    place.post(stop_and_start)
    other.run(_thread, LIMIT)
    assert place.stop(LIMIT)
    assert made[0].cancelled()
    assert place.post(stop_and_start) is False
    with pytest.raises(CancelledError):
        place.run(_thread, LIMIT)


def test_stop_releases_who_waits(pool: Pool) -> None:
    """A caller of run() does not wait for a loop that another app blocks."""
    place, blocker = pool.pool.place("place"), pool.pool.place("blocker")
    release, entered = threading.Event(), threading.Event()
    blocker.post(lambda: (entered.set(), release.wait(LIMIT)))
    assert entered.wait(LIMIT)
    timer = threading.Timer(0.01, place.stop)
    timer.start()
    with pytest.raises(CancelledError):
        place.run(_thread, LIMIT)
    assert not place.stop(0.0)
    release.set()
    assert place.stop(LIMIT)
    timer.join()


def test_run_has_a_time_limit(pool: Pool) -> None:
    """The coroutine is cancelled; its own thread must not wait for itself."""
    place = pool.pool.place("place")
    with pytest.raises(TimeoutError, match="place took longer"):
        place.run(lambda: asyncio.sleep(60), 0.01)

    async def inside() -> None:
        place.run(_thread, LIMIT)

    with pytest.raises(RuntimeError, match="its own thread"):
        place.run(inside, LIMIT)


def test_who_blocks_the_loop_is_named(pool: Pool) -> None:
    """The report has the app and the stack, while it blocks."""
    place, pause = pool.pool.place("the blocking app"), threading.Event()

    async def block_here() -> None:
        pause.wait(0.2)  # ten times the limit

    def named() -> list[str]:
        place.run(block_here, LIMIT)
        return [text for text in pool.errors if text.startswith("the blocking app has blocked")]

    pool.pool.place("another")
    text = until(named)[0]  # a busy machine may be what blocks it first
    assert "the loop of all apps" in text
    assert "block_here" in text
    assert 'isolation="thread"' in text


def test_a_blocked_loop_gets_no_new_apps(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """They start on another loop; the blocked one ends with its last app."""
    monkeypatch.setattr(loop_pool, "RETIRE_AFTER", 0.0)
    blocked, release, entered = pool.pool.place("blocked"), threading.Event(), threading.Event()
    blocked.post(lambda: (entered.set(), release.wait(LIMIT)))
    assert entered.wait(LIMIT)
    free = pool.pool.place("free")
    assert free.run(_thread, LIMIT).is_alive()
    release.set()
    assert blocked.stop(LIMIT)
    assert pool.threads[0].stop(LIMIT)
    assert free.run(_thread, LIMIT).is_alive()


def test_the_stack_of_a_place(pool: Pool) -> None:
    """It shows where its own tasks wait, and not those of others."""
    mine, other = pool.pool.place("mine"), pool.pool.place("other")
    spawn(mine)
    until(lambda: "in last" in mine.stack())
    assert other.tasks() == 0


def test_a_task_that_does_not_end_is_reported(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that swallows its cancellation counts as not ended."""
    monkeypatch.setattr(loop_pool, "WIND_UP_LIMIT", 0.01)
    place, stubborn = pool.pool.place("place"), threading.Event()

    async def swallow() -> None:
        while not stubborn.is_set():
            try:
                await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                continue

    place.post(lambda: asyncio.get_running_loop().create_task(swallow()))
    until(place.tasks)
    assert place.stop(0.05) is False
    stubborn.set()
    assert place.stop(LIMIT)
    # a busy machine may have had the loop wait, which is reported, too
    assert any("tasks that do not end" in text for text in pool.errors)


def test_close_ends_every_loop(pool: Pool) -> None:
    """Places learn of it as of a thread that has stopped."""
    place = pool.pool.place("place")
    spawn(place)
    assert pool.pool.close(LIMIT)
    assert place.post(lambda: None) is False
    assert place.stop(LIMIT)
