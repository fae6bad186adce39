"""Messages from frames."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from quick_htag.transports.assembly import Assembly


def test_a_message_in_one_frame() -> None:
    """Text becomes str, and binary bytes."""
    assembly = Assembly()
    assert assembly.add(Frame(Opcode.TEXT, bytearray("grüß".encode()))) == "grüß"  # type: ignore[arg-type]
    assert assembly.add(Frame(Opcode.BINARY, b"\xff")) == b"\xff"


@pytest.mark.parametrize(
    ("opcode", "whole"), [(Opcode.TEXT, "aüb"), (Opcode.BINARY, "aüb".encode())]
)
def test_a_message_in_pieces(opcode: Opcode, whole: str | bytes) -> None:
    """Cut inside of a letter, with a ping between; the next one begins anew."""
    assembly = Assembly()
    for _ in range(2):
        assert assembly.add(Frame(opcode, b"a\xc3", False)) is None
        assert assembly.add(Frame(Opcode.PING, b"")) is None
        assert assembly.add(Frame(Opcode.CONT, b"\xbc", False)) is None
        assert assembly.add(Frame(Opcode.CONT, b"b")) == whole


@pytest.mark.parametrize("pieces", [[b"\xff"], [b"a", b"\xff", b"b"], [b"a\xc3", b""]])
def test_a_text_that_is_no_utf8(pieces: list[bytes]) -> None:
    """Told with the piece that shows it, or at the end when a letter is not complete."""
    assembly = Assembly()
    with pytest.raises(UnicodeDecodeError):  # noqa: PT012 the last one raises
        for number, data in enumerate(pieces):
            opcode = Opcode.CONT if number else Opcode.TEXT
            assembly.add(Frame(opcode, data, number == len(pieces) - 1))
