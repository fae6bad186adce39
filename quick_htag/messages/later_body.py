"""An answer whose content comes later (a long poll), as a value.

A transport that can leave a connection waiting does so, and no thread waits. Every other transport
sends the value like any stream: iterating it waits on the thread that iterates.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator


class LaterBody:
    """Content that somebody delivers. Every method may be called on any thread.

    The first of ``deliver``, ``expire``, ``leave`` and a ``look`` that finds the end decides; the
    others do nothing then. ``late`` and ``left`` are called by the transport and must not block.

    Args:
        timeout: seconds the client waits.
        late: gives the content when nobody has delivered any in this time.
        left: told when the client leaves before it got its answer.

    """

    def __init__(
        self, timeout: float, late: Callable[[], bytes], left: Callable[[], object]
    ) -> None:
        self.timeout = timeout
        self._late = late
        self._left = left
        # guards the three below; the transport's non-blocking ``receive`` is called under it
        self._lock = threading.Lock()
        self._over = False
        self._data: bytes | None = None
        self._ready: Callable[[bytes], object] | None = None
        self._delivered = threading.Event()

    def deliver(self, data: bytes) -> bool:
        """Answer the client; False when it does not wait any more."""
        with self._lock:
            if self._over:
                return False
            self._over = True
            self._data = data
            ready = self._ready
        self._delivered.set()
        if ready is not None:
            ready(data)
        return True

    # -- for transports ----------------------------------------------------------------------------

    def park(self, ready: Callable[[bytes], object]) -> None:
        """Have ``ready(data)`` called once the content is there, at once if it is there already."""
        with self._lock:
            self._ready = ready
            data = self._data
        if data is not None:
            ready(data)

    def look(self, receive: Callable[[], bytes | None]) -> bytes | None:
        """What the waiting client has sent, by a ``receive`` that does not block; empty: it left.

        None: nothing, or its answer is on the way and the connection belongs to another thread.
        """
        with self._lock:
            if self._over:
                return None
            data = receive()
            if data != b"":
                return data
            self._over = True
        self._left()
        return b""

    def expire(self) -> None:
        """The time is up."""
        self.deliver(self._late())

    def leave(self) -> None:
        """The client has left."""
        with self._lock:
            if self._over:
                return
            self._over = True
        self._delivered.set()
        self._left()

    close = leave

    def __iter__(self) -> Iterator[bytes]:
        """The content, in one piece, for transports that let a thread wait."""
        if not self._delivered.wait(self.timeout):
            self.expire()
        if self._data is not None:
            yield self._data
