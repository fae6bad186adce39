"""The end of a host is heard of, and stays the host's."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.process.host_signals import HostSignals

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 20.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot signal itself")


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    """No signal is handled, whatever ran before."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def host(nobody: None) -> list[int]:
    """What a host was told; it handles SIGTERM."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    return told


def test_the_end_is_heard_of(no_thread_left: None, host: list[int]) -> None:
    """On a thread; the host hears of it, too."""
    ended = threading.Event()
    signals = HostSignals(ended.set)
    assert signals.watch()
    assert signals.watch()
    os.kill(os.getpid(), signal.SIGTERM)
    assert ended.wait(LIMIT)
    assert host == [signal.SIGTERM]
    signals.leave()


def test_it_leaves_what_it_found(no_thread_left: None, host: list[int]) -> None:
    """And what others have put in place."""
    before = signal.getsignal(signal.SIGTERM)
    signals = HostSignals(lambda: None)
    signals.watch()
    signals.leave()
    signals.leave()
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_asyncio_does_is_left_alone() -> None:
    """CTRL-C ends what ``asyncio.run`` runs, and it gives the signal back after that."""

    async def watched() -> bool:
        return HostSignals(lambda: None).watch()

    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert not asyncio.run(watched())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_several_leave_in_any_order(no_thread_left: None, host: list[int]) -> None:
    """The last one leaves what the first one found."""
    before = signal.getsignal(signal.SIGTERM)
    several = [HostSignals(lambda: None) for _ in range(3)]
    assert [one.watch() for one in several] == [True] * 3
    for number in (0, 2, 1):
        several[number].leave()
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_nobody_handles_is_left_alone() -> None:
    """It ends the process as it would."""
    assert not HostSignals(lambda: None).watch()


def test_only_the_main_thread_may(host: list[int]) -> None:
    """On others nothing happens."""
    found: list[Any] = []
    signals = HostSignals(lambda: None)
    thread = threading.Thread(target=lambda: found.append(signals.watch()))
    thread.start()
    thread.join(LIMIT)
    assert found == [False]
