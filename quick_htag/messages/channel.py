"""The sending side of one connection: filled on any thread, emptied by who owns the connection."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable

from ..errors import ConfigurationError

MAX_REASON = 123  # bytes of a close reason (RFC 6455 section 5.5)
CLOSE_EVENT = "close"  # name of the event that tells the end of a stream

_LINE_END = re.compile("\r\n|\r|\n")
_BROKEN_FIELD = re.compile("[\r\n\0]")  # a browser ignores an id with a NUL

Taken = tuple[list[bytes], int, "tuple[int, str] | None", bool]
"""Messages, their bytes, the close asked for, whether to drop the client."""


class QueuedChannel:
    """A ``Channel``: a queue of messages and at most one pending wake-up of its owner.

    Args:
        address: host of the peer.
        limit: bytes that may wait here; see ``send``.
        wake: asks the owner, from any thread, to call ``take`` soon.

    """

    transport = ""

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
        self._put(text)

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

    def _put(self, text: str) -> None:
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

    # -- for the owner of the connection -----------------------------------------------------------

    def take(self) -> Taken:
        """What waits, and what is to become of the connection."""
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


class WebsocketChannel(QueuedChannel):
    """Of a websocket: each text is one text message."""

    transport = "websocket"


class EventChannel(QueuedChannel):
    """Of a stream of server-sent events: each text is the data of one event.

    Args:
        address: host of the peer.
        limit: bytes that may wait here; see ``send``.
        wake: asks the owner, from any thread, to call ``take`` soon.
        tells_close: a last event named "close" has code and reason of ``close``, as JSON.

    """

    transport = "sse"

    def __init__(
        self, address: str, limit: int, wake: Callable[[], object], *, tells_close: bool = False
    ) -> None:
        super().__init__(address, limit, wake)
        self._tells_close = tells_close

    def send(self, text: str) -> None:
        """Queue an event without a name; see ``send_event``."""
        self._put(event_text(text))

    def send_event(
        self,
        text: str,
        *,
        event: str | None = None,
        event_id: str | None = None,
        retry: float | None = None,
    ) -> None:
        """Queue an event; see ``event_text`` for the arguments, ``send`` for the rest.

        Raises:
            ConfigurationError: the name or the id cannot be sent.

        """
        self._put(event_text(text, event=event, event_id=event_id, retry=retry))

    def take(self) -> Taken:
        messages, size, closing, overflow = super().take()
        if closing is not None and self._tells_close:
            told = json.dumps({"code": closing[0], "reason": closing[1]})
            messages.append(event_text(told, event=CLOSE_EVENT).encode())
        return messages, size, closing, overflow


def event_text(
    text: str,
    *,
    event: str | None = None,
    event_id: str | None = None,
    retry: float | None = None,
) -> str:
    """An event as it is sent (HTML standard, section 9.2 "Server-sent events").

    Args:
        text: the data; line ends of every kind arrive as a line feed.
        event: the name, which decides on the listeners that hear of it; None: "message".
        event_id: what the browser sends as ``Last-Event-ID`` when it connects again.
        retry: seconds the browser is to wait before it connects again; None: as before.

    Raises:
        ConfigurationError: the name or the id has a line end or a NUL.

    """
    lines = []
    for field, value in (("event", event), ("id", event_id)):
        if value is not None and _BROKEN_FIELD.search(value):
            raise ConfigurationError(f"the {field} of an event is one line, not {value!r}")
        if value is not None:
            lines.append(f"{field}: {value}")
    if retry is not None:
        lines.append(f"retry: {round(retry * 1000)}")
    lines += [f"data: {line}" for line in _LINE_END.split(text)]
    return "\n".join([*lines, "", ""])
