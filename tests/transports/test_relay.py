"""Turns of threads; the test is the sidecar."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from quick_htag.transports import relay
from quick_htag.transports.relay import FIRST_PENALTY, Bell, Relay

LIMIT = 30.0


class Runner:
    """A session thread that notes when it runs, and may block."""

    def __init__(self, sidecar: Sidecar, name: str) -> None:
        self.bell = Bell(sidecar.relay)
        self.blocked_by: threading.Event | None = None
        self.ran = threading.Semaphore(0)
        self._log, self._name = sidecar.log, name
        self._ends = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while self.bell.sleep(LIMIT) and not self._ends:
            if self.blocked_by is not None:
                self.blocked_by.wait(LIMIT)
            self._log.append(self._name)
            self.ran.release()
        self.bell.close()

    def end(self) -> None:
        """End the thread."""
        self._ends = True
        self.bell.ring()
        self.thread.join(LIMIT)


class Sidecar:
    """A relay, and what it wants called."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], object]] = []
        self.relay = Relay(self.soon.append)
        self.relay.begin()
        self.log: list[str] = []
        self.runners: list[Runner] = []

    def runner(self, name: str) -> Runner:
        """One more session."""
        self.runners.append(Runner(self, name))
        return self.runners[-1]

    def round(self, *runners: Runner) -> None:
        """Wake sessions, and let the relay run."""
        for one in runners:
            one.bell.wake()
        for function in self.soon:
            function()
        self.soon.clear()


@pytest.fixture
def sidecar(no_thread_left: None) -> Iterator[Sidecar]:
    """A sidecar, whose sessions end."""
    made = Sidecar()
    yield made
    for one in made.runners:
        one.end()


def test_turns_are_in_order(sidecar: Sidecar, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, and all have run when the sidecar goes on."""
    monkeypatch.setattr(relay, "PATIENCE", LIMIT)  # or a busy machine takes a turn away
    runners = [sidecar.runner(name) for name in "abcd"]
    for _ in range(50):
        sidecar.round(*runners)
    assert sidecar.log == list("abcd") * 50


def test_nobody_waits_for_who_blocks(sidecar: Sidecar) -> None:
    """Others have their turn in a moment, and the sidecar goes on."""
    blocker, other = sidecar.runner("blocker"), sidecar.runner("other")
    blocker.blocked_by = threading.Event()
    begun = time.monotonic()
    sidecar.round(blocker, other)
    assert time.monotonic() - begun < LIMIT / 2
    assert other.ran.acquire(timeout=LIMIT)
    assert sidecar.log == ["other"]
    blocker.blocked_by.set()
    assert blocker.ran.acquire(timeout=LIMIT)


def test_who_has_blocked_is_out_for_a_while(sidecar: Sidecar) -> None:
    """It is woken at once, without a turn, and is in again after some times."""
    blocker = sidecar.runner("blocker")
    blocker.blocked_by = threading.Event()
    sidecar.round(blocker)
    blocker.blocked_by.set()
    for _ in range(FIRST_PENALTY):
        blocker.bell.wake()
        assert not sidecar.soon
    blocker.bell.wake()
    assert len(sidecar.soon) == 1
    sidecar.round()


def test_it_is_out_longer_each_time(sidecar: Sidecar) -> None:
    """An app that blocks now and then costs others less and less."""
    bell = Bell(sidecar.relay)
    lengths = []
    for _ in range(12):
        bell.leave_out()
        lengths.append(bell.outside)
    assert lengths[:3] == [16, 32, 64]
    assert lengths[-1] == 4096


def test_other_threads_wake_at_once(sidecar: Sidecar) -> None:
    """Only what the sidecar has to say waits for a turn."""
    runner = sidecar.runner("a")
    waking = threading.Thread(target=runner.bell.wake)
    waking.start()
    assert runner.ran.acquire(timeout=LIMIT)
    waking.join(LIMIT)
    assert not sidecar.soon


def test_who_has_ended_has_no_turn(sidecar: Sidecar) -> None:
    """The next has it."""
    gone, other = sidecar.runner("gone"), sidecar.runner("other")
    gone.end()
    sidecar.round(gone, other)
    assert other.ran.acquire(timeout=LIMIT)


def test_a_thread_that_ends_passes_its_turn_on(sidecar: Sidecar) -> None:
    """Nobody waits for it."""
    last, other = sidecar.runner("last"), sidecar.runner("other")
    last._ends = True
    sidecar.round(last, other)
    assert other.ran.acquire(timeout=LIMIT)


def test_at_the_end_nobody_sleeps_on(sidecar: Sidecar) -> None:
    """Those in the line are woken though nothing runs the relay any more."""
    runner = sidecar.runner("a")
    runner.bell.wake()
    sidecar.relay.end()
    assert runner.ran.acquire(timeout=LIMIT)


def test_a_bell_that_rings_twice_rings_once(sidecar: Sidecar) -> None:
    """It wakes; it does not count."""
    bell = Bell(sidecar.relay)
    bell.ring()
    bell.ring()
    assert bell.sleep(0.0)
    assert not bell.sleep(0.0)
