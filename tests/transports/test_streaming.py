"""Streams and clients that take them slowly."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from quick_htag.messages.response import HTTPResponse

PIECE = b"x" * (1 << 20)
MUCH = 24  # pieces; more than the system keeps for a connection


class Stream:
    """Pieces of an answer; tells when it is closed."""

    def __init__(self, count: int = MUCH) -> None:
        self._count = count
        self.made = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.made += 1
            yield PIECE

    def close(self) -> None:
        """The server does not ask for more."""
        self.closed.set()


def start(serve: Any, site: Any, **settings: Any) -> tuple[Any, list[Stream], Callable[[], Any]]:
    """A server with "/stream", the streams it has begun, and what asks for one."""
    streams: list[Stream] = []

    def answer(_: Any) -> HTTPResponse:
        streams.append(Stream())
        return HTTPResponse(body=streams[-1])

    site.add("/stream", answer)
    live = serve(site, **settings)
    return live, streams, lambda: live.connect().send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")


def slow(live: Any) -> int:
    """How many clients are waited for."""
    count: int = live.transport._exchanges.answers.streams.waiting()
    return count


def stuck(live: Any, count: int) -> bool:
    """Whether so many clients are waited for, and the system takes nothing more for any of them."""
    waiting = list(live.transport._exchanges.answers.streams._slow)
    socks = [connection.sock for connection in waiting]
    return len(socks) == count and not select.select([], socks, [], 0.2)[1]


def test_slow_readers_are_no_workers(serve: Any, site: Any, until: Any) -> None:
    """With one worker and many clients that do not read, the others are answered."""
    site.add("/slow", lambda _: "by a worker").cost = 1.0
    live, streams, ask = start(serve, site, max_threads=1)
    clients = [ask() for _ in range(5)]
    until(lambda: slow(live) == 5)
    assert live.get("/slow").body == b"by a worker"
    assert [stream.made < MUCH for stream in streams] == [True] * 5
    assert all(len(client.answer().body) == MUCH * len(PIECE) for client in clients[:2])


def test_one_too_many_ends_the_one_that_has_waited_longest(
    serve: Any, site: Any, until: Any
) -> None:
    """The limit on slow clients drops the slowest, not the newest."""
    live, streams, ask = start(serve, site, max_slow_streams=2)
    for count in (1, 2):
        ask()
        until(lambda count=count: stuck(live, count))  # while it is not, its wait begins anew
    last = ask()
    assert streams[0].closed.wait(20)
    assert not streams[1].closed.is_set()
    assert len(last.answer().body) == MUCH * len(PIECE)


def test_a_client_below_the_rate_is_dropped(serve: Any, site: Any, until: Any) -> None:
    """Taking a little now and then does not stretch the time."""
    live, streams, ask = start(serve, site, send_timeout=0.3, send_min_rate=1 << 40)
    client = ask()
    until(lambda: slow(live) == 1)
    for _ in range(100):
        if streams[0].closed.wait(0.02):
            break
        client.take(1024)
    assert streams[0].closed.wait(20)
    until(lambda: live.counts()["connections"] == 0)


def test_a_client_above_the_rate_gets_everything(
    serve: Any, site: Any, clock: Any, until: Any
) -> None:
    """Slow is not too slow: it may take longer than the time limit."""
    settings: dict[str, Any] = {"send_timeout": 10.0, "send_min_rate": 1000.0}
    live, streams, ask = start(partial(serve, options={"clock": clock}), site, **settings)
    client = ask()
    client.line(b"\r\n\r\n")
    until(lambda: slow(live) == 1)
    [connection] = live.transport._hub.connections
    for _ in range(4):
        clock.advance(9.0)
        until(lambda: client.take(1 << 16) and connection.pace.deadline > clock() + 9.5)
    assert not streams[0].closed.is_set()
    client.take(4 * len(PIECE))


def test_the_end_of_the_server_waits_for_no_slow_client(serve: Any, site: Any, until: Any) -> None:
    """When the time is up they are dropped, their streams closed, and their threads end."""
    live, streams, ask = start(serve, site)
    for _ in range(3):
        ask()
    until(lambda: slow(live) == 3)
    live.transport.stop(0.1)
    assert all(stream.closed.wait(20) for stream in streams)
    until(lambda: live.counts()["threads"] == 0)
