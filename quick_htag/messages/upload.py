"""One uploaded file."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tempfile
import unicodedata
from typing import IO, Any, BinaryIO, Final, cast

from ..settings import MIB

_MAX_NAME: Final = 200  # bytes; file systems take 255, and programs add something to names
_LOOKED_AT: Final = 256, 32  # characters of a long name, of its begin and of its end
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))  # Unicode categories
_UNSAFE = re.compile(r'[<>:"|?*]')  # what Windows does not take, or takes for something else
_RESERVED = r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?"


def safe_file_name(name: str) -> str:
    """The name a client gave a file, made safe to create a file of; empty if nothing is left.

    What remains is one name and no path, on every system, that is not hidden, no device, at most
    200 bytes of UTF-8 with its extension kept, and without control or invisible characters.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    begin, end = _LOOKED_AT
    if len(base) > begin + end:  # the time to normalize accents grows with their square
        base = base[:begin] + base[-end:]
    base = unicodedata.normalize("NFC", base)
    kept = "".join(one for one in base if unicodedata.category(one) not in _INVISIBLE)
    kept = _UNSAFE.sub("_", kept).strip(" .")
    if re.fullmatch(_RESERVED, kept, re.IGNORECASE):
        kept = f"_{kept}"
    if len(kept.encode()) <= _MAX_NAME:
        return kept
    stem, dot, extension = kept.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, extension = kept, ""
    room = _MAX_NAME - len((dot + extension).encode())
    short = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{short}{dot}{extension}" if extension else short


class Upload(io.BufferedIOBase):
    """An uploaded file: a binary file at position 0, in memory or, when large, on disk.

    Args:
        filename: the name the client gave, kept as ``raw_filename``.
        content_type: see below.
        memory: bytes from which it is kept in a temporary file.

    It lives as long as somebody holds it: closing it, or dropping the last reference, frees it.

    Attributes:
        filename: the name the client gave, made safe to create a file of; may be empty.
        raw_filename: the name as the client sent it; it may be a path that leads anywhere.
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
        self.filename = safe_file_name(filename)
        self.raw_filename = filename
        self.content_type = content_type
        self.size = 0
        self._memory = memory
        self._sha256: str | None = None
        self._lent = False  # the file is a part of another one, and is not written to
        self._file: IO[bytes] = self._new_file()

    def _new_file(self) -> IO[bytes]:
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=self._memory))

    def keep_in(self, part: BinaryIO, size: int) -> None:
        """Take the content from a file for reading, which is ours from now on.

        Args:
            part: at its start.
            size: in bytes.

        """
        self._file.close()
        self._file, self._lent, self.size = part, True, size

    @property
    def sha256(self) -> str:
        """The SHA-256 of the content as hexadecimal digits; read for this if it is not known.

        With ``Settings(hash_uploads=True)`` it is known.
        """
        if self._sha256 is None:
            position, digest = self.tell(), hashlib.sha256()
            self.seek(0)
            while data := self.read(MIB):
                digest.update(data)
            self.seek(position)
            self._sha256 = digest.hexdigest()
        return self._sha256

    def note_sha256(self, value: str) -> None:
        """Somebody has read all of it and knows."""
        self._sha256 = value

    def write(self, data: Any) -> int:
        if self._lent:
            self._make_own()
        self._sha256 = None
        count = self._file.write(data)
        self.size = max(self.size, self._file.tell())
        return count

    def _make_own(self) -> None:
        """Copy what was lent, to write to it."""
        lent, position = self._file, self._file.tell()
        self._file, self._lent = self._new_file(), False
        lent.seek(0)
        shutil.copyfileobj(lent, self._file, MIB)
        lent.close()
        self._file.seek(position)

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
