"""Two connections whose bytes are passed on both ways, on the sidecar's loop.

They are the sides of a websocket. One that is silent gets a ping of ours between two frames; its
pong is passed on, which nobody minds (RFC 6455 section 5.5.3). One that does not answer is gone.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .frame_follower import FrameFollower
from .tls_stream import TlsStream
from .vanished import notice_silence

if TYPE_CHECKING:
    from ..settings import Settings

_HIGH: Final = 256 * 1024  # bytes waiting for one side before the other is not read any more
_SHORTEST: Final = 0.01  # seconds between two looks
_PING: Final = b"\x89\x00"  # without content
_PING_TO_SERVER: Final = b"\x89\x80"  # from a client it is masked; the mask follows


class End(asyncio.Protocol):
    """One side of a tunnel; every method runs on the sidecar thread.

    Args:
        head: what this side gets before any frame.
        first: the bytes of frames it gets first.
        masks: what is sent to this side is masked: it is the server.

    """

    transport: asyncio.Transport | None = None

    def __init__(self, head: bytes, first: bytes, *, masks: bool) -> None:
        self._first = head + first
        self._masks = masks
        self._frames = FrameFollower()  # that go to this side
        self._frames.feed(first)
        self._heard = False  # something of it, since the last look
        self._asked: float | None = None  # loop time since which it owes a sign of life
        self._given = 0  # bytes
        self._waiting = False  # it had not taken all of them at the last look ...
        self._taken = 0  # ... but so many
        self._paused = False  # the other side takes nothing, so this one is not read
        self._early: list[bytes] = []  # came before the other side was there
        self._other: End | None = None
        self.ended = False  # it sends no more
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=_HIGH)
        if self._first:
            transport.write(self._first)
        self._first = b""

    def join(self, other: End) -> None:
        """Pass on to the other side from now on."""
        self._other = other
        early, self._early = self._early, []
        for data in early:
            self.data_received(data)
        if self.ended:
            self._pass_end(other)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._other is None:
            self._early.append(data)
        else:
            self._other.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        """Give this side what the other has sent."""
        if self.transport is not None and not self.transport.is_closing():
            self._frames.feed(data)
            self._given += len(data)
            self.transport.write(data)

    def pause_writing(self) -> None:
        if self._other is not None and self._other.transport is not None:
            self._other._paused = True
            self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._other is not None and self._other.transport is not None:
            self._other._paused = False
            self._other.transport.resume_reading()

    def look(self, now: float, patience: float) -> bool:
        """Whether this side is there; one that was silent since the last look is asked.

        Args:
            now: loop time.
            patience: seconds it has for a sign of life.

        """
        transport = self.transport
        if transport is None or transport.is_closing():
            return True  # its end is on the way
        waiting = transport.get_write_buffer_size()
        taken = self._given - waiting
        takes = self._waiting and taken > self._taken
        self._waiting, self._taken = waiting > 0, taken
        if self._heard or takes or self._paused or self.ended:
            self._heard = False
            self._asked = None
            return True
        if self._asked is not None and now - self._asked >= patience:
            return False
        if not self._frames.between and not waiting:
            return True  # the other side is the one that is waited for
        if self._asked is None:
            self._asked = now
        if self._frames.between and not self._frames.closed:
            transport.write(_PING_TO_SERVER + os.urandom(4) if self._masks else _PING)
        return True

    def eof_received(self) -> bool:
        self.ended = True
        if self._other is not None:
            self._pass_end(self._other)
        return True  # this side may still be written to

    def _pass_end(self, other: End) -> None:
        for end in (self, other):
            if end.transport is None or end.transport.is_closing():
                continue
            if self.ended and other.ended:
                end.transport.close()  # when everything is written
            elif end is other and end.transport.can_write_eof():
                end.transport.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._other is not None and self._other.transport is not None:
            self._other.transport.close()
        if not self.lost.done():
            self.lost.set_result(None)

    def abort(self) -> None:
        """Drop the connection."""
        if self.transport is not None:
            self.transport.abort()


async def run_tunnel(
    client: socket.socket,
    server: socket.socket,
    for_client: bytes,
    for_server: bytes,
    aborts: set[Callable[[], None]],
    settings: Settings,
    head: bytes = b"",
) -> None:
    """Pass bytes on until both sides have ended, or one has broken or is gone. Owns the sockets.

    Args:
        client: non-blocking.
        server: non-blocking.
        for_client: frames sent to the client first.
        for_server: frames sent to the server first.
        aborts: gets a function that ends the tunnel, for as long as it runs.
        settings: how often a silent side is asked, and how long it has for an answer.
        head: sent to the client before that.

    """
    ends = (End(head, for_client, masks=False), End(b"", for_server, masks=True))

    def abort() -> None:
        for end in ends:
            end.abort()

    aborts.add(abort)
    try:
        loop = asyncio.get_running_loop()
        for end, sock in zip(ends, (client, server), strict=True):
            _no_delay(sock)
            notice_silence(sock)
            if isinstance(sock, ssl.SSLSocket):  # asyncio takes none
                TlsStream(sock, end).start()
            else:
                await loop.connect_accepted_socket(lambda end=end: end, sock)  # type: ignore[misc]
        ends[0].join(ends[1])
        ends[1].join(ends[0])
        await _watch(ends, settings)
    except OSError:  # one is gone already
        return
    finally:
        abort()
        aborts.discard(abort)
        for sock in (client, server):
            sock.close()  # again is harmless


async def _watch(ends: tuple[End, End], settings: Settings) -> None:
    """Wait for the end of both sides; when one is gone without a word, so is the other."""
    loop = asyncio.get_running_loop()
    over = asyncio.gather(*(end.lost for end in ends))
    pause = min(settings.websocket_ping_interval, settings.websocket_ping_timeout)
    while True:
        done, _ = await asyncio.wait((over,), timeout=max(pause, _SHORTEST))
        if done:
            return
        now = loop.time()
        there = [end.look(now, settings.websocket_ping_timeout) for end in ends]
        if not all(there):
            for end in ends:
                end.abort()


def _no_delay(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:  # a Unix socket pair has no such option
        return
