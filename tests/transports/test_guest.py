"""What every connection of the sidecar does alike."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from quick_htag.messages.backlog import Backlog
from quick_htag.settings import Settings
from quick_htag.transports.guest import Guest
from quick_htag.transports.relay import Relay

LIMIT = 30.0


class Channel:
    """Takes notes."""

    address = "peer"

    def __init__(self) -> None:
        self.told: list[Any] = []

    def waiting(self) -> int:
        return 0

    def close(self, code: int, reason: str) -> None:
        self.told.append((code, reason))

    def drop(self, code: int, reason: str) -> None:
        self.told.append(("drop", code))

    def end(self) -> None:
        self.told.append("end")


class Home:
    """A sidecar with nothing but room."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.connections: set[Guest] = set()
        self.backlog = Backlog(100)
        self.turns = Relay(self.post)

    def post(self, function: Callable[[], object]) -> bool:
        function()
        return True


class Visitor(Guest):
    """The least a connection can be."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.channel = Channel()
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrive(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self.gone.set_result(None)


def visit(what: Callable[[Home, Visitor, socket.socket], Any]) -> None:
    """Run ``what`` with a connected guest, on a loop."""

    async def run() -> None:
        home = Home()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        with theirs:
            _, guest = await loop.create_connection(lambda: Visitor(home), sock=ours)
            await what(home, guest, theirs)
            guest.abort()
            await asyncio.wait_for(guest.gone, LIMIT)

    asyncio.run(run())


def test_who_is_there_is_known() -> None:
    """From the beginning of a connection to its end."""

    async def look(home: Home, guest: Visitor, peer: socket.socket) -> None:
        assert home.connections == {guest}
        guest.abort()
        await asyncio.wait_for(guest.gone, LIMIT)
        assert home.connections == set()

    visit(look)


def test_goodbye_is_over_when_the_connection_is() -> None:
    """And not when it has been said."""

    async def leave(home: Home, guest: Visitor, peer: socket.socket) -> None:
        parting = guest.goodbye()
        assert guest.channel.told == [(1001, "the server stops")]
        assert not parting.done()
        guest.abort()
        await asyncio.wait_for(parting, LIMIT)

    visit(leave)


def test_the_later_call_replaces_the_earlier() -> None:
    """There is one timer."""
    calls: list[str] = []

    async def wait(home: Home, guest: Visitor, peer: socket.socket) -> None:
        done = asyncio.get_running_loop().create_future()
        guest._later(0.0, lambda: calls.append("first"))
        guest._later(0.0, lambda: done.set_result(None))
        await asyncio.wait_for(done, LIMIT)

    visit(wait)
    assert calls == []


def test_no_call_comes_after_the_end() -> None:
    """The timer goes with the connection."""
    calls: list[str] = []

    async def wait(home: Home, guest: Visitor, peer: socket.socket) -> None:
        guest._later(0.0, lambda: calls.append("late"))
        guest.connection_lost(None)
        guest.gone = asyncio.get_running_loop().create_future()
        await asyncio.sleep(0)  # a turn of the loop: what was due has run
        await asyncio.sleep(0)

    visit(wait)
    assert calls == []


def test_the_slowest_makes_room() -> None:
    """When more waits for all of them than may."""

    async def stay(home: Home, guest: Visitor, peer: socket.socket) -> None:
        guest.channel.waiting = lambda: 101  # type: ignore[method-assign]
        guest._note_backlog()
        assert guest.channel.told == [("drop", 1013)]
        assert home.backlog.total() == 0

    visit(stay)


def test_who_leaves_is_not_waited_for() -> None:
    """What waited for it does not count any more."""

    async def leave(home: Home, guest: Visitor, peer: socket.socket) -> None:
        guest.channel.waiting = lambda: 50  # type: ignore[method-assign]
        guest._note_backlog()
        assert home.backlog.total() == 50
        guest.abort()
        await asyncio.wait_for(guest.gone, LIMIT)
        assert home.backlog.total() == 0

    visit(leave)
