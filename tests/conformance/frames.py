"""Frames of websockets as bytes, wrong ones too, and a client that reads them (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
import os
import struct
from typing import NamedTuple

from tests.conformance.raw import Address, Raw, request

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of section 1.3
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HANDSHAKE = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
)


class Frame(NamedTuple):
    """One frame from the server."""

    opcode: int
    data: bytes
    fin: bool = True
    rsv: int = 0


def accept(key: str) -> str:
    """What the server must make of a key (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def frame(
    opcode: int,
    data: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = b"\x01\x02\x03\x04",
    size: str | None = None,
    claimed: int | None = None,
) -> bytes:
    """A frame of a client.

    Args:
        opcode: its kind, 0 to 15.
        data: the payload.
        fin: whether it is the last one of its message.
        rsv: the reserved bits, 0 to 7.
        mask: four bytes; None: it is not masked, which no client may do.
        size: how the length is written, "7", "16" or "64"; None: as it must be.
        claimed: another length than the one it has.

    """
    length = len(data) if claimed is None else claimed
    masked = 0 if mask is None else 0x80
    head = bytes([fin << 7 | rsv << 4 | opcode])
    if size == "7" or (size is None and length < 126):
        head += bytes([masked | length])
    elif size == "16" or (size is None and length < 1 << 16):
        head += struct.pack("!BH", masked | 126, length)
    else:
        head += struct.pack("!BQ", masked | 127, length)
    if mask is None:
        return head + data
    key = int.from_bytes((mask * (len(data) // 4 + 1))[: len(data)], "big")
    covered = (int.from_bytes(data, "big") ^ key).to_bytes(len(data), "big")
    return head + mask + covered


def closing(code: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


def opening(path: str = "/ws", *lines: str) -> bytes:
    """A handshake that is right."""
    fields = [f"{name}: {value}" for name, value in HANDSHAKE]
    return request(*fields, *lines, start=f"GET {path} HTTP/1.1")


class Socket(Raw):
    """A websocket after its handshake; ``extensions`` is what the server agreed to."""

    def __init__(
        self, address: Address, path: str = "/ws", *lines: str, early: bytes = b""
    ) -> None:
        super().__init__(address)
        answer = self.send(opening(path, *lines), early).answer()
        assert answer.status == 101, answer
        self.extensions = answer.field("Sec-WebSocket-Extensions")

    def frame(self) -> Frame:
        """The next frame from the server, which must not be masked and is as short as can be."""
        first, second = self.take(2)
        assert not second & 0x80, "a server MUST NOT mask (section 5.1)"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
            assert length > 125, "the shortest form MUST be used (section 5.2)"
        elif length == 127:
            (length,) = struct.unpack("!Q", self.take(8))
            assert length > 65535, "the shortest form MUST be used (section 5.2)"
        return Frame(first & 0x0F, self.take(length), bool(first & 0x80), first >> 4 & 7)

    def message(self) -> Frame:
        """The next message, put together; pings of the server are passed over."""
        found = self.frame()
        while found.opcode == PING:
            found = self.frame()
        while not found.fin:
            more = self.frame()
            found = found._replace(data=found.data + more.data, fin=more.fin)
        return found

    def close_code(self) -> int | None:
        """The code of the close frame that is next; None: it has none."""
        found = self.message()
        assert found.opcode == CLOSE, found
        return struct.unpack("!H", found.data[:2])[0] if found.data else None

    def echoes(self) -> None:
        """It is as open as before."""
        word = os.urandom(4).hex().encode()
        assert self.send(frame(TEXT, word)).message() == Frame(TEXT, word)
