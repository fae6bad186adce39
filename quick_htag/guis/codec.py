"""The form of one message text between page and app, on every transport; ``js/codec.js`` too.

What a page sends passes ``decode`` in ``receiver.take_event``, what it gets passes ``encode`` on
its way to the channel; the answer to posted events too. Close codes and reasons do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..interfaces import Channel


class Codec(Protocol):
    """Of one page. Any thread, but one call at a time for each direction."""

    def encode(self, text: str) -> str:
        """A message as it is sent."""

    def decode(self, text: str) -> str | None:
        """A message as it was meant; None: it is not what the page has sent."""


class _Plain:
    """As it is."""

    def encode(self, text: str) -> str:
        return text

    def decode(self, text: str) -> str | None:
        return text


PLAIN: Codec = _Plain()


class _CodedChannel:
    """A channel whose texts are encoded on the way."""

    def __init__(self, channel: Channel, codec: Codec) -> None:
        self.transport = channel.transport
        self.address = channel.address
        self._codec = codec
        self._channel = channel

    def send(self, text: str) -> None:
        self._channel.send(self._codec.encode(text))

    def close(self, code: int, reason: str) -> None:
        self._channel.close(code, reason)


def coded(channel: Channel, codec: Codec) -> Channel:
    """The channel, with its texts encoded if there is something to do."""
    return channel if codec is PLAIN else _CodedChannel(channel, codec)
