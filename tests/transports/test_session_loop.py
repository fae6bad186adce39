"""The loop of a session's thread."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.relay import Relay
from quick_htag.transports.session_loop import SessionLoop

LIMIT = 30.0


def _never(function: Callable[[], object]) -> None:
    raise AssertionError("there is no sidecar")


@pytest.fixture
def thread(no_thread_left: None) -> Iterator[LoopThread]:
    """A thread with such a loop."""
    made = LoopThread("session", print, partial(SessionLoop, Relay(_never)))
    yield made
    assert made.stop(LIMIT)


def test_other_threads_wake_it(thread: LoopThread) -> None:
    """Each call arrives, in order, however many there are at once."""
    calls: list[int] = []
    done = threading.Event()
    for number in range(1000):
        thread.post(partial(calls.append, number))
    thread.post(done.set)
    assert done.wait(LIMIT)
    assert calls == list(range(1000))


def test_it_wakes_itself(thread: LoopThread) -> None:
    """Timers ring, and not before their time."""

    async def sleep() -> float:
        begun = time.monotonic()
        await asyncio.sleep(0.05)
        return time.monotonic() - begun

    assert thread.run(sleep, LIMIT) >= 0.05


@pytest.mark.skipif(sys.platform != "linux", reason="counts the files of /proc")
def test_an_idle_loop_has_no_files_open(no_thread_left: None) -> None:
    """Where asyncio's own has three."""

    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = files()
    loop = SessionLoop(Relay(_never))
    assert files() == before
    loop.close()


def test_it_watches_sockets_when_asked(thread: LoopThread) -> None:
    """Apps may use asyncio's streams; meanwhile other threads wake it still."""
    ours, theirs = socket.socketpair()
    with theirs:

        async def read() -> bytes:
            reader, writer = await asyncio.open_connection(sock=ours)
            started.set()
            data = await reader.readexactly(5)
            writer.close()
            await writer.wait_closed()
            return data

        started, called, found = threading.Event(), threading.Event(), []
        waiting = threading.Thread(target=lambda: found.append(thread.run(read, LIMIT)))
        waiting.start()
        assert started.wait(LIMIT)
        thread.post(called.set)
        assert called.wait(LIMIT)
        theirs.sendall(b"hello")
        waiting.join(LIMIT)
    assert found == [b"hello"]


def test_an_idle_loop_shows_where_its_tasks_are(thread: LoopThread) -> None:
    """As one of asyncio's own does."""
    started = threading.Event()

    async def wait() -> None:
        started.set()
        await asyncio.sleep(LIMIT)

    thread.post(lambda: tasks.append(asyncio.ensure_future(wait())))
    tasks: list[object] = []
    assert started.wait(LIMIT)
    end = time.monotonic() + LIMIT
    while "asyncio.sleep" not in thread.stack() and time.monotonic() < end:
        time.sleep(0.01)
    assert "asyncio.sleep" in thread.stack()


def test_generators_are_closed_at_its_end(no_thread_left: None) -> None:
    """An asynchronous generator that was begun is ended with the loop, as asyncio does."""
    made = LoopThread("session", print, partial(SessionLoop, Relay(_never)))
    closed = threading.Event()

    async def count() -> AsyncIterator[int]:
        try:
            for number in range(10):
                yield number
        finally:
            closed.set()

    begun = count()
    assert made.run(begun.__anext__, LIMIT) == 0  # type: ignore[arg-type]
    assert made.stop(LIMIT)
    assert closed.is_set()


def test_streams_of_asyncio_work(thread: LoopThread) -> None:
    """A handler may connect to somebody on its loop."""

    async def talk() -> bytes:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            theirs.sendall(b"hello")
            found = await reader.readexactly(5)
            writer.close()
            await writer.wait_closed()
            return found

    assert thread.run(talk, LIMIT) == b"hello"
