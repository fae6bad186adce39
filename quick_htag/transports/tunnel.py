"""Two connections whose bytes are passed on both ways, on the sidecar's loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from .tls_stream import TlsStream
from .vanished import notice_silence

_HIGH: Final = 256 * 1024  # bytes waiting for one side before the other is not read any more


class End(asyncio.Protocol):
    """One side of a tunnel; every method runs on the sidecar thread.

    Args:
        first: what this side gets before anything else.

    """

    transport: asyncio.Transport | None = None

    def __init__(self, first: bytes) -> None:
        self._first = first
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
        if self._other is None:
            self._early.append(data)
        elif self._other.transport is not None and not self._other.transport.is_closing():
            self._other.transport.write(data)

    def pause_writing(self) -> None:
        if self._other is not None and self._other.transport is not None:
            self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._other is not None and self._other.transport is not None:
            self._other.transport.resume_reading()

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
) -> None:
    """Pass bytes on until both sides have ended, or one has broken. Owns the sockets.

    Args:
        client: non-blocking.
        server: non-blocking.
        for_client: sent to the client first.
        for_server: sent to the server first.
        aborts: gets a function that ends the tunnel, for as long as it runs.

    """
    ends = (End(for_client), End(for_server))

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
        await asyncio.gather(*(end.lost for end in ends))
    except OSError:  # one is gone already
        return
    finally:
        abort()
        aborts.discard(abort)
        for sock in (client, server):
            sock.close()  # again is harmless


def _no_delay(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:  # a Unix socket pair has no such option
        return
