"""The client of pages as a file that browsers keep: its address changes with what it holds.

In the page itself it was nine tenths of each page, and of the time that a new session took. It lies
below the page, so it passes whatever the page passes: a proxy that puts something before the path,
a guard, an application around this one.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Final

from ..messages.conditional import not_modified
from ..messages.response import HTTPResponse
from ..record import record

if TYPE_CHECKING:
    from ..messages.request import Request

NAME: Final = "quick_htag.js"
_KEPT: Final = ("Cache-Control", "public, max-age=31536000, immutable")
_NOT_KEPT: Final = ("Cache-Control", "no-cache")  # asked for by a page of another version
_TYPE: Final = ("Content-Type", "text/javascript; charset=utf-8")
_DIGITS: Final = 16  # of the hash


@record(frozen=True)
class ClientFile:
    """The script of one generation of htag.

    Attributes:
        text: what it holds.
        version: names that.

    """

    text: bytes
    version: str

    @property
    def reference(self) -> str:
        """Its address, relative to the page as a folder."""
        return f"{NAME}?v={self.version}"

    def answer(self, request: Request) -> HTTPResponse:
        """The file, compressed if the client takes that. A request worker, or who polls."""
        from ..messages.encoding import GZIP, VARY, accepts_gzip  # the page is out by now

        kept = _KEPT if request.query_params.get("v") == self.version else _NOT_KEPT
        packed = accepts_gzip(request.headers)
        tag = f'"{self.version}{"-gzip" if packed else ""}"'
        fields = [_TYPE, kept, VARY, ("ETag", tag)]
        if not_modified(request.method, request.headers, tag):
            return HTTPResponse(304, fields)
        if packed:
            return HTTPResponse(200, [*fields, GZIP], compressed(self.text))
        return HTTPResponse(200, fields, self.text)


@functools.cache  # as often as there are generations of htag
def client_file(text: str) -> ClientFile:
    """The file that holds ``text``."""
    data = text.encode()
    return ClientFile(data, hashlib.sha256(data).hexdigest()[:_DIGITS])


@functools.cache  # when the first browser asks: 5 ms
def compressed(data: bytes) -> bytes:
    """In the form of gzip; equal content gives equal bytes."""
    import gzip

    return gzip.compress(data, 9, mtime=0)
