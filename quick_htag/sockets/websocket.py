"""What the handler of a websocket gets: ``WebSocket`` on a thread, ``AsyncWebSocket`` on a loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from ..errors import ConfigurationError, ConnectionClosed, SendTimeout
from .async_waiter import AsyncWaiter
from .line import NORMAL

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..type_names import SocketArgs
    from .line import Line

Data = str | bytes | bytearray | memoryview
"""A message to send: str as text, the others as a binary message."""

CLOSE_WAIT: Final = 5.0  # seconds a client has for its part of the closing handshake
_RESERVED: Final = (1004, 1005, 1006, 1015)  # RFC 6455 section 7.4.1


def encode(data: Data) -> bytes | memoryview:
    """A message as channels take it.

    Raises:
        TypeError: it is neither text nor bytes.
        UnicodeEncodeError: the text has a lone surrogate, which no websocket can transport.

    """
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, bytes):
        return memoryview(data)
    if isinstance(data, (bytearray, memoryview)):
        return memoryview(bytes(data))  # it may change before it is sent
    raise TypeError(f"send takes str or bytes, not {type(data).__name__}; json_dumps makes a str")


def check_code(code: int, reason: str) -> None:
    """See to it that a close can be sent.

    Raises:
        ConfigurationError: the code is none an application may send (RFC 6455 section 7.4.2).
        UnicodeEncodeError: the reason has a lone surrogate.

    """
    if not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in _RESERVED:
        raise ConfigurationError(
            f"a close code is 1000 (done), 4000 to 4999 (yours) or a registered one, not {code!r}"
        )
    reason.encode()


class _Socket:
    """What both kinds have in common."""

    def __init__(
        self,
        line: Line,
        request: Request,
        args: SocketArgs,
        subprotocol: str | None,
        send_timeout: float | None,
    ) -> None:
        self._line = line
        self._send_timeout = send_timeout
        self.request = request
        self.args = args
        self.subprotocol = subprotocol

    @property
    def closed(self) -> bool:
        """Whether somebody has closed it, or it broke. Any thread."""
        return self._line.end is not None

    @property
    def close_code(self) -> int | None:
        """The code it was closed with; 1006: it broke; 1005: the client gave none; None: open."""
        end = self._line.end
        return None if end is None else end[0]

    @property
    def close_reason(self) -> str:
        """The text it was closed with."""
        end = self._line.end
        return "" if end is None else end[1]

    def _gone(self) -> bool | None:
        return self._line.gone.is_set() or None

    def _limit(self, timeout: float | None) -> float | None:
        return self._send_timeout if timeout is None else timeout

    def _too_slow(self, limit: float | None) -> SendTimeout:
        return SendTimeout(f"the client takes nothing for {limit} seconds")

    def __repr__(self) -> str:
        state = "open" if self._line.end is None else f"closed {self.close_code}"
        return f"<{type(self).__name__} {self.request.raw_path} {state}>"


class WebSocket(_Socket):
    """One websocket, on the thread of its handler. Every method may be called on any thread.

    Attributes:
        request: the request that opened it.
        args: as an endpoint gets them, and ``session``: the session of the visitor, None without.
        subprotocol: the one agreed on; None: none.

    """

    def receive(self, timeout: float | None = None) -> str | bytes:
        """Wait for the next message: str for a text, bytes for a binary message.

        Args:
            timeout: seconds; None: as long as it is open.

        Raises:
            ConnectionClosed: it is closed, and everything that arrived before was received.
            TimeoutError: nothing came in time; it stays open.

        """
        return cast("str | bytes", self._line.wait(self._line.take, timeout))

    def send(self, data: Data, timeout: float | None = None) -> None:
        """Send a message; waits while a slow client has too much to read already.

        Returns when the message is queued, not when it has arrived.

        Args:
            data: str for a text, bytes for a binary message.
            timeout: seconds to wait, 0 for none; None: ``settings.websocket_send_timeout``.

        Raises:
            ConnectionClosed: it is closed.
            SendTimeout: the client was too slow; nothing of the message was sent. It stays open.
            TypeError: it is neither str nor bytes.

        """
        encoded, limit = encode(data), self._limit(timeout)
        try:
            self._line.wait(lambda: self._line.offer(encoded), limit)
        except TimeoutError as error:
            raise self._too_slow(limit) from error

    def close(self, code: int = NORMAL, reason: str = "", timeout: float = CLOSE_WAIT) -> None:
        """Close after what was sent, and wait for the client to agree; again is harmless.

        Args:
            code: why; 4000 to 4999 are yours.
            reason: text for the client, 123 bytes at most are sent.
            timeout: seconds to wait for the client.

        Raises:
            ConfigurationError: the code cannot be sent.

        """
        check_code(code, reason)
        self._line.close(code, reason)
        try:
            self._line.wait(self._gone, timeout)
        except TimeoutError:  # the sidecar sees to the rest
            return

    def __iter__(self) -> Iterator[str | bytes]:
        """Every message until it is closed."""
        while True:
            try:
                message = self.receive()
            except ConnectionClosed:
                return
            yield message


class AsyncWebSocket(_Socket):
    """One websocket, for an ``async`` handler. To be used on the loop of its handler.

    Attributes:
        request: the request that opened it.
        args: as an endpoint gets them, and ``session``: the session of the visitor, None without.
        subprotocol: the one agreed on; None: none.

    """

    def __init__(self, line: Line, *details: Any) -> None:
        super().__init__(line, *details)
        self._waiter = AsyncWaiter(line)

    async def receive(self, timeout: float | None = None) -> str | bytes:
        """Wait for the next message; see ``WebSocket.receive``."""
        return await self._waiter.until(self._line.take, timeout)

    async def send(self, data: Data, timeout: float | None = None) -> None:
        """Send a message; see ``WebSocket.send``."""
        encoded, limit = encode(data), self._limit(timeout)
        try:
            await self._waiter.until(lambda: self._line.offer(encoded), limit)
        except TimeoutError as error:
            raise self._too_slow(limit) from error

    async def close(
        self, code: int = NORMAL, reason: str = "", timeout: float = CLOSE_WAIT
    ) -> None:
        """Close after what was sent; see ``WebSocket.close``."""
        check_code(code, reason)
        self._line.close(code, reason)
        try:
            await self._waiter.until(self._gone, timeout)
        except TimeoutError:  # the sidecar sees to the rest
            return

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Every message until it is closed."""
        while True:
            try:
                message = await self.receive()
            except ConnectionClosed:
                return
            yield message
