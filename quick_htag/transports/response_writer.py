"""Response heads as bytes, by RFC 9110 and 9112; no socket, no thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Final

from ..errors import reason_phrase
from ..messages.response import FileBody, HTTPResponse, Stream
from ..messages.standing_fields import NONE, StandingFields
from .request_parser import Head

RESET_CONTENT: Final = 205  # has no content, and says so by a length of 0
_HEADS_KEPT: Final = 256  # different heads within a second
_COOKIE: Final = "Set-Cookie"


def _none() -> StandingFields:
    return NONE


class HeadWriter:
    """Formats response heads; those of a second are kept, as answers repeat themselves.

    Safe on any thread: the cache is replaced as a whole, and what two threads put into it at the
    same time is the same.

    Args:
        server: text of the ``Server`` field, fixed.
        standing: gives the fields that stand on every answer; other ones within a second.

    """

    def __init__(self, server: str, standing: Callable[[], StandingFields] = _none) -> None:
        self.server = server
        self._standing = standing
        # of this second: heads that were sent, and the ``Date`` of all, which takes 8 µs
        self._cache: tuple[int, dict[tuple[object, ...], tuple[bytes, bool]], str] = (0, {}, "")

    def head(self, response: HTTPResponse, head: Head | None, close: bool) -> tuple[bytes, bool]:
        """The bytes before the body, and whether a stream is to be sent with chunked coding.

        Args:
            response: what is sent.
            head: the request it answers; None: it was not understood.
            close: the connection ends after this answer.

        Raises:
            ValueError: a field would break out of its line.

        """
        now = int(time.time())
        second, heads, date = self._cache
        if second != now:
            heads, date = {}, formatdate(now, usegmt=True)
            self._cache = (now, heads, date)
        version = None if head is None else head.version
        body, fields = response.body, response.headers
        own = b""
        if fields and fields[-1][0] == _COOKIE:  # the rest is mostly as with other visitors
            own, fields = _line(*fields[-1]), fields[:-1]
        # with bytes the status tells whether they count, so the quick length will do for the key
        length = len(body) if body.__class__ is bytes else body_length(response)
        key = (response.status, length, version, close, response.foreign, *fields)
        known = heads.get(key)
        if known is None:
            length = body_length(response)
            known = self._format(date, response, fields, length, version, close)
            if len(heads) < _HEADS_KEPT:
                heads[key] = known
        return (known[0][:-2] + own, known[1]) if own else known

    def _format(
        self,
        date: str,
        response: HTTPResponse,
        own: Sequence[tuple[str, str]],
        length: int | None,
        version: str | None,
        close: bool,
    ) -> tuple[bytes, bool]:
        status = response.status
        fields = [("Server", self.server), ("Date", date), *own]
        fields += self._standing().missing(response)
        chunked = False
        if length is not None:
            fields.append(("Content-Length", str(length)))
        elif _has_content(status) and version == "HTTP/1.1":
            chunked = True
            fields.append(("Transfer-Encoding", "chunked"))
        if close:
            fields.append(("Connection", "close"))
        elif version == "HTTP/1.0":
            fields.append(("Connection", "keep-alive"))
        lines = [f"HTTP/1.1 {status} {reason_phrase(status)}"]
        lines += [f"{name}: {value}" for name, value in fields]
        text = "\r\n".join([*lines, "", ""])
        ends = len(lines) + 1
        if text.count("\n") != ends or text.count("\r") != ends or "\0" in text:
            raise ValueError(f"a header field has a line break: {response.headers!r}")
        return text.encode("latin-1"), chunked


def _line(name: str, value: str) -> bytes:
    """The last field of a head, and its end."""
    if "\n" in value or "\r" in value or "\0" in value:
        raise ValueError(f"a header field has a line break: {value!r}")
    return f"{name}: {value}\r\n\r\n".encode("latin-1")


def _has_content(status: int) -> bool:
    """Whether answers with this status have content (RFC 9110 section 15)."""
    return status >= 200 and status not in (204, RESET_CONTENT, 304)


def body_length(response: HTTPResponse) -> int | None:
    """The ``Content-Length`` of a response; None: it has none (RFC 9110 section 8.6)."""
    body, status = response.body, response.status
    if status != 200 and not _has_content(status):
        return 0 if status == RESET_CONTENT else None
    if isinstance(body, bytes):
        return len(body)
    return body.length if isinstance(body, (FileBody, Stream)) else None


def sends_body(response: HTTPResponse, head: Head | None) -> bool:
    """Whether the content of a response goes out (RFC 9110 sections 9.3.2, 15)."""
    if head is not None and head.method == "HEAD":
        return False
    return _has_content(response.status)
