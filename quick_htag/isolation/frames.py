"""How a server and the processes of its apps cut what they tell each other into pieces.

A frame is a head of nine bytes, with the length of what follows, the number of a conversation and
a kind; then JSON in UTF-8, a text, or bytes. Nothing is pickled: what comes from a process whose
app has gone wrong can be refused, and does nothing.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final, NamedTuple

from ..errors import QuickHtagError

CALL: Final = 1  # begins a conversation: JSON with what is wanted
TEXT: Final = 2  # of a conversation
DATA: Final = 3  # of a conversation: bytes
END: Final = 4  # of a conversation: JSON
NOTE: Final = 5  # JSON that nobody answers; its conversation is 0
_KINDS: Final = frozenset((CALL, TEXT, DATA, END, NOTE))

_HEAD: Final = struct.Struct("!IIB")


class BrokenFrame(QuickHtagError):
    """What has come is no frame; never leaves this package."""


class Frame(NamedTuple):
    """A piece.

    Attributes:
        kind: one of the names above.
        talk: the number of the conversation.
        body: JSON, a text in UTF-8, or bytes.

    """

    kind: int
    talk: int
    body: bytes

    def text(self) -> str:
        """The text.

        Raises:
            BrokenFrame: it is none.

        """
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise BrokenFrame("a text is not UTF-8") from error

    def value(self) -> dict[str, Any]:
        """The object that the JSON is.

        Raises:
            BrokenFrame: it is none.

        """
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BrokenFrame("a message is not JSON") from error
        if not isinstance(value, dict):
            raise BrokenFrame("a message is no object")
        return value


def packed(kind: int, talk: int, body: bytes) -> bytes:
    """The bytes of a frame."""
    return _HEAD.pack(len(body), talk, kind) + body


class FrameReader:
    """Puts frames together.

    Args:
        limit: bytes of the largest body.

    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._received = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now.

        Raises:
            BrokenFrame: no frame begins so.

        """
        received = self._received
        received += data
        frames: list[Frame] = []
        start = 0
        while len(received) - start >= _HEAD.size:
            length, talk, kind = _HEAD.unpack_from(received, start)
            if length > self._limit or kind not in _KINDS:
                raise BrokenFrame(f"a frame of kind {kind} with {length} bytes")
            end = start + _HEAD.size + length
            if len(received) < end:
                break
            frames.append(Frame(kind, talk, bytes(received[start + _HEAD.size : end])))
            start = end
        del received[:start]
        return frames
