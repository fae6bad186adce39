"""Notices when something blocks a loop."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from quick_htag.transports.departures import Departures
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.loop_watch import LoopWatch, WatchedSelector
from tests.hand_timer import HandTimer
from tests.patience import until

LIMIT = 30.0


class Watched:
    """A watch with a clock, a timer, and what was reported."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.timer = HandTimer()
        self.reports: list[float] = []
        self.watch = LoopWatch(1.0, self.timer, self.reports.append, clock)


@pytest.fixture
def watched(clock: Any) -> Watched:
    """The limit is one second."""
    return Watched(clock)


def test_a_block_is_reported_once(watched: Watched) -> None:
    """However long it goes on."""
    watched.watch.works()
    watched.clock.advance(1.5)
    watched.timer.ring()
    watched.clock.advance(10)
    watched.timer.ring()
    assert watched.reports == [1.5]
    assert watched.watch.blocked_for() == 11.5


def test_work_in_small_pieces_is_none(watched: Watched) -> None:
    """A loop may be busy all the time, as long as it looks for work."""
    for _ in range(20):
        watched.watch.works()
        watched.clock.advance(0.2)
        watched.watch.waits()
        watched.watch.works()
        watched.timer.ring()
    assert watched.reports == []


def test_the_rest_of_the_time_is_waited_for(watched: Watched) -> None:
    """A block that began after the timer was set is found all the same."""
    watched.watch.works()
    watched.clock.advance(0.9)
    watched.watch.waits()
    watched.watch.works()
    watched.clock.advance(0.1)
    watched.timer.ring()
    assert watched.reports == []
    watched.clock.advance(0.9)
    watched.timer.ring()
    assert watched.reports == [pytest.approx(1.0)]


def test_an_idle_loop_sets_no_timer(watched: Watched) -> None:
    """Nothing polls while nothing happens."""
    watched.watch.works()
    watched.watch.waits()
    watched.timer.ring()
    assert watched.timer.alarms == []
    assert watched.watch.blocked_for() == 0.0


def test_a_real_loop(no_thread_left: None, clock: Any) -> None:
    """The selector tells the watch when the loop works and when it waits."""
    watched = Watched(time.monotonic)
    thread = LoopThread(
        "watched",
        lambda *_: None,
        lambda: asyncio.SelectorEventLoop(WatchedSelector(watched.watch, Departures())),
    )
    entered, release = threading.Event(), threading.Event()
    thread.post(lambda: (entered.set(), release.wait(LIMIT)))
    assert entered.wait(LIMIT)
    assert watched.watch.busy_since is not None
    release.set()
    thread.run(lambda: asyncio.sleep(0.001), LIMIT)
    until(lambda: watched.watch.busy_since is None)
    assert thread.stop(LIMIT)
    assert watched.watch.busy_since is None
