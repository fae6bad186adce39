"""The last page of a program with a window."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.runners.desktop import LastPage

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 30.0


class Guis:
    """As many pages as the test says."""

    def __init__(self) -> None:
        self.count = 0
        self.held = threading.Lock()  # the watch looks only when it is free
        self.busy = False
        self.pages_changed: Any = None
        self._asked = threading.Semaphore(0)

    def connected_pages(self) -> int:
        self._asked.release()
        with self.held:
            return self.count

    def rendering(self) -> bool:
        return self.busy

    def asked(self) -> bool:
        """Whether the watch looks, which it does after each change."""
        return self._asked.acquire(timeout=LIMIT)

    def become(self, count: int) -> None:
        """Have so many pages, and wait until that was noticed."""
        self.count = count
        for _ in range(2):  # the second time, the first has been dealt with
            self.pages_changed()
            assert self.asked()


class Watched:
    """A watch with a grace of ten seconds on a clock of the test."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.guis = Guis()
        self.finished = threading.Event()
        self.last = LastPage(self.guis, 10.0, self.finished.set, clock)  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the watch look."""
        self.clock.advance(seconds)
        self.guis.pages_changed()


@pytest.fixture
def watched(clock: Any, no_thread_left: None) -> Iterator[Watched]:
    """Closed after the test."""
    made = Watched(clock)
    yield made
    made.last.close()


def test_it_ends_after_the_last_page(watched: Watched) -> None:
    """When nobody has come back in time."""
    watched.guis.become(2)
    watched.guis.become(0)
    watched.pass_time(10)
    assert watched.finished.wait(LIMIT)


def test_it_goes_on_while_a_page_is_loaded_again(watched: Watched) -> None:
    """Loading again is leaving and coming back."""
    watched.guis.become(1)
    watched.guis.become(0)
    watched.guis.become(1)
    watched.clock.advance(100)
    watched.guis.become(1)
    assert not watched.finished.is_set()


def test_it_waits_for_a_page_that_is_rendered(watched: Watched) -> None:
    """A slow app is not a page that has left."""
    watched.guis.become(1)
    watched.guis.become(0)
    watched.guis.busy = True
    watched.clock.advance(10)
    watched.guis.become(0)
    assert not watched.finished.is_set()
    watched.guis.busy = False
    watched.pass_time(10)
    assert watched.finished.wait(LIMIT)


def test_it_waits_for_the_first_page(watched: Watched) -> None:
    """However long the browser takes; but not when its window has gone."""
    watched.clock.advance(1000)
    watched.last._changed.set()  # a wake-up without a reason
    assert watched.guis.asked()
    assert not watched.finished.is_set()
    watched.last.window_closed()
    watched.guis.become(0)
    watched.pass_time(10)
    assert watched.finished.wait(LIMIT)


def test_a_page_that_leaves_at_once_was_there(watched: Watched) -> None:
    """Even if it had gone before anybody looked."""
    with watched.guis.held:
        watched.guis.count = 1
        watched.guis.pages_changed()
        watched.guis.count = 0
        watched.guis.pages_changed()
    watched.guis.become(0)
    watched.pass_time(10)
    assert watched.finished.wait(LIMIT)


def test_it_can_be_closed(watched: Watched) -> None:
    """Nothing is finished then, also by a second time."""
    watched.last.close()
    watched.last.close()
    assert not watched.finished.is_set()
