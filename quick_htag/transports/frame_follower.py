"""Where frames begin and end in the bytes of a websocket that others speak with each other."""

from __future__ import annotations

from typing import Final

_CLOSE: Final = 8  # opcode
_MASKED: Final = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # in the place of a length: it follows


class FrameFollower:
    """Reads the heads of frames that pass (RFC 6455 section 5.2), and skips what is in them.

    Attributes:
        closed: a close frame has begun, after which nothing may be sent.

    """

    def __init__(self) -> None:
        self.closed = False
        self._left = 0  # bytes of the last frame that have not passed
        self._head = b""  # the begin of a head that has not passed as a whole

    @property
    def between(self) -> bool:
        """Whether the last frame has passed as a whole, so that another may be sent."""
        return not self._left and not self._head

    def feed(self, data: bytes) -> None:
        """These bytes pass."""
        if self._head:
            data, self._head = self._head + data, b""
        at, end = self._left, len(data)
        while at < end:
            size = _frame_size(data, at)
            if size is None:
                self._head = data[at:]
                self._left = 0
                return
            if data[at] & 0x0F == _CLOSE:
                self.closed = True
            at += size
        self._left = at - end


def _frame_size(data: bytes, at: int) -> int | None:
    """Bytes of the frame that begins at a place, its head included; None: more must come first."""
    end = len(data)
    if end - at < 2:
        return None
    length = data[at + 1] & ~_MASKED
    size = 6 if data[at + 1] & _MASKED else 2
    for marker, count in ((_TWO_BYTES, 2), (_EIGHT_BYTES, 8)):
        if length == marker:
            if end - at < 2 + count:
                return None
            return size + count + int.from_bytes(data[at + 2 : at + 2 + count], "big")
    return size + length
