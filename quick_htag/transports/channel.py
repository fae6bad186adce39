"""The sending side of one websocket: filled on any thread, emptied on the sidecar's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

MAX_REASON = 123  # bytes of a close reason (RFC 6455 section 5.5)


class WebsocketChannel:
    """A ``Channel``: a queue of messages and at most one pending wake-up of the sidecar.

    Args:
        address: host of the peer.
        limit: bytes that may wait here; see ``send``.
        wake: asks the sidecar, from any thread, to call ``take`` soon.

    """

    transport = "websocket"

    def __init__(self, address: str, limit: int, wake: Callable[[], object]) -> None:
        self.address = address
        self._limit = limit
        self._wake = wake
        self._lock = threading.Lock()  # guards everything below; nothing is called under it
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._awake = False
        self._closing: tuple[int, str] | None = None
        self._overflow = False
        self._dead = False

    def send(self, text: str) -> None:
        """Queue a message; ignored once ``close`` was called. Never blocks.

        When it does not fit besides what is waiting, the client is too slow and is dropped. A
        single message may have any size.
        """
        data = text.encode("utf-8", "replace")  # a lone surrogate cannot be sent
        with self._lock:
            if self._closing is not None or self._dead:
                return
            if self._queue and self._bytes + len(data) > self._limit:
                self._overflow = self._dead = True
                self._queue.clear()
            else:
                self._queue.append(data)
                self._bytes += len(data)
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued; the first call counts. Never blocks."""
        with self._lock:
            if self._closing is not None or self._dead:
                return
            self._closing = (code, reason.encode()[:MAX_REASON].decode("utf-8", "ignore"))
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()

    # -- for the sidecar ---------------------------------------------------------------------------

    def take(self) -> tuple[list[bytes], int, tuple[int, str] | None, bool]:
        """What waits: messages, their bytes, the close asked for, whether to drop the client."""
        with self._lock:
            self._awake = False
            messages, size = list(self._queue), self._bytes
            self._queue.clear()
            self._bytes = 0
            return messages, size, self._closing, self._overflow

    def end(self) -> None:
        """The connection is gone; what comes from now on is ignored."""
        with self._lock:
            self._dead = True
            self._queue.clear()
            self._bytes = 0
