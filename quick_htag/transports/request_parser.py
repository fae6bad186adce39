"""Bytes to request heads, by RFC 9112; no socket, no thread.

The rules of this file: what is not clearly right is refused, and a refused connection ends, because
two parties that read the same bytes differently are how requests get smuggled. A head is read only
when it has arrived as a whole; the fields of a head that a client repeats on one connection are
parsed once. What the fields mean is in ``field_section``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import ProtocolError
from ..messages.headers import Headers
from ..settings import Settings
from .field_section import TOKEN, Section, SectionMemory, is_host, parse_section

_REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([!-~]+) HTTP/([0-9])\.([0-9])")
_ABSOLUTE = (
    r"http(s?)://([^/?#]*)(.*)"  # of clients of proxies: compiled by ``re`` at its first use
)

_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])
_MAX_LEADING_LINES = 4  # empty lines before a request line that are passed over (section 2.2)
_MAX_REMEMBERED = 4 * 1024  # bytes of a header section kept while its connection is idle


Head = NamedTuple(  # noqa: UP014 as in ``field_section``
    "Head",
    [
        ("method", str),
        ("target", str),
        ("version", str),
        ("headers", Headers),
        ("content_length", int | None),
        ("keep_alive", bool),
        ("expects_continue", bool),
        ("path", str),
        ("query", str),
    ],
)
"""The head of a request.

Attributes:
    method: one of the methods this server knows.
    target: in origin form, or "*".
    version: "HTTP/1.1" or "HTTP/1.0".
    headers: the header fields.
    content_length: bytes of the body; None with chunked coding.
    keep_alive: the client can take another answer on this connection.
    expects_continue: the client waits for a 100 before it sends the body.
    path: of the target.
    query: of the target, without its "?".

