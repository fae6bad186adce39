"""What connections of the sidecar have in common: how they are sent away, and their one timer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ..messages.backlog import TRY_AGAIN
from .ending import GOING_AWAY, Ending

if TYPE_CHECKING:
    from ..messages.backlog import Backlog
    from ..settings import Settings
    from .relay import Relay


class Home(Protocol):
    """What a connection uses of the sidecar."""

    settings: Settings
    turns: Relay
    connections: set[Guest]
    backlog: Backlog

    def post(self, function: Callable[[], object]) -> bool:
        """Call ``function`` on the sidecar thread soon."""

    def remind(self, function: Callable[[], object]) -> None:
        """Call ``function`` on the sidecar thread within a moment. Any thread."""


class Channel(Protocol):
    """What a connection needs to know of its messages."""

    def waiting(self) -> int:
        """Bytes that nobody has taken yet."""

    address: str

    def close(self, code: int, reason: str) -> None:
        """Send what there is, and then the end."""

    def drop(self, code: int, reason: str) -> None:
        """Forget what there is, and send the end."""

    def end(self) -> None:
        """Take no more messages."""


class Guest(asyncio.Protocol):
    """A connection that the sidecar owns; every method runs on the sidecar thread.

    Args:
        home: the sidecar.

    """

    transport: asyncio.Transport
    channel: Channel

    def __init__(self, home: Home) -> None:
        self._home = home
        self._settings = home.settings
        self._ending = Ending(self._waiting, self._later, self.abort)
        self._timer: asyncio.TimerHandle | None = None
        self._parting: asyncio.Future[None] | None = None
        self._buffered = 0  # bytes of messages that the transport has, at the last look

    def _arrive(self, transport: asyncio.BaseTransport) -> None:
        """Be one of those at home."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        _no_delay(transport)
        self._home.connections.add(self)

    def _leave(self) -> None:
        """The connection is gone."""
        self._home.connections.discard(self)
        self._cancel_timer()
        self.channel.end()
        self._buffered = 0
        self._home.backlog.forget(self)
        if self._parting is not None and not self._parting.done():
            self._parting.set_result(None)

    def _note_backlog(self) -> None:
        """Say how much waits for the client, after some was sent."""
        self._buffered = self.transport.get_write_buffer_size()
        self._account()

    def _account(self) -> None:
        """Say how much waits for the client. Any thread."""
        backlog = self._home.backlog
        backlog.dismiss(backlog.note(self, self.channel.waiting() + self._buffered))

    @property
    def address(self) -> str:
        """Host of the peer."""
        return self.channel.address

    def make_room(self) -> None:
        """Close because slow clients leave too much, of which this one has left something longest.

        Any thread.
        """
        self.channel.drop(*TRY_AGAIN)

    def _waiting(self) -> int:
        return self.channel.waiting() + self.transport.get_write_buffer_size()

    def goodbye(self, code: int = GOING_AWAY, text: str = "") -> asyncio.Future[None]:
        """Close because the server stops; the value is done when the connection is gone."""
        self._parting = asyncio.get_running_loop().create_future()
        self.channel.close(code, text or "the server stops")
        return self._parting

    def abort(self) -> None:
        """Drop the connection; ``connection_lost`` follows."""
        self.channel.end()
        self.transport.abort()

    def _later(self, delay: float, function: Callable[[], object]) -> None:
        """Set the one timer of the connection; its end replaces the pings."""
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(delay, function)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _no_delay(transport: asyncio.Transport) -> None:
    """Send small packets at once."""
    sock = transport.get_extra_info("socket")
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, AttributeError):  # a Unix socket pair has no such option
        return
