"""The way out of one GUI instance: numbered payloads, kept for pages that reconnect."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .interfaces import Channel
    from .settings import Settings


def _size(text: str) -> int:
    """Bytes of ``text`` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _send(channel: Channel, text: str) -> None:
    channel.send(text)


def send_soon(channel: Channel, text: str) -> None:
    """Send a message together with the next one, if the channel can do that."""
    later: Callable[[str], None] = getattr(channel, "send_soon", channel.send)
    later(text)


class _Kept(NamedTuple):
    """A message, those for single owners in its place, and the bytes of all."""

    message: str
    own: Mapping[str, str]
    size: int


class Outbox:
    """Numbers payloads, sends them to the attached channels and keeps the last ones.

    Every method may be called on any thread; one lock makes numbering, sending and replaying one
    step, so that every channel sees consecutive numbers. Channels never call back from ``send``.

    Args:
        settings: ``replay_messages`` and ``replay_bytes``.

    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()  # guards everything below
        self._number = 0
        self._ring: deque[_Kept] = deque()  # the last one is _number
        self._bytes = 0
        self._channels: list[tuple[Channel, str]] = []  # with their owners
        self._closing: tuple[int, str] | None = None

    @property
    def number(self) -> int:
        """Number of the last payload; 0: none yet."""
        return self._number

    def send(
        self, payload: str, own: Mapping[str, str] | None = None, followed: str | None = None
    ) -> int:
        """Send a payload to every attached channel.

        Args:
            payload: a JSON object as text.
            own: what single owners get in its place, under the same number.
            followed: the owner whose channel gets another message in a moment.

        Returns:
            its number; 0 when the outbox is closed, then nothing was sent.

        """
        with self._lock:
            if self._closing is not None:
                return 0
            self._number += 1
            message = f'{{"n":{self._number},"p":{payload}}}'
            owned = {one: f'{{"n":{self._number},"p":{text}}}' for one, text in (own or {}).items()}
            self._keep(message, owned)
            for channel, owner in self._channels:
                send = send_soon if owner == followed else _send
                send(channel, owned.get(owner, message))
            return self._number

    def attach(self, channel: Channel, seen: int, owner: str = "") -> bool:
        """Send what follows number ``seen`` and, from now on, everything to ``channel``.

        ``owner`` is whose the channel is, see ``send``.

        Returns:
            False when ``seen`` is too old or unknown: the channel is not attached, the page must
            be redrawn with ``send_full``. A closed outbox closes the channel.

        """
        with self._lock:
            if self._refused(channel):
                return True
            missing = self._number - seen
            if not 0 <= missing <= len(self._ring):
                return False
            for index in range(len(self._ring) - missing, len(self._ring)):
                kept = self._ring[index]
                channel.send(kept.own.get(owner, kept.message))
            self._channels.append((channel, owner))
            return True

    def send_full(self, channel: Channel, payload: str, owner: str = "") -> int:
        """Redraw one page, then attach its channel.

        To be called in the same step of the session's thread as the rendering: the payload stands
        for everything up to the current number.

        Returns:
            the number the page is at; 0 when the outbox is closed.

        """
        with self._lock:
            if self._refused(channel):
                return 0
            channel.send(f'{{"n":{self._number},"p":{payload},"full":true}}')
            if all(other is not channel for other, _ in self._channels):
                self._channels.append((channel, owner))
            return self._number

    def detach(self, channel: Channel) -> None:
        """Send nothing more to ``channel``; harmless when it is not attached."""
        with self._lock:
            self._channels = [one for one in self._channels if one[0] is not channel]

    def close(self, code: int, reason: str) -> None:
        """Close the channels, after what was sent, and take no more payloads; only once.

        Args:
            code: websocket close code.
            reason: text for the client.

        """
        with self._lock:
            if self._closing is not None:
                return
            self._closing = (code, reason)
            channels, self._channels = self._channels, []
            self._ring.clear()
            for channel, _ in channels:
                channel.close(code, reason)

    # -- the lock is held --------------------------------------------------------------------------

    def _refused(self, channel: Channel) -> bool:
        if self._closing is None:
            return False
        channel.close(*self._closing)
        return True

    def _keep(self, message: str, own: Mapping[str, str]) -> None:
        size = _size(message) + sum(map(_size, own.values()))
        self._ring.append(_Kept(message, own, size))
        self._bytes += size
        settings = self._settings
        while self._ring and (
            len(self._ring) > settings.replay_messages or self._bytes > settings.replay_bytes
        ):
            self._bytes -= self._ring.popleft().size