"""


class HeadParser:
    """Parses the heads of one connection. Used by one thread at a time.

    Clients repeat themselves, so the last section of header fields and the last whole head, while
    they are small, are kept with what they meant.

    Args:
        settings: limits.
        secure: the connection has TLS.

    Attributes:
        memory: what was learnt on other connections; None: nothing.
        whole: the last head, as bytes; empty: it is not kept.
        head: what it meant.

    """

    __slots__ = ("_block", "_fields", "_secure", "_settings", "head", "memory", "whole")

    def __init__(self, settings: Settings, *, secure: bool = False) -> None:
        self._settings = settings
        self._secure = secure
        self.memory: SectionMemory | None = None
        self._block = b""  # the last header section as bytes ...
        self._fields: Section | None = None  # ... and what it meant
        self.whole = b""
        self.head: Head | None = None

    def parse(self, data: bytes | bytearray) -> tuple[Head, int] | None:
        """The head at the start of ``data`` and where it ends; None: not all of it is there.

        Raises:
            ProtocolError: the bytes are no request this server can take.

        """
        if self.head is not None and data.startswith(self.whole):
            # it ends with the empty line, so what follows changes nothing
            return self.head, len(self.whole)
        start = 0
        while data.startswith(b"\r\n", start):
            start += 2
            if start > 2 * _MAX_LEADING_LINES:
                raise ProtocolError(400, "too many empty lines before the request line")
        end = data.find(b"\r\n\r\n", start)
        if end < 0:
            self._check_incomplete(data, start)
            return None
        line_end = data.find(b"\r\n", start, end + 2)
        if line_end - start > self._settings.max_request_line:
            raise ProtocolError(414, "the request line is too long")
        match = _REQUEST_LINE.fullmatch(data, start, line_end)
        if match is None:
            raise _bad_request_line(bytes(data[start:line_end]))
        block = bytes(data[line_end + 2 : end + 2])
        fields = self._fields
        if fields is None or block != self._block:
            fields = self._learn(block)
        head = _head(match, fields, self._secure)
        if end + 4 <= _MAX_REMEMBERED and not fields.close:  # else no other follows
            self.whole, self.head = bytes(data[: end + 4]), head
        return head, end + 4

    def _learn(self, block: bytes) -> Section:
        """What a header section means that is not the last one; it is the last one now."""
        if len(block) > _MAX_REMEMBERED:
            self._block, self._fields = b"", None
            return parse_section(block, self._settings)
        memory = self.memory
        fields = None if memory is None else memory.get(block)
        if fields is None:
            fields = parse_section(block, self._settings)
            if memory is not None:
                memory.keep(block, fields)
        self._block, self._fields = block, fields
        return fields

    def _check_incomplete(self, data: bytes | bytearray, start: int) -> None:
        """Refuse early what can never become a head, or is too large already.

        This looks at everything again whenever a little more has arrived, so it only uses searches
        that run at the speed of memory.
        """
        if len(data) == start:
            return
        if not 0x21 <= data[start] < 0x7F and data[start] not in b"\r":
            raise ProtocolError(400, "this is not HTTP")
        half = data.endswith(b"\r")  # of a line end
        lines = data.count(b"\r\n", start)
        if data.count(b"\n", start) > lines or data.count(b"\r", start) > lines + half:
            raise ProtocolError(400, "lines must end with CR LF")
        line_end = data.find(b"\r\n", start) if lines else len(data) - half
        if line_end - start > self._settings.max_request_line:
            raise ProtocolError(414, "the request line is too long")
        if not lines:
            return
        if _REQUEST_LINE.fullmatch(data, start, line_end) is None:
            raise _bad_request_line(bytes(data[start:line_end]))
        if len(data) - half - (line_end + 2) > self._settings.max_header_bytes:
            raise ProtocolError(431, "the header section is too large")
        if lines - 1 > self._settings.max_header_count:
            raise ProtocolError(431, "there are too many header fields")


def _bad_request_line(line: bytes) -> ProtocolError:
    if re.search(rb" HTTP/[0-9]+\.?[0-9]*$", line) and not line.endswith((b"/1.0", b"/1.1")):
        return ProtocolError(505, "only HTTP/1.0 and HTTP/1.1 are understood")
    return ProtocolError(400, "the request line is malformed")


def _head(match: re.Match[bytes], fields: Section, secure: bool) -> Head:
    if match[3] != b"1":
        raise ProtocolError(505, "only HTTP/1.0 and HTTP/1.1 are understood")
    modern = match[4] != b"0"
    method = match[1].decode("ascii")
    if method not in _METHODS:
        raise ProtocolError(501, "this method is not implemented")
    target = match[2].decode("ascii")
    headers = fields.headers
    if target[0] != "/":
        target, headers = _origin_form(method, target, headers, secure)
    elif "#" in target:
        raise ProtocolError(400, "a request target has no fragment")
    if modern and not fields.has_host:
        raise ProtocolError(400, "HTTP/1.1 needs a Host field")
    length = fields.content_length
    if fields.chunked:
        if not modern:
            raise ProtocolError(400, "HTTP/1.0 has no transfer codings")
    elif length is None:
        if not modern and method in _WITH_BODY:
            raise ProtocolError(411, "a body needs a Content-Length")
        length = 0  # RFC 9112 section 6.3: neither field, no body
    keep_alive = not fields.close and (modern or fields.keep_alive)
    path, _, query = target.partition("?")
    return Head(
        method,
        target,
        "HTTP/1.1" if modern else "HTTP/1.0",
        headers,
        length,
        keep_alive,
        fields.expects_continue and modern,
        path,
        query,
    )


def _origin_form(method: str, target: str, headers: Headers, secure: bool) -> tuple[str, Headers]:
    """The origin form of another form, and the fields with the host it names (section 3.2)."""
    if target == "*" and method == "OPTIONS":
        return target, headers
    match = re.fullmatch(_ABSOLUTE, target, re.IGNORECASE)
    if match is None or "#" in target or match[2][:1] in ("", ":") or not is_host(match[2]):
        raise ProtocolError(400, "the request target is malformed")
    if match[1] and not secure:  # RFC 9110 section 7.4
        raise ProtocolError(421, "this connection has no TLS, so nothing of https is here")
    rest = match[3]
    if not rest.startswith("/"):
        rest = "*" if method == "OPTIONS" and not rest else "/" + rest
    others = [pair for pair in headers.pairs() if pair[0].lower() != "host"]
    return rest, Headers([("Host", match[2]), *others])
