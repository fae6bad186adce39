"""What an app gives a visitor to save: bytes, text, a file, or what comes piece by piece."""

from __future__ import annotations

import os
import secrets
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..messages.conditional import etag_of_file
from ..messages.disposition import saved_as
from ..messages.media_types import media_type
from ..messages.representation import represented
from ..messages.response import FileBody, HTTPResponse
from ..settings import KIB

if TYPE_CHECKING:
    from ..messages.request import Request

_CHUNK: Final = 64 * KIB
_FIELDS: Final = (
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
)
_TAKEN: Final = "bytes, str, a pathlib.Path, an open file, or what yields bytes or str is saved"


class Attachment(ABC):
    """Base of the three kinds.

    Args:
        filename: the name it is saved under; made safe.
        content_type: empty: by its name.

    Attributes:
        once: it can be sent one time only.

    """

    once = False

    def __init__(self, filename: str, content_type: str) -> None:
        kind = content_type or media_type(filename)
        self._headers = [("Content-Type", kind), saved_as(filename), *_FIELDS]
        self._etag = f'"{secrets.token_hex(8)}"'  # of this offer: nothing else has the same bytes
        self._changed = time.time()

    @abstractmethod
    def answer(self, request: Request) -> HTTPResponse:
        """The answer to a GET.

        Raises:
            HTTPError: 416, nothing of the range exists.
            OSError: the file is gone.

        """

    def close(self) -> None:  # noqa: B027 most hold nothing
        """Nobody will fetch it."""


class BytesAttachment(Attachment):
    """Bytes in memory."""

    def __init__(self, data: bytes, filename: str, content_type: str) -> None:
        super().__init__(filename, content_type)
        self._data = data

    def answer(self, request: Request) -> HTTPResponse:
        headers = [*self._headers, ("ETag", self._etag), ("Accept-Ranges", "bytes")]

        def body(offset: int, length: int) -> bytes:
            return self._data[offset : offset + length]

        return represented(request, headers, len(self._data), self._etag, self._changed, body)


class FileAttachment(Attachment):
    """A file, opened when it is asked for."""

    def __init__(self, path: Path, filename: str, content_type: str) -> None:
        super().__init__(filename or path.name, content_type)
        self._path = path

    def answer(self, request: Request) -> HTTPResponse:
        file = self._path.open("rb")
        try:
            found = os.fstat(file.fileno())
            etag = etag_of_file(found)
            headers = [*self._headers, ("ETag", etag), ("Accept-Ranges", "bytes")]

            def body(offset: int, length: int) -> FileBody:
                return FileBody(file, offset, length)

            return represented(request, headers, found.st_size, etag, found.st_mtime, body)
        except BaseException:
            file.close()
            raise


class StreamAttachment(Attachment):
    """What comes piece by piece, from an iterator or an open file."""

    once = True

    def __init__(self, source: Any, filename: str, content_type: str) -> None:
        super().__init__(filename, content_type)
        self._source = source
        self._chunks = _read(source) if hasattr(source, "read") else iter(source)

    def answer(self, request: Request) -> HTTPResponse:
        return HTTPResponse(200, self._headers, iter(()) if request.method == "HEAD" else self)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, bytes):
                yield chunk
            else:
                yield chunk.encode() if isinstance(chunk, str) else bytes(memoryview(chunk))

    def close(self) -> None:
        """End the source as well; again is harmless."""
        for one in (self._chunks, self._source):
            close = getattr(one, "close", None)
            if close is not None:
                with suppress(ValueError):  # a generator that runs on another thread at this moment
                    close()


def _read(file: Any) -> Iterator[Any]:
    while chunk := file.read(_CHUNK):
        yield chunk


def attached(data: Any, filename: str = "", content_type: str = "") -> Attachment:
    """What is to be saved.

    Args:
        data: bytes; a text; a ``Path``; an open file; or an iterable of bytes or texts, which is
            asked for them on another thread while they are sent.
        filename: the name it is saved under; empty: that of the path, or "download".
        content_type: empty: by the name.

    Raises:
        FileNotFoundError: there is no such file, or it is no regular one.
        TypeError: it is something else.

    """
    if isinstance(data, str):  # a text and never a path: a text may come from a visitor
        data = data.encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return BytesAttachment(bytes(data), filename, content_type)
    if isinstance(data, os.PathLike):
        path = Path(os.fspath(data)).absolute()
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileNotFoundError(f"{path} is no regular file")
        return FileAttachment(path, filename, content_type)
    if hasattr(data, "read") or (isinstance(data, Iterable) and not isinstance(data, Mapping)):
        return StreamAttachment(data, filename, content_type)
    raise TypeError(f"{_TAKEN}, not {type(data).__name__}")
