"""One stream of server-sent events on the sidecar's loop: its bytes, its pings, its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from ..messages.channel import EventChannel
from ..messages.event_stream import ABNORMAL, PING, PORTION
from .chunked import LAST_CHUNK, chunk
from .ending import Ending
from .websocket import GOING_AWAY, no_delay

if TYPE_CHECKING:
    from ..messages.event_stream import EventStream
    from .websocket import Home

_USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux (RFC 5482)


class EventConnection(asyncio.Protocol):
    """A client that gets events and sends nothing; every method runs on the sidecar thread.

    A client that takes nothing for a whole ping interval is dropped, and so is one that leaves: its
    end of the stream is taken for that, too. One that vanishes without a word is noticed by its
    unconfirmed pings, after ``websocket_ping_timeout`` where the system can be told (Linux), else
    when the system gives up.

    Args:
        home: the sidecar.
        head: the response head, not sent yet.
        stream: what the client asked for.
        chunked: whether the head has announced chunked coding.
        address: host of the client.

    """

    transport: asyncio.Transport

    def __init__(
        self, home: Home, head: bytes, stream: EventStream, chunked: bool, address: str
    ) -> None:
        self._home = home
        self._settings = home.settings
        self._head = head
        self._receiver = stream.receiver
        self._pinged = getattr(stream.receiver, "pinged", None)
        self._chunked = chunked
        self._written = 0  # bytes given to the transport
        self._taken = -1  # bytes the client's side had taken at the last ping
        self._end = (ABNORMAL, "")
        self._writable = True  # the transport wants more
        self._ending = Ending(self._waiting, self._later, self.abort)
        self._timer: asyncio.TimerHandle | None = None
        self._parting: asyncio.Future[None] | None = None
        wake = partial(home.post, self._flush)
        limit = self._settings.websocket_max_queue
        self.channel = EventChannel(address, limit, wake, tells_close=stream.tells_close)

    # -- what the loop calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        no_delay(transport)
        _give_up_after(transport, self._settings.websocket_ping_timeout)
        self._home.connections.add(self)
        self._write(self._head)
        self._head = b""
        self._receiver.opened(self.channel)
        self._later(self._settings.websocket_ping_interval, self._ping)

    def data_received(self, data: bytes) -> None:
        """Nothing is expected; the head said that this connection ends."""

    def eof_received(self) -> bool:
        self.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._home.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self.channel.end()
        self._receiver.closed(*self._end)
        if self._parting is not None and not self._parting.done():
            self._parting.set_result(None)

    # -- sending -----------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Send what the channel holds."""
        channel = self.channel
        overflow, closing = channel.woken()
        if overflow:
            self.abort()
            return
        if closing:
            self._ending.begin()
        if self.transport.is_closing():
            return
        while self._writable and (messages := channel.take(PORTION)):
            data = b"".join(messages)
            self._write(chunk(data) if self._chunked else data)
        farewell = channel.farewell()
        if farewell is not None:
            self._end = farewell
            if self._chunked:
                self._write(LAST_CHUNK)
            self.transport.close()  # when everything is written

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._flush()

    def _write(self, data: bytes) -> None:
        self._written += len(data)
        self.transport.write(data)

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

    # -- clocks ------------------------------------------------------------------------------------

    def _ping(self) -> None:
        """Send a comment, or drop a client that has taken nothing since the last one."""
        waiting = self.transport.get_write_buffer_size()
        taken = self._written - waiting
        if waiting and taken == self._taken:
            self.abort()
            return
        self._taken = taken
        self._write(chunk(PING) if self._chunked else PING)
        if self._pinged is not None:
            self._pinged()
        self._later(self._settings.websocket_ping_interval, self._ping)

    def _later(self, delay: float, function: Callable[[], object]) -> None:
        """Set the one timer of the connection; the end replaces the pings."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, function)


def _give_up_after(transport: asyncio.Transport, seconds: float) -> None:
    """Have the system break a connection whose bytes nobody has confirmed for so long."""
    sock = transport.get_extra_info("socket")
    if _USER_TIMEOUT is None or sock is None:
        return
    with contextlib.suppress(OSError):  # a Unix socket pair has no such option
        sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, max(1, round(seconds * 1000)))
