"""The frames that need no library, beside the library's own."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from quick_htag.transports.plain_frames import LARGEST, read_text, text_frame

SIZES = (0, 1, 125, 126, 300, LARGEST)


@pytest.mark.parametrize("size", [*SIZES, 65535, 65536])
def test_a_text_is_framed_as_the_library_does_it(size: int) -> None:
    """Byte for byte, with each of the three forms of a length."""
    data = b"x" * size
    assert text_frame(data) == Frame(Opcode.TEXT, data).serialize(mask=False)


@pytest.mark.parametrize("size", SIZES)
def test_a_masked_text_is_read(size: int) -> None:
    """From where it begins, up to where the next one does."""
    text = ("grüß" * size)[: size // 2] + "x" * (size - len(("grüß" * size)[: size // 2].encode()))
    frame = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    assert read_text(b"before" + frame + b"after", 6) == (text, 6 + len(frame))


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Opcode.TEXT, b"part", fin=False).serialize(mask=True),
        Frame(Opcode.BINARY, b"data").serialize(mask=True),
        Frame(Opcode.PING, b"").serialize(mask=True),
        Frame(Opcode.TEXT, b"unmasked").serialize(mask=False),
        Frame(Opcode.TEXT, b"x" * (LARGEST + 1)).serialize(mask=True),
        Frame(Opcode.TEXT, b"x" * 70000).serialize(mask=True),
        b"\x81\xfe\x00\x05\0\0\0\0hello",  # not the shortest form
        b"\xc1\x85\0\0\0\0hello",  # compressed
    ],
)
def test_everything_else_is_left_to_the_library(frame: bytes) -> None:
    """Pieces, other kinds, what is large, and what breaks the rules."""
    assert read_text(frame, 0) is None


def test_a_frame_that_has_not_come_whole_is_left_to_the_library() -> None:
    """Whatever is missing."""
    frame = Frame(Opcode.TEXT, b"x" * 200).serialize(mask=True)
    assert [read_text(frame[:end], 0) for end in range(len(frame))] == [None] * len(frame)


def test_a_text_may_be_too_large_for_its_server() -> None:
    """Then the library refuses it."""
    frame = Frame(Opcode.TEXT, b"12345").serialize(mask=True)
    assert read_text(frame, 0, 4) is None


def test_what_is_no_text_is_told() -> None:
    """With the exception of Python."""
    frame = Frame(Opcode.TEXT, b"\xff").serialize(mask=True)
    with pytest.raises(UnicodeDecodeError):
        read_text(frame, 0)
