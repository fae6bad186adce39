"""Collects the body of one request as its bytes arrive, in memory first, then in a file."""

from __future__ import annotations

import contextlib
import tempfile
from typing import BinaryIO, cast

from ..errors import ProtocolError
from ..interfaces import BodyWatch
from ..messages.body import EMPTY, Body
from .chunked import ChunkedDecoder
from .pace import Pace


class BodyReader:
    """One request body on its way. Used by one thread at a time.

    Args:
        length: its size in bytes; None: chunked coding tells the end.
        limit: more bytes than this are refused.
        memory: more bytes than this go to a temporary file.
        started: monotonic time from which its duration counts.
        wanted: more bytes than this nobody looks at; None: ``limit``.

    Attributes:
        received: bytes that have arrived.
        wanted: see above.
        watch: told of every piece and of the end; None: nobody wants to know.
        pace: its time limit, once it had to be waited for.

    """

    def __init__(
        self,
        length: int | None,
        limit: int,
        memory: int,
        started: float = 0.0,
        wanted: int | None = None,
    ) -> None:
        self.received = 0
        self.wanted = limit if wanted is None else wanted
        self.watch: BodyWatch | None = None
        self.pace: Pace | None = None
        self.started = started
        self._length = length
        self._limit = limit
        self._memory = memory
        self._decoder = ChunkedDecoder() if length is None else None
        self._data = bytearray()
        self._file: BinaryIO | None = None

    def feed(self, buffer: bytearray) -> bool:
        """Take what belongs to the body out of ``buffer``; True when the body is complete.

        Raises:
            ProtocolError: malformed chunked coding, 413 when a chunked body is too large, or 507
                when it cannot be stored.

        """
        if self._decoder is not None:
            self._store(self._decoder.feed(buffer))
            complete = self._decoder.done
        else:
            assert self._length is not None
            piece = bytes(buffer[: self._length - self.received])
            del buffer[: len(piece)]
            self._store(piece)
            complete = self.received == self._length
        if self.watch is not None and self.received:
            self.watch.received(self.received)
        return complete

    def _store(self, piece: bytes) -> None:
        self.received += len(piece)
        if self.received > self._limit:
            self.close()
            raise ProtocolError(413, f"the body is larger than {self._limit} bytes")
        if self.received <= self._memory:
            self._data += piece
            return
        try:
            if self._file is None:
                self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 the Body closes it
                self._file.write(self._data)
                self._data = bytearray()
            self._file.write(piece)
        except OSError as error:
            raise _no_room() from error

    def body(self) -> Body:
        """The complete body; it owns the temporary file from now on.

        Raises:
            ProtocolError: 507, it could not be stored.

        """
        if self._file is not None:
            try:
                self._file.flush()  # now, while the client can be told that it failed
            except OSError as error:
                raise _no_room() from error
            file, self._file = self._file, None
            self._tell_end(complete=True)
            return Body(file, self.received)
        self._tell_end(complete=True)
        return Body(bytes(self._data)) if self._data else EMPTY

    def close(self) -> None:
        """Forget what has arrived."""
        self._tell_end(complete=False)
        if self._file is not None:
            with contextlib.suppress(OSError):  # what cannot be written any more is not wanted
                self._file.close()
            self._file = None
        self._data = bytearray()

    def _tell_end(self, *, complete: bool) -> None:
        watch, self.watch = self.watch, None
        if watch is not None:
            watch.ended(complete=complete)


def _no_room() -> ProtocolError:
    # The disk or the table of open files is full: our trouble, not a client that has gone.
    return ProtocolError(507, "there is no room for the body")
