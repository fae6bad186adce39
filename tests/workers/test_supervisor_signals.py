"""What a supervisor does about signals."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag.workers.supervisor_signals import SupervisorSignals
from quick_htag.workers.waiting import Waiting

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

LIMIT = 30.0  # seconds; only a broken test waits so long
NUMBERS = (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM))


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Signals as programs have them, however these tests were started."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    for number in NUMBERS:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def done() -> list[str]:
    """What was asked for."""
    return []


def _made(done: list[str], soon: Callable[..., object], **options: Any) -> SupervisorSignals:
    return SupervisorSignals(
        soon,
        stop=lambda: done.append("stop"),
        roll=lambda: done.append("roll"),
        kill=lambda: done.append("kill"),
        **options,
    )


@pytest.fixture
def signals(done: list[str], clock: Any) -> SupervisorSignals:
    """Whose work is done at once."""
    return _made(done, lambda work: work(), clock=clock)


def _send(number: int) -> None:
    """The handler runs before this returns, as this is the main thread."""
    signal.raise_signal(number)


def test_a_second_one_ends_at_once(signals: SupervisorSignals, done: list[str], clock: Any) -> None:
    """Not one of the same moment, which a terminal and a script send both."""
    with signals.handled():
        _send(signal.SIGTERM)
        _send(signal.SIGTERM)
        assert (done, signals.code) == (["stop"], None)
        clock.advance(5.0)
        _send(signal.SIGINT)
    assert done == ["stop", "kill"]
    assert signals.code == 128 + signal.SIGINT


def test_hangup_restarts(signals: SupervisorSignals, done: list[str]) -> None:
    """Unless it was ignored when the program began: ``nohup``."""
    with signals.handled():
        _send(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL
    assert done == ["roll"]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with signals.handled():
        _send(signal.SIGHUP)
    assert done == ["roll"]


def test_one_that_interrupts_no_wait_ends_it(done: list[str]) -> None:
    """As when another thread gets it, or it comes when the wait is just about to begin."""
    waiting = Waiting(lambda child: None)
    other = threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM))
    with _made(done, waiting.call_soon, wakeup=waiting.fileno()).handled():
        other.start()
        begun = time.monotonic()
        while not done:
            waiting.wait(LIMIT)
        assert time.monotonic() - begun < LIMIT
    other.join(LIMIT)
    waiting.close()
    assert signal.set_wakeup_fd(-1) == -1
