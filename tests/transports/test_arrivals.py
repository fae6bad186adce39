"""What has arrived is fetched together, and then used."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from quick_htag.transports import arrivals
from quick_htag.transports.arrivals import Arrivals
from quick_htag.transports.departures import Departures
from tests.hand_timer import HandTimer

LIMIT = 30.0
needs_epoll = pytest.mark.skipif(not hasattr(select, "epoll"), reason="sockets come one by one")
_visitor: ContextVar[str] = ContextVar("visitor", default="nobody")


class Post:
    """Sockets on a loop, and what happens to what is sent to them."""

    def __init__(self) -> None:
        self.departures = Departures(HandTimer())
        self.arrivals = Arrivals(self.departures)
        self.pairs: dict[str, tuple[socket.socket, socket.socket]] = {}
        self.told: list[str] = []
        self.on_fetch: Callable[[str], object] = lambda name: None
        self.on_use: Callable[[str], object] = lambda name: None

    def open(self, names: str) -> None:
        """A socket for each name."""
        for name in names:
            self.pairs[name] = ours, _ = socket.socketpair()
            ours.setblocking(False)

            def fetch(name: str = name) -> None:
                self.on_fetch(name)
                self.told.append(f"fetch {name} {self.pairs[name][0].recv(100).decode()}")

            def use(name: str = name) -> None:
                self.told.append(f"use {name}")
                self.on_use(name)

            self.arrivals.add(ours.fileno(), fetch, use)

    def send(self, names: str) -> None:
        """A letter to each."""
        for name in names:
            self.pairs[name][1].send(b"x")

    def close(self, names: str) -> None:
        """The sockets are used no more."""
        for name in names:
            self.arrivals.remove(self.pairs[name][0].fileno())
            for one in self.pairs.pop(name):
                one.close()

    async def until(self, count: int) -> list[str]:
        """What was told, when it is so much."""

        async def enough() -> None:
            while len(self.told) < count:
                await asyncio.sleep(0)

        await asyncio.wait_for(enough(), LIMIT)
        return self.told


@pytest.fixture
def post() -> Iterator[Post]:
    """No sockets yet; those that are left are closed in the end."""
    made = Post()
    yield made
    for pair in made.pairs.values():
        for one in pair:
            one.close()


def _run(post: Post, test: Callable[[], Any], *failures: type[BaseException]) -> None:
    """On a loop, which is told of these failures and no others."""
    told: list[type[BaseException]] = []

    async def running() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: told.append(type(context["exception"]))
        )
        try:
            await test()
        finally:
            post.close("".join(post.pairs))

    asyncio.run(running())
    assert told == [*failures]


@needs_epoll
def test_all_is_fetched_before_any_is_used(post: Post) -> None:
    """Of one round."""

    async def test() -> None:
        post.open("abc")
        post.send("ac")
        assert await post.until(4) == ["fetch a x", "fetch c x", "use a", "use c"]

    _run(post, test)


@pytest.mark.parametrize("system", ["none", "no files"])
def test_without_a_queue_it_is_one_by_one(
    post: Post, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    """Where there is none, or no file is left for one."""

    def full() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(arrivals, "_epoll", None if system == "none" else full)

    async def test() -> None:
        post.open("ab")
        post.send("ab")
        told = await post.until(4)
        assert sorted(told) == ["fetch a x", "fetch b x", "use a", "use b"]
        assert told.index("use a") == told.index("fetch a x") + 1

    _run(post, test)


def test_who_uses_it_has_his_own_context(post: Post) -> None:
    """The one in which he was added."""
    seen: list[str] = []
    post.on_use = lambda name: seen.append(_visitor.get())

    async def test() -> None:
        for name in "ab":
            _visitor.set(f"visitor {name}")
            post.open(name)
        _visitor.set("somebody else")
        post.send("ab")
        await post.until(4)
        assert sorted(seen) == ["visitor a", "visitor b"]

    _run(post, test)


@needs_epoll
def test_what_is_fetched_is_used_after_a_failure(post: Post) -> None:
    """Whoever fails ends the round only."""

    def fail(name: str) -> None:
        if name == "a":
            raise asyncio.CancelledError

    post.on_use = fail

    async def test() -> None:
        post.open("abc")
        post.send("abc")
        assert (await post.until(6))[3:] == ["use a", "use b", "use c"]

    _run(post, test, asyncio.CancelledError)


@needs_epoll
def test_what_is_fetched_is_used_after_a_failure_to_fetch(post: Post) -> None:
    """Nobody who has got something waits for more of it; what was not fetched comes later."""
    failures = [MemoryError]

    def fail(name: str) -> None:
        if name == "b" and failures:
            raise failures.pop()

    post.on_fetch = fail

    async def test() -> None:
        post.open("ab")
        post.send("ab")
        told = await post.until(5)
        assert told == ["fetch a x", "use a", "use b", "fetch b x", "use b"]

    _run(post, test, MemoryError)


def test_who_is_removed_is_not_asked_to_fetch(post: Post) -> None:
    """Nor is somebody who has the number of his socket later."""

    async def test() -> None:
        post.open("ab")
        post.send("a")
        post.close("a")
        post.open("c")
        post.send("b")
        assert await post.until(2) == ["fetch b x", "use b"]

    _run(post, test)


@needs_epoll
def test_a_round_of_several_may_hold_answers(post: Post) -> None:
    """One of a single socket may not."""
    seen: list[bool] = []
    post.on_use = lambda name: seen.append(post.departures.open)

    async def test() -> None:
        post.open("ab")
        post.send("a")
        await post.until(2)
        post.send("ab")
        await post.until(6)
        post.departures.end()
        assert seen == [False, True, True]

    _run(post, test)


def test_many_sockets_all_have_their_turn(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than hold something at a time."""
    monkeypatch.setattr(arrivals, "_MOST", 2)

    async def test() -> None:
        post.open("abcde")
        post.send("abcde")
        await post.until(10)
        assert sorted(post.told)[5:] == [f"use {name}" for name in "abcde"]

    _run(post, test)


@needs_epoll
def test_it_keeps_no_file_without_sockets(post: Post) -> None:
    """It opens another one when there are some again."""

    async def test() -> None:
        for _ in range(2):
            post.open("a")
            post.send("a")
            await post.until(len(post.told) + 2)
            assert not post.arrivals._queue.closed
            post.close("a")
            assert post.arrivals._queue.closed

    _run(post, test)
