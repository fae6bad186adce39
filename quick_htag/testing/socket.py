"""One end of a websocket, in this process: what a page or a script would hold."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from ..deadline import Deadline
from ..interfaces import Receiver
from ..messages.channel import Outgoing, WebsocketChannel

NORMAL: Final = 1000  # close codes, RFC 6455 section 7.4.1
GONE: Final = 1006
_QUEUE: Final = 64 * 1024 * 1024  # bytes; a test reads when it likes
_AT_ONCE: Final = 64 * 1024


class PageClosed(Exception):
    """The other side has closed the connection.

    Attributes:
        code: the close code, RFC 6455 section 7.4.
        reason: its text.

    """

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"closed with {code} {reason!r}")


class TestSocket:
    """A websocket to whatever has answered a handshake. To be used on one thread.

    Args:
        receiver: gets what is sent.
        address: host the messages seem to come from.

    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    def __init__(self, receiver: Receiver, address: str = "127.0.0.1") -> None:
        self._receiver = receiver
        self._awake = threading.Event()
        self._arrived: deque[Outgoing] = deque()
        self._channel = WebsocketChannel(address, _QUEUE, self._awake.set)
        self._closed: tuple[int, str] | None = None
        receiver.opened(self._channel)

    def send(self, message: str | bytes) -> None:
        """Send a message.

        Raises:
            PageClosed: the connection is closed.

        """
        if self._closed is not None:
            raise PageClosed(*self._closed)
        self._receiver.received(message)

    def receive(self, timeout: float = 5.0) -> str | bytes:
        """The next message.

        Args:
            timeout: seconds to wait for it.

        Raises:
            PageClosed: there is none, and the other side has closed.
            TimeoutError: none came in time.

        """
        deadline = Deadline(timeout)
        while not self._arrived:
            self._awake.clear()
            self._channel.woken()
            self._arrived.extend(self._channel.take(_AT_ONCE))
            if self._arrived:
                break
            farewell = self._closed or self._channel.farewell()
            if farewell is not None:
                self._end(*farewell)
                raise PageClosed(*farewell)
            if not self._awake.wait(deadline.remaining()):
                raise TimeoutError(f"nothing was received in {timeout} s")
        message = self._arrived.popleft()
        return message.decode() if isinstance(message, bytes) else bytes(message)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close from this side. Safe to call twice."""
        self._end(code, reason)

    def drop(self) -> None:
        """Lose the connection, as when the network goes."""
        self._end(GONE, "")

    def _end(self, code: int, reason: str) -> None:
        if self._closed is None:
            self._closed = (code, reason)
            self._channel.end()
            self._receiver.closed(code, reason)
