"""The form of one message text between page and app, on every transport; ``js/codec.js`` too.

What a page sends passes ``decode`` in ``receiver``, what it gets passes ``encode`` on its way to
the channel, and ``answer`` in the answer to posted events. Close codes and reasons do not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ..outbox import send_soon

if TYPE_CHECKING:
    from ..interfaces import Channel

Send = Callable[[str], object]


class Codec(Protocol):
    """Of one page. Any thread; one call of ``decode`` at a time."""

    def encode(self, text: str, send: Send) -> None:
        """Give ``send`` a message as it is sent; in the order of the calls. It must not wait."""

    def answer(self, text: str) -> str:
        """A message as it is sent in the answer to a request."""

    def decode(self, text: str) -> str:
        """A message as it was meant; ``SealBroken`` when it is not what the page has sent."""


class _Plain:
    """As it is."""

    def encode(self, text: str, send: Send) -> None:
        send(text)

    def answer(self, text: str) -> str:
        return text

    def decode(self, text: str) -> str:
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
        self._codec.encode(text, self._channel.send)

    def send_soon(self, text: str) -> None:
        self._codec.encode(text, partial(send_soon, self._channel))

    def close(self, code: int, reason: str) -> None:
        self._channel.close(code, reason)


def coded(channel: Channel, codec: Codec) -> Channel:
    """The channel, with its texts encoded if there is something to do."""
    return channel if codec is PLAIN else _CodedChannel(channel, codec)
