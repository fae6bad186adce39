"""The way out of one GUI instance: numbered payloads, kept for pages that reconnect."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .interfaces import Channel
    from .settings import Settings


def _size(text: str) -> int:
    """Bytes of ``text`` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def send_soon(channel: Channel, text: str) -> None:
    """Send a message together with the next one, if the channel can do that."""
    later: Callable[[str], None] = getattr(channel, "send_soon", channel.send)
    later(text)


def promise(channel: Channel, text: str) -> None:
    """The same, and ``settle`` makes it superfluous, if the channel can do that."""
    later: Callable[[str], None] | None = getattr(channel, "promise", None)
    if later is None:
        send_soon(channel, text)
    else:
        later(text)


def settle(channel: Channel, text: str) -> None:
    """Send a message that says all that was promised."""
    now: Callable[[str], None] = getattr(channel, "settle", channel.send)
    now(text)


_AROUND: Final = 16  # bytes of a message around its payload

_Kept = tuple[str, "Mapping[str, str] | str", int]
"""A payload, and those for single owners in its place, by their names. With a name only it is that
owner's, and so many characters of it, and a brace, are the one for all others."""

_NONE: Final[Mapping[str, str]] = {}


def _kept(payload: str, own: Mapping[str, str]) -> _Kept:
    """What is kept of a payload.

    A session keeps a thousand, so with each click one goes that has long left the caches of the
    processor. Of an answer to one page, which nearly all are, it is half as much this way.
    """
    if len(own) == 1:
        [(owner, text)] = own.items()
        size = len(payload) - 1
        if payload[size:] == "}" and text.startswith(payload[:size]):
            return text, owner, size
    return payload, own, 0


def _payload_for(kept: _Kept, owner: str) -> str:
    text, own, size = kept
    if not isinstance(own, str):
        return own.get(owner, text)
    return text if own == owner else f"{text[:size]}}}"


def _bytes_of(kept: _Kept) -> int:
    text, own, _ = kept
    size = _AROUND + (len(text) if text.isascii() else _size(text))
    return size if isinstance(own, str) else size + sum(map(_size, own.values()))


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
        # the last one is _number; a deque takes 600 bytes when empty, and a list is one object more
        # that the collector looks at
        self._ring: list[_Kept] | tuple[()] = ()
        self._bytes = 0
        self._channels: tuple[tuple[Channel, str], ...] = ()  # with their owners
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
        own = own or _NONE
        with self._lock:
            if self._closing is not None:
                return 0
            self._number = number = self._number + 1
            self._keep(payload, own)
            for channel, owner in self._channels:
                message = f'{{"n":{number},"p":{own.get(owner, payload)}}}'
                if owner == followed:
                    send_soon(channel, message)
                else:
                    channel.send(message)
            return number

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
            for number in range(seen + 1, self._number + 1):
                payload = _payload_for(self._ring[number - self._number - 1], owner)
                channel.send(f'{{"n":{number},"p":{payload}}}')
            self._channels = (*self._channels, (channel, owner))
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
                self._channels = (*self._channels, (channel, owner))
            return self._number

    def detach(self, channel: Channel) -> None:
        """Send nothing more to ``channel``; harmless when it is not attached."""
        with self._lock:
            self._channels = tuple(one for one in self._channels if one[0] is not channel)

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
            channels, self._channels = self._channels, ()
            self._ring = ()
            for channel, _ in channels:
                channel.close(code, reason)

    # -- the lock is held --------------------------------------------------------------------------

    def _refused(self, channel: Channel) -> bool:
        if self._closing is None:
            return False
        channel.close(*self._closing)
        return True

    def _keep(self, payload: str, own: Mapping[str, str]) -> None:
        ring = self._ring = self._ring or []
        kept = _kept(payload, own)
        ring.append(kept)
        self._bytes += _bytes_of(kept)
        settings = self._settings
        while ring and (
            len(ring) > settings.replay_messages or self._bytes > settings.replay_bytes
        ):
            self._bytes -= _bytes_of(ring.pop(0))  # 0.3 µs with a thousand
