"""One file on disk, read by several at a time, each with a position of its own."""

from __future__ import annotations

import io
import threading
from typing import Any, BinaryIO, Final, cast

from ..settings import KIB

_BUFFER: Final = 64 * KIB


class Spool:
    """A file that is written completely. Any thread.

    It is closed when its owner has closed it and nobody keeps a part of it any more.

    Args:
        file: seekable; it belongs to the spool.

    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # guards the two below, and the position of the file: moving it and reading are one step
        self._lock = threading.Lock()
        self._keepers = 0
        self._open = True  # the owner has not closed it

    def part(self, start: int, size: int, *, keep: bool) -> BinaryIO:
        """A binary file for reading, of these bytes.

        Args:
            start: the first one.
            size: how many.
            keep: the spool lives until this file is closed or dropped; False: reading it raises
                ValueError once the spool is closed.

        """
        with self._lock:
            self._keepers += keep
        return cast("BinaryIO", io.BufferedReader(_Part(self, start, size, keep), _BUFFER))

    @property
    def closed(self) -> bool:
        """Whether the owner needs it no more."""
        return not self._open

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read into a buffer; how many bytes that were.

        Raises:
            ValueError: the file is closed.

        """
        with self._lock:
            self._file.seek(offset)
            return cast("Any", self._file).readinto(buffer) or 0

    def close(self) -> None:
        """The owner needs it no more; safe to call twice."""
        with self._lock:
            self._open = False
            self._close_if_unused()

    def leave(self) -> None:
        """One of those who kept it has closed its part."""
        with self._lock:
            self._keepers -= 1
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        """The lock is held."""
        if not self._open and self._keepers == 0:
            self._file.close()


class _Part(io.RawIOBase):
    """A range of a spool."""

    def __init__(self, spool: Spool, start: int, size: int, keep: bool) -> None:
        super().__init__()
        self._spool: Spool | None = spool
        self._start = start
        self._size = size
        self._keep = keep
        self._position = 0

    @property
    def closed(self) -> bool:
        return self._spool is None or (self._spool.closed and not self._keep)

    def readinto(self, buffer: Any) -> int:
        if self._spool is None:
            raise ValueError("read of a closed file")
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(self._size - self._position, 0))
        if wanted == 0:
            return 0
        count = self._spool.read_at(self._start + self._position, view[:wanted])
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the begin of the file")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        spool, self._spool = self._spool, None
        if spool is not None and self._keep:
            spool.leave()
        super().close()
