"""One stream of server-sent events on the sidecar's loop: its bytes, its pings, its end."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ..messages.channel import EventChannel
from ..messages.event_stream import ABNORMAL, PING, PORTION
from .chunked import LAST_CHUNK, chunk
from .guest import Guest
from .pace import unconfirmed
from .vanished import give_up_after

if TYPE_CHECKING:
    from ..messages.event_stream import EventStream
    from .guest import Home


class EventConnection(Guest):
    """A client that gets events and sends nothing; every method runs on the sidecar thread.

    A client is dropped that takes nothing for a whole ping interval, or of what waits for it less
    than ``send_min_rate``, and so is one that leaves: its end of the stream is taken for that, too.
    One that vanishes without a word is noticed by its unconfirmed pings, after
    ``websocket_ping_timeout`` where the system can be told (Linux), else when the system gives up.

    Args:
        home: the sidecar.
        head: the response head, not sent yet.
        stream: what the client asked for.
        chunked: whether the head has announced chunked coding.
        address: host of the client.

    """

    channel: EventChannel

    def __init__(
        self, home: Home, head: bytes, stream: EventStream, chunked: bool, address: str
    ) -> None:
        super().__init__(home)
        self._head = head
        self._receiver = stream.receiver
        self._pinged = getattr(stream.receiver, "pinged", None)
        self._chunked = chunked
        self._written = 0  # bytes given to the transport
        self._taken = -1  # bytes the client's side had taken at the last ping ...
        self._due = 0.0  # ... and how many more it has to take until the next one
        self._end = (ABNORMAL, "")
        self._writable = True  # the transport wants more
        wake = partial(home.post, self._flush)
        limit = self._settings.websocket_max_queue
        self.channel = EventChannel(address, limit, wake, tells_close=stream.tells_close)
        self.channel.on_more = self._account

    # -- what the loop calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrive(transport)
        sock = self.transport.get_extra_info("socket")
        give_up_after(sock, self._settings.websocket_ping_timeout)
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
        self._leave()
        self._receiver.closed(*self._end)

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
        elif not closing:
            self._note_backlog()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._flush()

    def _write(self, data: bytes) -> None:
        self._written += len(data)
        self.transport.write(data)

    # -- clocks ------------------------------------------------------------------------------------

    def _ping(self) -> None:
        """Send a comment, or drop a client that has taken too little since the last one."""
        settings = self._settings
        waiting = self.transport.get_write_buffer_size()
        taken = self._written - waiting - unconfirmed(self.transport.get_extra_info("socket"))
        # to a Unix socket, what a client has not read yet counts for more than its bytes, so taken
        # may even have become less; nothing is due then
        if (self._due and taken - self._taken < self._due) or (waiting and taken <= self._taken):
            self.abort()
            return
        self._taken = taken
        self._due = min(waiting, settings.send_min_rate * settings.websocket_ping_interval)
        self._write(chunk(PING) if self._chunked else PING)
        if self._pinged is not None:
            self._pinged()
        self._later(settings.websocket_ping_interval, self._ping)
