"""Who runs handlers: how many, what becomes of failures, and how all of them end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag.errors import ConnectionClosed, HTTPError, SendTimeout
from quick_htag.settings import Settings
from quick_htag.sockets.handlers import Handlers
from quick_htag.sockets.line import Line
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.thread_factory import new_thread

LIMIT = 30.0


class Channel:
    """Closes as soon as it is asked to, and notes how."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.on_room: Any = None
        self.closed: list[tuple[int, str]] = []
        self.over = threading.Event()

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))
        self.line.closed(code, reason)
        self.over.set()


class Log:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors: list[tuple[str, BaseException | None]] = []

    def message(self, text: str) -> None:
        self.lines.append(text)

    def error(self, source: str, text: str, error: BaseException | None = None) -> None:
        self.errors.append((text, error))


@pytest.fixture
def log() -> Log:
    """Where failures go."""
    return Log()


@pytest.fixture
def make(no_thread_left: None, log: Log) -> Iterator[Callable[..., Handlers]]:
    """``make(**settings)``: handlers that are closed at the end."""
    made: list[Handlers] = []

    def start(**settings: Any) -> Handlers:
        def runner(name: str) -> LoopThread:
            return LoopThread(name, lambda text, error: None)

        made.append(Handlers(Settings(**settings), log, new_thread, runner))
        return made[-1]

    yield start
    for handlers in made:
        assert handlers.close(LIMIT, (1001, ""))


def connect(line: Line) -> Channel:
    """Open a line."""
    channel = Channel(line)
    line.opened(channel)  # type: ignore[arg-type]
    return channel


def receive(line: Line) -> object:
    """A handler that waits for one message."""
    return line.wait(line.take, LIMIT)


async def sleep(line: Line) -> None:
    """An ``async`` handler that would run for ever."""
    while line.end is None:
        await asyncio.sleep(0.005)


def test_the_end_of_a_handler_closes_its_line(make: Callable[..., Handlers], log: Log) -> None:
    """With 1000, and its thread is gone."""
    handlers = make()
    channel = connect(handlers.thread_line(lambda line: None, "/x"))
    assert channel.over.wait(LIMIT)
    assert (channel.closed, log.errors) == ([(1000, "")], [])


@pytest.mark.parametrize("error", [ValueError("bug"), SystemExit(1)])
def test_a_failure_is_logged_and_told(
    make: Callable[..., Handlers], log: Log, error: BaseException
) -> None:
    """The client learns that there was one; only the log says which."""

    def fail(line: Line) -> None:
        raise error

    channel = connect(make().thread_line(fail, "/x"))
    assert channel.over.wait(LIMIT)
    assert channel.closed == [(1011, "the handler failed")]
    assert log.errors == [("the handler of /x failed", error)]


def test_who_is_gone_is_no_failure(make: Callable[..., Handlers], log: Log) -> None:
    """A handler need not catch that its own client has left."""
    handlers = make()
    line = handlers.thread_line(receive, "/x")
    connect(line)
    line.closed(1001, "")
    handlers.close(LIMIT, (1001, ""))
    assert log.errors == []


def test_another_line_that_is_gone_is_one(make: Callable[..., Handlers], log: Log) -> None:
    """A handler that writes to others has to expect that these have left."""

    def fail(line: Line) -> None:
        raise ConnectionClosed(1000, line=object())

    channel = connect(make().thread_line(fail, "/x"))
    assert channel.over.wait(LIMIT)
    assert channel.closed[0][0] == 1011


def test_a_slow_client_is_no_failure(make: Callable[..., Handlers], log: Log) -> None:
    """A handler need not catch that its client takes nothing; the log has a line, no traceback."""

    def fail(line: Line) -> None:
        raise SendTimeout("the client takes nothing for 30 seconds")

    channel = connect(make().thread_line(fail, "/x"))
    assert channel.over.wait(LIMIT)
    assert (channel.closed, log.errors) == ([(1013, "too slow")], [])
    assert log.lines == ["the handler of /x has ended: the client takes nothing for 30 seconds"]


