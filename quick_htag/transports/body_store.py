"""Keeps the body of one request as its pieces arrive, in memory first, then in a file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, BinaryIO, cast

from ..errors import ProtocolError
from ..messages.body import EMPTY, Body

if TYPE_CHECKING:
    from ..interfaces import BodyWatch


class BodyStore:
    """One request body on its way, its coding taken off. Used by one thread at a time.

    Args:
        limit: more bytes than this are refused.
        memory: more bytes than this go to a temporary file.

    Attributes:
        received: bytes that have arrived.
        watch: told of every piece and of the end; None: nobody wants to know.

    """

    def __init__(self, limit: int, memory: int) -> None:
        self.received = 0
        self.watch: BodyWatch | None = None
        self._limit = limit
        self._memory = memory
        self._data = bytearray()
        self._file: BinaryIO | None = None

    def fits_memory(self, size: int) -> bool:
        """Whether so many bytes more can be stored without the disk."""
        return self.received + size <= self._memory

    @property
    def on_disk(self) -> bool:
        """Whether some of it is in a file."""
        return self._file is not None

    def add(self, piece: bytes) -> None:
        """Store what has arrived, and tell who watches.

        Raises:
            ProtocolError: as ``store``.

        """
        self.store(piece)
        self.tell()

    def tell(self) -> None:
        """Tell who watches how much has arrived."""
        if self.watch is not None and self.received:
            self.watch.received(self.received)

    def store(self, piece: bytes) -> None:
        """Store what has arrived.

        Raises:
            ProtocolError: 413 when it is too much, 507 when it cannot be stored.

        """
        self.received += len(piece)
        if self.received > self._limit:
            self.close()
            raise ProtocolError(413, f"the body is larger than {self._limit} bytes")
        if self.received <= self._memory:
            self._data += piece
            return
        try:
            if self._file is None:
                import tempfile  # large bodies only

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
