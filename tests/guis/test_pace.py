"""An app that pushes without a pause waits for its turn, and no other does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from quick_htag.guis.pace import BURST, MOMENT, PATIENCE, Pace


class _Timer:
    """Calls back at once, or never."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.asked = 0

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        self.asked += 1
        if self.works:
            function()
        return lambda: None


def test_a_burst_waits_for_a_turn_each_time(clock: Any) -> None:
    """Once for so many pushes."""
    timer = _Timer()
    pace = Pace(timer, clock)
    clock.advance(1.0)
    for _ in range(BURST * 10):
        pace.pushed()
    assert timer.asked == 9  # the first pushes were long after the beginning


def test_who_pauses_does_not_wait(clock: Any) -> None:
    """Pushes that are some milliseconds apart are no burst."""
    timer = _Timer()
    pace = Pace(timer, clock)
    for _ in range(BURST * 10):
        clock.advance(MOMENT / BURST * 1.1)
        pace.pushed()
    assert timer.asked == 0


def test_the_wait_has_an_end(clock: Any) -> None:
    """When nobody writes any more, as while the server stops."""
    pace = Pace(_Timer(works=False), clock)
    clock.advance(1.0)
    started = time.monotonic()
    for _ in range(BURST * 2):
        pace.pushed()
    assert PATIENCE * 0.9 < time.monotonic() - started < PATIENCE + 10.0


def test_other_threads_do_not_wait(clock: Any) -> None:
    """Their pushes are handed to the thread of the app."""
    timer = _Timer(works=False)
    pace = Pace(timer, clock)
    thread = threading.Thread(target=lambda: [pace.pushed() for _ in range(BURST * 5)])
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert timer.asked == 0


def test_an_app_with_a_thread_has_a_pace(world: Any) -> None:
    """Its pushes in a burst let the timer have its turn."""
    visitor = world.visit()
    begun = threading.Event()

    async def burst() -> None:
        for _ in range(BURST * 3):
            visitor.app.context.send("{}")
        begun.set()

    visitor.app.do_burst = burst
    visitor.receiver.received('{"n":1,"p":{"do":"burst"}}')
    assert begun.wait(10)
    assert len([payload for payload in visitor.channel.payloads() if payload == {}]) == BURST * 3