def test_threads_are_bounded(make: Callable[..., Handlers]) -> None:
    """One more is refused: with 503 before it is opened, with 1013 when it was open already."""
    handlers = make(max_handler_threads=1)
    early = handlers.thread_line(receive, "/x")
    connect(handlers.thread_line(receive, "/x"))
    assert handlers.counts() == (1, 0)
    with pytest.raises(HTTPError, match="503"):
        handlers.check_room(on_loop=False)
    assert connect(early).closed[0][0] == 1013
    handlers.check_room(on_loop=True)


def test_tasks_are_bounded_too(make: Callable[..., Handlers]) -> None:
    """By a number of their own; all are on one thread."""
    handlers = make(max_handler_tasks=2)
    before = set(threading.enumerate())
    for _ in "ab":
        connect(handlers.task_line(sleep, "/x"))
    assert (handlers.counts(), len(set(threading.enumerate()) - before)) == ((0, 2), 1)
    with pytest.raises(HTTPError, match="503"):
        handlers.check_room(on_loop=True)
    assert connect(handlers.task_line(sleep, "/x")).closed[0][0] == 1013


def test_an_async_failure_is_logged_and_told(make: Callable[..., Handlers], log: Log) -> None:
    """As of one on a thread."""

    async def fail(line: Line) -> None:
        raise ValueError("bug")

    channel = connect(make().task_line(fail, "/x"))
    assert channel.over.wait(LIMIT)
    assert channel.closed == [(1011, "the handler failed")]
    assert log.errors[0][0] == "the handler of /x failed"


def test_closing_ends_all_of_them(make: Callable[..., Handlers]) -> None:
    """Waits are over at once, and new ones are refused."""
    handlers = make()
    channels = [
        connect(handlers.thread_line(receive, "/x")),
        connect(handlers.task_line(sleep, "/x")),
    ]
    assert handlers.close(LIMIT, (1012, "the server restarts"))
    assert [channel.closed for channel in channels] == [[(1012, "the server restarts")]] * 2
    assert handlers.counts() == (0, 0)
    with pytest.raises(HTTPError, match="503"):
        handlers.check_room(on_loop=False)


@pytest.mark.parametrize("kind", ["thread_line", "task_line"])
def test_who_comes_too_late_is_told_why(make: Callable[..., Handlers], kind: str) -> None:
    """The server stopped between the handshake and the handler."""
    handlers = make()
    line = getattr(handlers, kind)(receive, "/x")
    assert handlers.close(LIMIT, (1001, "the server stops"))
    assert connect(line).closed == [(1001, "the server stops")]


def test_a_handler_that_does_not_end_is_left_behind(make: Callable[..., Handlers]) -> None:
    """Closing returns in time, and says so."""
    handlers, release = make(), threading.Event()
    connect(handlers.thread_line(lambda line: release.wait(LIMIT), "/x"))
    assert not handlers.close(0.05, (1001, ""))
    release.set()


def test_a_task_that_does_not_end_is_cancelled(make: Callable[..., Handlers]) -> None:
    """A loop can be stopped where a thread cannot."""
    handlers = make()

    async def stubborn(line: Line) -> None:
        await asyncio.sleep(60)

    connect(handlers.task_line(stubborn, "/x"))
    handlers.close(0.05, (1001, ""))
    assert handlers.close(LIMIT, (1001, ""))


def test_a_handler_knows_that_it_is_one(make: Callable[..., Handlers]) -> None:
    """Whoever stops the server from a handler must not wait for itself."""
    handlers, seen = make(), []
    channel = connect(handlers.thread_line(lambda line: seen.append(handlers.is_member()), "/x"))
    assert channel.over.wait(LIMIT)
    assert (seen, handlers.is_member()) == ([True], False)


def test_no_thread_is_left_to_start(make: Callable[..., Handlers], log: Log) -> None:
    """The system gives no more: the client is told to come again."""
    handlers = make()
    line = handlers.thread_line(receive, "/x")
    thread: Any = threading.Thread(target=print)
    thread.start()
    thread.join()
    assert not handlers._begin_thread(line, thread)  # starting it again is a RuntimeError, too
    assert (handlers.counts(), len(log.errors)) == ((0, 0), 1)
