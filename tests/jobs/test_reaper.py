"""The thread that waits for deadlines."""

from __future__ import annotations

import threading
import time
from typing import Any

from quick_htag.jobs.reaper import Reaper

TIMEOUT = 30


def test_it_starts_with_the_first_deadline(said: Any, no_thread_left: None) -> None:
    """Before it there is no thread; it does the work when the time has come."""
    times, done = [time.monotonic() + 0.01], threading.Event()

    def work() -> None:
        times.clear()
        done.set()

    before = set(threading.enumerate())
    reaper = Reaper(lambda: min(times, default=None), work, said)
    assert set(threading.enumerate()) <= before
    reaper.expect(times[0])
    assert done.wait(TIMEOUT)
    reaper.stop(TIMEOUT)


def test_a_nearer_deadline_wakes_it(said: Any, no_thread_left: None) -> None:
    """It does not sleep on until the one it knew."""
    far = time.monotonic() + 1000.0
    times, done = [far], threading.Event()

    def work() -> None:
        times[:] = [far]
        done.set()

    reaper = Reaper(lambda: min(times), work, said)
    reaper.expect(far)
    times.append(time.monotonic())
    reaper.expect(times[-1])
    assert done.wait(TIMEOUT)
    reaper.stop(TIMEOUT)


def test_a_failure_is_told_and_survived(said: Any, no_thread_left: None) -> None:
    """The next deadline is kept."""
    times, done = [0.0, 0.0], threading.Event()

    def work() -> None:
        times.pop()
        if times:
            raise ValueError("once")
        done.set()

    reaper = Reaper(lambda: min(times, default=None), work, said)
    reaper.expect(0.0)
    assert done.wait(TIMEOUT)
    assert [str(error) for error in said.errors] == ["once"]
    reaper.stop(TIMEOUT)


def test_the_far_future_is_waited_for(said: Any, no_thread_left: None) -> None:
    """However far it is: no system waits that long at once."""
    times = [1e300]
    reaper = Reaper(lambda: min(times, default=None), times.clear, said)
    reaper.expect(times[0])
    assert reaper._thread is not None
    while not reaper._changed._waiters:  # type: ignore[attr-defined]
        assert reaper._thread.is_alive()
    times.append(0.0)
    reaper.expect(0.0)
    while times:
        assert reaper._thread.is_alive()
    reaper.stop(TIMEOUT)
