"""One uploaded file."""

from __future__ import annotations

import io
import tempfile
from typing import Any

from ..settings import MIB


class Upload(io.BufferedIOBase):
    """An uploaded file: a binary file at position 0, in memory or, when large, on disk.

    Args:
        filename: see below.
        content_type: see below.
        memory: bytes from which it is kept in a temporary file.

    It lives as long as somebody holds it: closing it, or dropping the last reference, frees it.

    Attributes:
        filename: the last part of the name the client gave; may be empty.
        content_type: the type the client gave, "application/octet-stream" if none.
        size: in bytes.

    """

    def __init__(
        self,
        filename: str = "",
        content_type: str = "application/octet-stream",
        memory: int = MIB,
    ) -> None:
        super().__init__()
        self.filename = filename
        self.content_type = content_type
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=memory)  # noqa: SIM115 see close

    def write(self, data: Any) -> int:
        count = self._file.write(data)
        self.size = max(self.size, self._file.tell())
        return count

    def read(self, size: int | None = -1) -> bytes:
        return self._file.read(-1 if size is None else size)

    def read1(self, size: int = -1) -> bytes:
        return self.read(size)

    def readline(self, size: int | None = -1) -> bytes:
        return self._file.readline(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._file.seek(offset, whence)  # on Python 3.10 this gives no position
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def getvalue(self) -> bytes:
        """All of it, wherever the position is; as ``io.BytesIO`` has it."""
        position = self.tell()
        self.seek(0)
        data = self.read()
        self.seek(position)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()
