"""Collects the body of one request as its bytes arrive, in memory first, then in a file."""

from __future__ import annotations

import tempfile
from typing import BinaryIO

from ..errors import ProtocolError
from ..messages.body import EMPTY, Body
from .chunked import ChunkedDecoder


class BodyReader:
    """One request body on its way. Used by one thread at a time.

    Args:
        length: its size in bytes; None: chunked coding tells the end.
        limit: more bytes than this are refused.
        memory: more bytes than this go to a temporary file.

    """

    def __init__(self, length: int | None, limit: int, memory: int) -> None:
        self.received = 0
        self._length = length
        self._limit = limit
        self._memory = memory
        self._decoder = ChunkedDecoder() if length is None else None
        self._data = bytearray()
        self._file: BinaryIO | None = None

    def feed(self, buffer: bytearray) -> bool:
        """Take what belongs to the body out of ``buffer``; True when the body is complete.

        Raises:
            ProtocolError: malformed chunked coding, or 413 when a chunked body is too large.

        """
        if self._decoder is not None:
            self._store(self._decoder.feed(buffer))
            return self._decoder.done
        assert self._length is not None
        piece = bytes(buffer[: self._length - self.received])
        del buffer[: len(piece)]
        self._store(piece)
        return self.received == self._length

    def _store(self, piece: bytes) -> None:
        self.received += len(piece)
        if self.received > self._limit:
            self.close()
            raise ProtocolError(413, f"the body is larger than {self._limit} bytes")
        if self._file is None and self.received > self._memory:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 the Body closes it
            self._file.write(self._data)
            self._data = bytearray()
        if self._file is not None:
            self._file.write(piece)
        else:
            self._data += piece

    def body(self) -> Body:
        """The complete body; it owns the temporary file from now on."""
        if self._file is not None:
            file, self._file = self._file, None
            return Body(file, self.received)
        return Body(bytes(self._data)) if self._data else EMPTY

    def close(self) -> None:
        """Forget what has arrived."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._data = bytearray()
