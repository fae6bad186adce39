"""Between a connection on the sidecar and its handler: what has arrived, what fits, and the end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar, cast

from ..deadline import Deadline
from ..errors import ConnectionClosed

if TYPE_CHECKING:
    from ..interfaces import Channel, SocketChannel

T = TypeVar("T")

NORMAL, INTERNAL_ERROR, TRY_AGAIN_LATER = 1000, 1011, 1013  # RFC 6455 section 7.4, and its registry
_OVERHEAD: Final = 64  # bytes a message takes beside its content


class Line:
    """A ``Receiver`` that keeps messages until somebody takes them.

    The first three methods are called on the sidecar thread and never block, the others on any.

    Args:
        limit: bytes of messages nobody has taken yet after which the client has to wait.
        begin: called once it is open; False: there is no room for a handler.
        over: set when somebody has closed it, or it broke.

    Attributes:
        on_change: called whenever a wait may be over, with the lock held; it must not block.
        over: as given.
        gone: set when the connection is no more; a closing handshake may come before.
        task: of an ``async`` handler.

    """

    def __init__(self, limit: int, begin: Callable[[], bool], over: threading.Event) -> None:
        self._limit = limit
        self._begin = begin
        self.on_change: Callable[[], object] | None = None  # set once, before the first wait
        self.over = over
        self.gone = threading.Event()
        self.task: object = None
        self._changed = threading.Condition()  # guards everything below; channels have other locks
        self._channel: SocketChannel | None = None
        self._inbox: deque[str | bytes] = deque()
        self._size = 0
        self._held = False
        self._end: tuple[int, str] | None = None  # of whoever was first to close
        self._deaf = False  # what arrives is not wanted any more

    # -- called by the connection ------------------------------------------------------------------

    def opened(self, channel: Channel) -> None:
        self._channel = cast("SocketChannel", channel)
        self._channel.on_room = self._room
        if not self._begin():
            self.close(TRY_AGAIN_LATER, "the server is full, try again later")

    def received(self, message: str | bytes) -> None:
        with self._changed:
            if self._deaf:
                return
            self._inbox.append(message)
            self._size += len(message) + _OVERHEAD
            if self._size > self._limit and self._channel is not None:
                self._held = True
                self._channel.hold()
            self._tell()

    def closed(self, code: int, reason: str) -> None:
        with self._changed:
            self.gone.set()
            self.over.set()
            if self._end is None:
                self._end = (code, reason)
            self._tell()

    # -- called by the handler ---------------------------------------------------------------------

    @property
    def end(self) -> tuple[int, str] | None:
        """Code and reason once somebody has closed it; 1006: it broke."""
        return self._end

    def is_end(self, error: BaseException) -> bool:
        """Whether an error only says that this very line has ended."""
        return isinstance(error, ConnectionClosed) and error.line is self

    def take(self) -> str | bytes | None:
        """The next message; None: there is none yet.

        Raises:
            ConnectionClosed: and there will be none.

        """
        with self._changed:
            if self._inbox:
                message = self._inbox.popleft()
                self._size -= len(message) + _OVERHEAD
                if self._held and self._size <= self._limit // 2:
                    self._read_on()
                return message
            if self._end is not None:
                raise ConnectionClosed(*self._end, line=self)
            return None

    def offer(self, data: bytes | memoryview) -> bool | None:
        """Send if it fits; None: it does not fit yet.

        Args:
            data: a text in UTF-8 as bytes, a binary message as a view of bytes.

        Raises:
            ConnectionClosed: nothing can be sent any more.

        """
        with self._changed:
            if self._end is not None:
                raise ConnectionClosed(*self._end, line=self)
            assert self._channel is not None
            return self._channel.offer(data) or None

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent; what was not taken is forgotten. The first call counts."""
        with self._changed:
            self._deaf = True
            self._inbox.clear()
            self._size = 0
            self.over.set()
            if self._end is None:
                self._end = (code, reason)
                if self._channel is not None:
                    self._channel.close(code, reason)
            if self._held:
                self._read_on()  # to the close frame of the client
            self._tell()

    def wait(self, attempt: Callable[[], T | None], timeout: float | None) -> T:
        """Call ``attempt`` until it gives something; blocks the calling thread.

        Raises:
            TimeoutError: it gave nothing for ``timeout`` seconds; None: no limit.

        """
        deadline = Deadline(timeout)
        with self._changed:
            while (value := attempt()) is None:
                remaining = deadline.remaining()
                if remaining is not None and remaining <= 0.0:
                    raise TimeoutError(f"nothing happened for {timeout} seconds")
                self._changed.wait(remaining)
            return value

    # -- inside ------------------------------------------------------------------------------------

    def _room(self) -> None:
        with self._changed:
            self._tell()

    def _tell(self) -> None:
        """The lock is held."""
        self._changed.notify_all()
        if self.on_change is not None:
            self.on_change()

    def _read_on(self) -> None:
        """The lock is held."""
        self._held = False
        if self._channel is not None:
            self._channel.go_on()
