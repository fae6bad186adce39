"""An answer that stays open and gets events (``text/event-stream``), as a value.

A transport that can own many connections at a time hands the connection over, and no thread waits
for events. Every other transport sends the value like any stream: iterating it opens it on the
thread that iterates, waits for events, and gives them as bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..settings import Settings
from .channel import EventChannel
from .response import HTTPResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Receiver
    from .request import Request

PING: Final = b":\n\n"  # a comment: browsers ignore it, proxies see that the line is in use
PORTION: Final = 64 * 1024  # bytes taken out of a queue at once: what waits there is counted
ABNORMAL: Final = 1006  # as for websockets: gone without a close, RFC 6455 section 7.4.1

_FIELDS: Final = (
    ("Content-Type", "text/event-stream"),  # always UTF-8
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),  # nginx would collect events until its buffer is full
)


class EventStream:
    """The body of an answer whose events come when they come.

    Args:
        receiver: gets an ``EventChannel`` in ``opened``; nothing is ever received. ``closed`` has
            the code of ``Channel.close``, or 1006 when the client has left or was too slow.
        address: host of the client.
        tells_close: a last event named "close" has code and reason of ``Channel.close``, as JSON,
            for scripts that must know why a stream has ended.

    """

    def __init__(self, receiver: Receiver, address: str = "", *, tells_close: bool = False) -> None:
        self.receiver = receiver
        self.address = address
        self.tells_close = tells_close
        self._awake = threading.Event()
        self._ended = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        """The events, with the limits of the default settings."""
        defaults = Settings()
        return self.pieces(defaults.websocket_ping_interval, defaults.websocket_max_queue)

    def pieces(self, ping_interval: float, max_queue: int) -> Iterator[bytes]:
        """The events as they come, on the thread that iterates; ends when the channel is closed.

        Args:
            ping_interval: seconds without an event after which a comment is given, so that a
                client that has left is noticed.
            max_queue: bytes that may wait; when there are more the stream ends.

        """
        channel = EventChannel(
            self.address, max_queue, self._awake.set, tells_close=self.tells_close
        )
        code, reason = ABNORMAL, ""
        self.receiver.opened(channel)
        try:
            while not self._ended.is_set():
                if not self._awake.wait(ping_interval):
                    yield PING
                    continue
                self._awake.clear()
                if channel.woken()[0]:
                    return
                while messages := channel.take(PORTION):
                    yield b"".join(messages)
                if (closing := channel.farewell()) is not None:
                    code, reason = closing
                    return
        finally:
            channel.end()
            self.receiver.closed(code, reason)

    def close(self) -> None:
        """End a stream that is being iterated, from any thread; harmless otherwise."""
        self._ended.set()
        self._awake.set()


def event_stream(
    request: Request,
    receiver: Receiver,
    headers: Sequence[tuple[str, str]] = (),
    *,
    tells_close: bool = False,
) -> HTTPResponse:
    """An answer with a stream of events; HEAD gets its head only, and nothing is opened.

    Args:
        request: what it answers.
        receiver: see ``EventStream``.
        headers: more header fields.
        tells_close: see ``EventStream``.

    """
    stream = EventStream(receiver, request.client_address[0], tells_close=tells_close)
    return HTTPResponse(200, [*_FIELDS, *headers], stream)
