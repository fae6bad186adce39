"""The sending side of one connection: filled on any thread, emptied by who owns the connection."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable

from ..errors import ConfigurationError

MAX_REASON = 123  # bytes of a close reason (RFC 6455 section 5.5)
CLOSE_EVENT = "close"  # name of the event that tells the end of a stream
BURST = 0.001  # seconds after a message in which the next is left to the owner of the connection

_LINE_END = re.compile("\r\n|\r|\n")
_BROKEN_FIELD = re.compile("[\r\n\0]")  # a browser ignores an id with a NUL

Outgoing = bytes | memoryview
"""What is sent: a text in UTF-8, or a binary message of a websocket."""


class QueuedChannel:
    """A ``SocketChannel``: a queue of messages and at most one pending wake-up of its owner.

    Args:
        address: host of the peer.
        limit: bytes that may wait here; see ``send``.
        wake: asks the owner, from any thread, to call ``woken`` and ``take`` soon.

    Attributes:
        on_room: called by the owner when something fits again that ``offer`` refused.
        on_more: called when something was queued, on the thread that did so.
        held: the receiver takes no more messages for now; see ``hold``.

    """

    transport = ""

    def __init__(self, address: str, limit: int, wake: Callable[[], object]) -> None:
        self.address = address
        self._limit = limit
        self._wake = wake
        self.on_room: Callable[[], object] | None = None  # set once, before the first message
        self.on_more: Callable[[], object] | None = None  # set once, likewise
        self.held = False
        self._lock = threading.Lock()  # guards everything below; only _straight is called under it
        self._queue: list[Outgoing] = []  # a deque takes 600 bytes when it is empty
        self._bytes = 0
        self._refused = False  # something that was offered, since the queue had room
        self._awake = False
        self._taken = False  # the owner is about to send what it took
        self._straight: Callable[[list[bytes]], bool] | None = None  # see ``send_straight``
        self._remind: Callable[[], object] | None = None  # likewise
        self._sent_at = 0.0  # monotonic time of the last message that went straight
        self._soon: list[bytes] = []  # goes with the next message ...
        self._promised = b""  # ... before it, unless that is the one which makes it superfluous
        self._reminded = False  # ``flush_soon`` will be called
        self._closing: tuple[int, str] | None = None
        self._overflow = False
        self._dropped = False
        self._dead = False

    def send(self, text: str) -> None:
        """Queue a message; ignored once ``close`` was called. Never blocks.

        When it does not fit besides what is waiting, the client is too slow and is dropped. A
        single message may have any size.
        """
        self._put(text)

    def settle(self, text: str) -> None:
        """Send a message that makes superfluous what was promised. Never blocks."""
        self._promised = b""  # one step, so that it needs no lock
        self.send(text)

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued; the first call counts. Never blocks."""
        with self._lock:
            if self._closing is not None or self._dead:
                return
            self._closing = (code, reason.encode()[:MAX_REASON].decode("utf-8", "ignore"))
            self._queue_soon()
            for data in self._last_words(*self._closing):
                self._queue.append(data)
                self._bytes += len(data)
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()

    def drop(self, code: int, reason: str) -> None:
        """Forget what is queued, and close. Never blocks."""
        with self._lock:
            self._queue.clear()
            self._soon.clear()
            self._promised = b""
            self._bytes = 0
            self._dropped = not self._dead
        self.close(code, reason)

    def offer(self, data: Outgoing) -> bool:
        """Queue a message if it fits; False: it does not, and ``on_room`` tells when to try again.

        Never blocks. A message that cannot arrive any more counts as queued.
        """
        with self._lock:
            if self._dropped:  # its end is near, and a handler that need not wait would spin
                return False
            if self._closing is not None or self._dead:
                return True
            self._queue_soon()
            if self._queue and self._bytes + len(data) > self._limit:
                self._refused = True
                return False
            self._queue.append(data)
            self._bytes += len(data)
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()
        if self.on_more is not None:
            self.on_more()
        return True

    def hold(self) -> None:
        """Read no more from the client until ``go_on``. In ``Receiver.received`` only."""
        self.held = True

    def go_on(self) -> None:
        """Read on. Never blocks."""
        with self._lock:
            self.held = False
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()

    def _last_words(self, code: int, reason: str) -> list[bytes]:
        """What is sent last; the lock is held."""
        return []

    def _put(self, text: str) -> None:
        data = text.encode("utf-8", "replace")  # a lone surrogate cannot be sent
        with self._lock:
            if self._closing is not None or self._dead:
                return
            if self._goes_straight():
                assert self._straight is not None
                waiting = [*self._soon, data]
                if self._promised:
                    waiting.insert(0, self._promised)
                if self._straight(waiting):
                    self._soon = []
                    self._promised = b""
                    return
            self._queue_soon()
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
        if self.on_more is not None:
            self.on_more()

    def promise(self, text: str) -> None:
        """Send a message with the next one or within a moment, unless ``settle`` comes before."""
        self._send_soon(text, promised=True)

    def send_soon(self, text: str) -> None:
        """Send a message together with the next one, or within a moment. Never blocks."""
        self._send_soon(text, promised=False)

    def _send_soon(self, text: str, *, promised: bool) -> None:
        remind = None
        with self._lock:
            waits = (
                self._straight is not None
                and not (self._queue or self._taken or self._dead)
                and self._closing is None
            )
            if waits:
                data = text.encode("utf-8", "replace")
                if promised:
                    self._promised = data
                else:
                    self._soon.append(data)
                if not self._reminded:
                    self._reminded = True
                    remind = self._remind
        if not waits:
            self.send(text)
        elif remind is not None:
            remind()

    def _goes_straight(self) -> bool:
        """Whether the caller sends its message itself; the lock is held.

        Of messages in quick succession that answer nothing only the first: the owner sends those
        that follow together, which costs less than a system call and a change of threads for each.
        """
        if self._straight is None or self._queue or self._taken:
            return False
        now = time.monotonic()
        if now - self._sent_at < BURST:
            return False
        self._sent_at = now
        return True

    # -- for the owner of the connection -----------------------------------------------------------

    def send_straight(
        self,
        send: Callable[[list[bytes]], bool] | None,
        remind: Callable[[], object] | None = None,
    ) -> None:
        """Let who has a message send it, on its thread, when nothing waits.

        Args:
            send: sends messages, in order and without blocking, or gives False and does nothing;
                None: all messages are queued from now on.
            remind: has ``flush_soon`` called within a moment. Any thread.

        """
        with self._lock:
            self._straight, self._remind = send, remind
            if send is None:
                self._queue_soon()

    def heard(self) -> None:
        """The client has said something; what it is answered need not wait for anybody."""
        self._sent_at = 0.0  # one step, so that it needs no lock

    def flush_soon(self) -> None:
        """Send what waits for a message that has not come."""
        with self._lock:
            self._reminded = False
            if self._promised:
                self._soon.insert(0, self._promised)
                self._promised = b""
            if not self._soon or self._dead:
                return
            if self._straight is not None and self._straight(self._soon):
                self._soon = []
                return
            self._queue_soon()
            wake = not self._awake
            self._awake = True
        if wake:
            self._wake()

    def _queue_soon(self) -> None:
        """Let what was to go with the next message wait its turn; the lock is held."""
        if self._promised:
            self._soon.insert(0, self._promised)
            self._promised = b""
        if self._soon:
            self._queue.extend(self._soon)
            self._bytes += sum(map(len, self._soon))
            self._soon = []

    def written(self) -> None:
        """The owner has sent what it took."""
        with self._lock:
            self._taken = False

    def woken(self) -> tuple[bool, bool]:
        """Whether to drop the client, and to close; from now on ``wake`` is called again."""
        with self._lock:
            self._awake = False
            return self._overflow, self._closing is not None

    def take(self, size: int) -> list[Outgoing]:
        """The messages that are next, of ``size`` bytes together or one that is larger."""
        count = taken = 0
        with self._lock:
            for message in self._queue:
                if count and taken + len(message) > size:
                    break
                taken += len(message)
                count += 1
            messages = self._queue[:count]
            del self._queue[:count]
            self._bytes -= taken
            self._taken = bool(messages)
            room = self._refused and bool(messages)
            if room:
                self._refused = False
        if room and self.on_room is not None:
            self.on_room()
        return messages

    def waiting(self) -> int:
        """Bytes that were not taken."""
        with self._lock:
            return self._bytes

    def farewell(self) -> tuple[int, str] | None:
        """The close asked for, when nothing waits before it."""
        with self._lock:
            return None if self._queue else self._closing

    def end(self) -> None:
        """The connection is gone; what comes from now on is ignored."""
        with self._lock:
            self._dead = True
            self._dropped = False
            self._queue.clear()
            self._soon.clear()
            self._promised = b""
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

    def _last_words(self, code: int, reason: str) -> list[bytes]:
        if not self._tells_close:
            return []
        told = json.dumps({"code": code, "reason": reason})
        return [event_text(told, event=CLOSE_EVENT).encode()]


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
