"""Chunked transfer coding in both directions (RFC 9112 section 7.1); no socket, no thread."""

from __future__ import annotations

import re
from typing import Final

from ..errors import ProtocolError

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = rb'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"'
_EXTENSION = rb"[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?" % (_TOKEN, _TOKEN, _QUOTED)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:%b)*\r\n" % _EXTENSION)
_TRAILER_LINE = re.compile(rb"%b:[\t\x20-\x7e\x80-\xff]*\r\n" % _TOKEN)
_MAX_CHUNK_LINE: Final = 256  # bytes; extensions are ignored, so nobody needs long ones
_MAX_TRAILERS: Final = 8 * 1024  # bytes
LAST_CHUNK: Final = b"0\r\n\r\n"


class ChunkedDecoder:
    """Takes chunked coding away, piece by piece (RFC 9112 section 7.1). Trailers are dropped."""

    def __init__(self) -> None:
        self.done = False
        self._left = 0  # bytes of the current chunk still to come
        self._state = self._size
        self._trailers = 0

    def feed(self, data: bytearray) -> bytes:
        """Decode what can be decoded and remove it from ``data``; ``done`` tells when it is all.

        Raises:
            ProtocolError: malformed coding.

        """
        pieces: list[bytes] = []
        while not self.done and self._state(data, pieces):
            pass
        return b"".join(pieces)

    def _size(self, data: bytearray, pieces: list[bytes]) -> bool:
        match = _CHUNK_LINE.match(data)
        if match is None:
            if b"\n" in data[:_MAX_CHUNK_LINE] or len(data) >= _MAX_CHUNK_LINE:
                raise ProtocolError(400, "a chunk size or extension is malformed")
            return False
        if match.end() > _MAX_CHUNK_LINE:
            raise ProtocolError(400, "a chunk extension is too long")
        self._left = int(match[1], 16)
        self._state = self._data if self._left else self._trailer
        del data[: match.end()]
        return True

    def _data(self, data: bytearray, pieces: list[bytes]) -> bool:
        if self._left:
            piece = bytes(data[: self._left])
            del data[: len(piece)]
            self._left -= len(piece)
            pieces.append(piece)
            if self._left:
                return False
        if len(data) < 2:
            return False
        if not data.startswith(b"\r\n"):
            raise ProtocolError(400, "a chunk does not end with CR LF")
        del data[:2]
        self._state = self._size
        return True

    def _trailer(self, data: bytearray, pieces: list[bytes]) -> bool:
        end = data.find(b"\r\n")
        if (len(data) if end < 0 else end) + self._trailers > _MAX_TRAILERS:
            raise ProtocolError(431, "the trailer section is too large")
        if end < 0:
            return False
        line = bytes(data[: end + 2])
        del data[: end + 2]
        self._trailers += len(line)
        if line == b"\r\n":
            self.done = True
        elif _TRAILER_LINE.fullmatch(line) is None:
            raise ProtocolError(400, "a trailer field is malformed")
        return True


def chunk(data: bytes) -> bytes:
    """``data`` as one chunk (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
