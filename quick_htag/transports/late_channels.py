"""What takes over connections that leave HTTP, loaded when the first of them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from ..interfaces import ChannelHost, Receiver
    from ..messages.deflate import Terms
    from ..messages.event_stream import EventStream
    from ..messages.response import Tunnel


class LateChannels:
    """A ``ChannelHost`` in the place of another one, see there. Any thread.

    Args:
        get: gives the other one, and makes it if need be.
        made: gives it only if it was made.

    """

    def __init__(
        self, get: Callable[[], ChannelHost], made: Callable[[], ChannelHost | None]
    ) -> None:
        self._get = get
        self._made = made
        self._host: ChannelHost | None = None  # kept once it is there; each connection asks

    def taken_over(self) -> int:
        host = self._host
        if host is None:
            host = self._host = self._made()
        return 0 if host is None else host.taken_over()

    def adopt(
        self,
        sock: socket.socket,
        head: bytes,
        received: bytes,
        receiver: Receiver,
        address: str,
        terms: Terms | None = None,
    ) -> None:
        self._get().adopt(sock, head, received, receiver, address, terms)

    def stream(
        self, sock: socket.socket, head: bytes, stream: EventStream, chunked: bool, address: str
    ) -> None:
        self._get().stream(sock, head, stream, chunked, address)

    def relay(self, sock: socket.socket, head: bytes, received: bytes, tunnel: Tunnel) -> None:
        self._get().relay(sock, head, received, tunnel)
