"""The end of a live app, on a real thread and with a timer of the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.deadline import Deadline
from quick_htag.guis.instance_end import InstanceEnd
from quick_htag.transports.loop_thread import LoopThread
from tests.hand_timer import HandTimer
from tests.patience import until

LIMIT = 30.0


class Ended:
    """An app that ends: its thread, its timer, who was told of it."""

    def __init__(self, *, thread: bool = True) -> None:
        self.told_on: list[str] = []
        self.reports: list[str] = []
        self.gone: list[InstanceEnd] = []
        self.timer = HandTimer()
        self.release = threading.Event()  # the thread, see ``block``
        self.telling = threading.Event()
        self.patient = False  # the app takes its time
        self.runner = LoopThread("test-app", self._report) if thread else None
        app = SimpleNamespace(finish=self._finish)
        instance: Any = SimpleNamespace(app=app, report=self._report)
        self.end = InstanceEnd(instance, self.runner, self.timer, self.gone.append)

    async def _finish(self) -> None:
        self.told_on.append(threading.current_thread().name)
        self.telling.set()
        if self.patient:
            await asyncio.sleep(LIMIT)

    def _report(self, text: str, _error: BaseException | None) -> None:
        self.reports.append(text)

    def block(self) -> None:
        """Have the thread be busy with something else."""
        assert self.runner is not None
        busy = threading.Event()
        self.runner.post(lambda: (busy.set(), self.release.wait(LIMIT)))
        assert busy.wait(LIMIT)


@pytest.fixture
def make(no_thread_left: None) -> Iterator[Callable[..., Ended]]:
    """``make(**options)``: an app that ends; its thread has ended when the test has."""
    made: list[Ended] = []

    def make_one(**options: Any) -> Ended:
        made.append(Ended(**options))
        return made[-1]

    yield make_one
    for one in made:
        one.release.set()
        assert one.end.join(Deadline(LIMIT))


def test_the_app_is_told_on_its_thread(make: Any) -> None:
    """Then the thread ends, and nothing keeps the app in memory."""
    one = make()
    one.end.begin(guard=True)
    assert one.end.wait(Deadline(LIMIT))
    assert one.end.join(Deadline(LIMIT))
    assert one.told_on == ["test-app"]
    assert (one.gone, one.end.left_behind) == ([one.end], False)
    assert one.timer.alarms[0] in one.timer.undone
    assert one.end.wait(Deadline(0.0))


def test_without_a_thread_nobody_is_told(make: Any) -> None:
    """It was never built, or its thread has stopped by itself."""
    one, other = make(thread=False), make()
    assert other.runner.stop(LIMIT)
    for each in (one, other):
        each.end.begin(guard=True)
        assert each.end.wait(Deadline(0.0))
        assert (each.told_on, each.gone, each.timer.alarms) == ([], [each.end], [])


def test_a_blocked_thread_is_left_behind(make: Any) -> None:
    """After the time an app gets, and a second; it is gone once, also when the thread goes on."""
    one = make()
    one.block()
    one.end.begin(guard=True)
    assert not one.end.wait(Deadline(0.0))
    assert one.timer.delays == [6.0]
    one.timer.ring()
    assert one.end.wait(Deadline(0.0))
    assert one.end.left_behind
    assert ["left behind" in text for text in one.reports] == [True]
    assert not one.end.join(Deadline(0.0))
    one.release.set()
    assert one.end.join(Deadline(LIMIT))
    assert one.gone == [one.end]


def test_who_waits_needs_no_guard(make: Any) -> None:
    """The server that stops gives up by itself."""
    one = make()
    one.block()
    one.end.begin(guard=False)
    assert one.timer.alarms == []
    one.end.give_up()
    one.end.give_up()
    assert (len(one.reports), one.gone) == (1, [one.end])


def test_who_waits_meanwhile_is_told(make: Any) -> None:
    """As soon as the app is."""
    one = make()
    one.block()
    one.end.begin(guard=False)
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(one.end.wait, Deadline(LIMIT))
        until(lambda: one.end._leaving is not None)
        one.release.set()
        assert waiting.result(LIMIT)


def test_a_stuck_app_that_blocks_is_given_up_soon(make: Any) -> None:
    """Its visitor waits for another one."""
    one = make()
    one.block()
    one.end.begin(guard=False)
    one.end.hurry()
    assert one.timer.delays == [1.0]
    one.timer.ring()
    assert one.end.left_behind


def test_a_stuck_app_that_does_not_block_is_told(make: Any) -> None:
    """It has the time that every app gets."""
    one = make()
    one.patient = True
    one.end.begin(guard=False)
    one.end.hurry()
    assert one.telling.wait(LIMIT)
    one.timer.ring()
    assert not one.end.left_behind
    assert one.runner.stop(LIMIT)
    assert one.end.wait(Deadline(LIMIT))


def test_an_end_is_one_when_its_thread_stops_before_it(world: Any) -> None:
    """Who waits for it, as the server that stops does, is not left waiting."""
    world.visit()
    instance = world.host._table.live()[0]
    instance.post(lambda: (instance.end(1001, "test"), world.runners[0].stop()))
    assert world.runners[0]._thread.join(LIMIT) is None
    assert instance._ending.wait(Deadline(0.0))
