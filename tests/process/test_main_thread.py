"""Waits of the main thread, and signals that do not interrupt them."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from quick_htag import create_server
from quick_htag.process import main_thread
from quick_htag.process.main_thread import Bell, Ending, signal_bell
from tests.patience import LIMIT, until

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

pytestmark = pytest.mark.usefixtures("no_thread_left")


@pytest.fixture
def helper() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Does something on another thread, which has ended after the test."""
    threads = []

    def begin(work: Callable[[], object]) -> None:
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join(LIMIT)


@pytest.fixture
def handled() -> Iterator[list[int]]:
    """The SIGTERMs that had their handler called."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


def signal_this_thread() -> None:
    """As by one that comes when the main thread is just about to wait: its wait goes on."""
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def when_it_waits(ending: Ending, work: Callable[[], object] = lambda: None) -> None:
    """Do something as soon as the main thread waits, or is about to; then end that."""
    try:
        until(lambda: ending._bell is not None)
        work()
    finally:
        ending.set()


@posix
def test_a_signal_that_interrupts_nothing_is_handled(helper, handled):
    """The handler runs, however long the wait would have been."""
    in_time = []

    def act():
        signal_this_thread()
        in_time.append(until(lambda: handled))

    ending = Ending()
    helper(lambda: when_it_waits(ending, act))
    ending.wait()
    assert in_time == [[signal.SIGTERM]]


@posix
def test_a_server_ends_by_a_signal_that_interrupts_nothing(helper):
    """The main thread is in ``serve_forever``, and hears of it."""
    ended = threading.Event()
    in_time = []

    def act():
        signal_this_thread()
        in_time.append(ended.wait(LIMIT))

    with create_server(("127.0.0.1", 0)) as server:
        server.no_command_loop = True
        helper(lambda: when_it_waits(server._done, act))
        server.serve_forever()
        ended.set()
    until(lambda: in_time)
    assert in_time == [True]


def test_it_ends_when_it_is_to_end(helper):
    """Said meanwhile by another thread, before the wait, and again."""
    ending = Ending()
    helper(lambda: when_it_waits(ending))
    ending.wait()
    ending.set()
    ending.wait()
    assert ending.is_set()


def test_other_threads_wait_as_well(helper):
    """Without a bell, which signals ring for the main thread only."""
    ending, done = Ending(), threading.Event()
    helper(lambda: (ending.wait(), done.set()))
    ending.set()
    assert done.wait(LIMIT)


def test_two_wait_for_one(helper):
    """On the main thread and beside it."""
    ending, done = Ending(), threading.Event()
    helper(lambda: (ending.wait(), done.set()))
    helper(lambda: when_it_waits(ending))
    ending.wait()
    assert done.wait(LIMIT)


def leave_by_error() -> None:
    """As by a handler that raises."""
    with signal_bell():
        raise KeyError


def test_nobody_is_told_of_signals_afterwards():
    """Nor when the block ends by an error."""
    with signal_bell() as bell:
        assert bell is not None
        assert signal.set_wakeup_fd(bell.fileno()) == bell.fileno()
    assert signal.set_wakeup_fd(-1) == -1
    with pytest.raises(KeyError):
        leave_by_error()
    assert signal.set_wakeup_fd(-1) == -1


@pytest.fixture
def somebody() -> Iterator[socket.socket]:
    """Who is told of signals, as a loop of asyncio is."""
    theirs, ours = socket.socketpair()
    with theirs, ours:
        ours.setblocking(False)
        signal.set_wakeup_fd(ours.fileno())
        yield ours
        signal.set_wakeup_fd(-1)


def test_who_is_told_of_signals_stays(helper, somebody):
    """A server that waits meanwhile looks now and then."""
    ending = Ending()
    with signal_bell() as bell:
        assert bell is None
    helper(ending.set)
    ending.wait()
    assert signal.set_wakeup_fd(-1) == somebody.fileno()


def test_one_that_cannot_be_told_any_more_is_nobody(somebody):
    """It has been closed, or the number is another's by now."""
    somebody.setblocking(True)
    with signal_bell() as bell:
        assert bell is not None
    assert signal.set_wakeup_fd(-1) == -1


def test_one_that_comes_meanwhile_stays(somebody):
    """A handler may put its own in place."""
    signal.set_wakeup_fd(-1)
    with signal_bell():
        signal.set_wakeup_fd(somebody.fileno())
    assert signal.set_wakeup_fd(-1) == somebody.fileno()


@posix
def test_asyncio_runs_after_a_wait(handled):
    """Its loop takes signals when the bell is gone, and a wait after it has a bell again."""
    ending = Ending()
    ending.set()
    ending.wait()

    async def main():
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, told.set)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(told.wait(), LIMIT)
        loop.remove_signal_handler(signal.SIGTERM)

    asyncio.run(main())
    with signal_bell() as bell:
        assert bell is not None


def test_without_descriptors_it_looks_now_and_then(helper, monkeypatch):
    """A server that has none left still ends."""

    def none_left():
        raise OSError

    monkeypatch.setattr(main_thread, "Bell", none_left)
    ending = Ending()
    helper(ending.set)
    ending.wait()


def test_a_bell_that_nobody_hears():
    """It never holds up who rings it, and is heard later."""
    bell = Bell()
    for _ in range(10_000):
        bell.ring()
    bell.wait()
    bell.close()
