"""The frames nearly all messages are: whole texts of moderate size (RFC 6455 section 5.2).

The frame machine of the library takes some 40 us for one of them, both ways together; this 3 us.
Anything else, and whatever is wrong with a frame, is left to the library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LARGEST: Final = 8 * 1024  # bytes of a text that is read here; unmasking in one step stays cheap

_TEXT: Final = 0x81  # the whole of a text
_MASKED: Final = 0x80
_MASK: Final = 4  # bytes
_HEADS: Final = [bytes((_TEXT, size)) for size in range(126)]

Unmask = Callable[[bytes, bytes], bytes]
"""Takes a mask, the second argument, away from data."""


def text_frame(data: bytes) -> bytes:
    """A text as a server sends it."""
    size = len(data)
    if size < 126:
        return _HEADS[size] + data
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + data
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + data


def unmasked(data: bytes, mask: bytes) -> bytes:
    """Data without their mask; the library has it in C, which is four times as fast."""
    size = len(data)
    key = int.from_bytes((mask * (size // _MASK + 1))[:size], "big")
    return (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")


def read_text(
    data: bytes, at: int, largest: int = LARGEST, unmask: Unmask = unmasked
) -> tuple[str, int] | None:
    """The text of the frame of a client at this place, and where the next one begins.

    Args:
        data: what has arrived.
        at: the place.
        largest: bytes of a text.
        unmask: takes the mask away.

    Returns:
        None when there is no such frame, or not all of it.

    Raises:
        UnicodeDecodeError: what it has is no text.

    """
    end = len(data)
    if end - at < 2 + _MASK or data[at] != _TEXT:
        return None
    size = data[at + 1] - _MASKED
    start = at + 2
    if size == 126:
        size = data[at + 2] << 8 | data[at + 3]
        start = at + 4
        if size < 126:  # the shortest form is to be used
            return None
    elif not 0 <= size < 126:
        return None
    first = start + _MASK
    after = first + size
    if size > largest or after > end:
        return None
    return unmask(data[first:after], data[start:first]).decode(), after
