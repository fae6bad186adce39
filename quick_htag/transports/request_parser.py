"""Bytes to request heads, by RFC 9112; no socket, no thread.

The rules of this file: what is not clearly right is refused, and a refused connection ends, because
two parties that read the same bytes differently are how requests get smuggled. A head is read only
when it has arrived as a whole; the fields of a head that a client repeats on one connection are
parsed once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple

from ..errors import ProtocolError
from ..messages.headers import Headers
from ..settings import Settings

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([!-~]+) HTTP/([0-9])\.([0-9])")
_FIELD_LINES = re.compile(rb"(?:" + _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*")
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")
_HOST = re.compile(
    r"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*|\[([0-9A-Fa-f:.]+)\])(?::[0-9]*)?"
)
_ABSOLUTE = re.compile(r"http(s?)://([^/?#]*)(.*)", re.IGNORECASE)

_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])
_MAX_LEADING_LINES = 4  # empty lines before a request line that are passed over (section 2.2)
_MAX_REMEMBERED = 4 * 1024  # bytes of a header section kept while its connection is idle


class _Fields(NamedTuple):
    """What a header section says about framing and the connection, whatever the request line."""

    headers: Headers
    content_length: int | None
    chunked: bool
    close: bool
    keep_alive: bool
    expects_continue: bool
    has_host: bool


class Head(NamedTuple):
    """The head of a request.

    Attributes:
        method: one of the methods this server knows.
        target: in origin form, or "*".
        version: "HTTP/1.1" or "HTTP/1.0".
        headers: the header fields.
        content_length: bytes of the body; None with chunked coding.
        keep_alive: the client can take another answer on this connection.
        expects_continue: the client waits for a 100 before it sends the body.

    """

    method: str
    target: str
    version: str
    headers: Headers
    content_length: int | None
    keep_alive: bool
    expects_continue: bool


class HeadParser:
    """Parses the heads of one connection. Used by one thread at a time.

    Clients repeat themselves, so the last section of header fields and the last whole head, while
    they are small, are kept with what they meant.

    Args:
        settings: limits.
        secure: the connection has TLS.

    """

    __slots__ = ("_block", "_fields", "_parsed", "_secure", "_settings", "_whole")

    def __init__(self, settings: Settings, *, secure: bool = False) -> None:
        self._settings = settings
        self._secure = secure
        self._block = b""  # the last header section as bytes ...
        self._fields: _Fields | None = None  # ... and what it meant
        self._whole = b""  # the last head, as bytes ...
        self._parsed: tuple[Head, int] | None = None  # ... and what it meant

    def parse(self, data: bytes | bytearray) -> tuple[Head, int] | None:
        """The head at the start of ``data`` and where it ends; None: not all of it is there.

        Raises:
            ProtocolError: the bytes are no request this server can take.

        """
        if self._parsed is not None and data.startswith(self._whole):
            return self._parsed  # it ends with the empty line, so what follows changes nothing
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
            fields = _parse_fields(block, self._settings)
            small = len(block) <= _MAX_REMEMBERED
            self._block, self._fields = (block, fields) if small else (b"", None)
        parsed = _head(match, fields, self._secure), end + 4
        if end + 4 <= _MAX_REMEMBERED and not fields.close:  # else no other follows
            self._whole, self._parsed = bytes(data[: end + 4]), parsed
        return parsed

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


def _parse_fields(block: bytes, settings: Settings) -> _Fields:
    if len(block) > settings.max_header_bytes:
        raise ProtocolError(431, "the header section is too large")
    if _FIELD_LINES.fullmatch(block) is None:
        raise ProtocolError(400, "a header field is malformed")
    # the block is well-formed, so this finds every line of it
    pairs = [(name, value.strip(" \t")) for name, value in _FIELD.findall(block.decode("latin-1"))]
    if len(pairs) > settings.max_header_count:
        raise ProtocolError(431, "there are too many header fields")
    headers = Headers(pairs)
    # most heads of HTTP/1.1 have no such field
    connection = headers.tokens("connection") if "connection" in headers else ()
    return _Fields(
        headers=headers,
        content_length=_content_length(headers),
        chunked=_chunked(headers),
        close="close" in connection,
        keep_alive="keep-alive" in connection,
        expects_continue=_expects_continue(headers),
        has_host=_has_host(headers),
    )


def _content_length(headers: Headers) -> int | None:
    value = headers.get("content-length")
    if value is None:
        return None
    # A repeated field reads "5, 5" here and is refused too (RFC 9112 section 6.3 allows that).
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise ProtocolError(400, "Content-Length must be one decimal number")
    return int(value)


def _chunked(headers: Headers) -> bool:
    value = headers.get("transfer-encoding")
    if value is None:
        return False
    if "content-length" in headers:
        raise ProtocolError(400, "Content-Length and Transfer-Encoding must not both be there")
    codings = [part.strip(" \t").lower() for part in value.split(",")]
    if codings == ["chunked"]:
        return True
    if codings[-1] != "chunked" or codings.count("chunked") > 1:
        raise ProtocolError(400, "the last transfer coding must be chunked")
    raise ProtocolError(501, "the only transfer coding understood is chunked")


def _expects_continue(headers: Headers) -> bool:
    value = headers.get("expect")
    if value is None:
        return False
    if value.lower() != "100-continue":
        raise ProtocolError(417, "the only expectation understood is 100-continue")
    return True


def _head(match: re.Match[bytes], fields: _Fields, secure: bool) -> Head:
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
    return Head(
        method,
        target,
        "HTTP/1.1" if modern else "HTTP/1.0",
        headers,
        length,
        keep_alive,
        fields.expects_continue and modern,
    )


def _origin_form(method: str, target: str, headers: Headers, secure: bool) -> tuple[str, Headers]:
    """The origin form of another form, and the fields with the host it names (section 3.2)."""
    if target == "*" and method == "OPTIONS":
        return target, headers
    match = _ABSOLUTE.fullmatch(target)
    if match is None or "#" in target or match[2][:1] in ("", ":") or not _is_host(match[2]):
        raise ProtocolError(400, "the request target is malformed")
    if match[1] and not secure:  # RFC 9110 section 7.4
        raise ProtocolError(421, "this connection has no TLS, so nothing of https is here")
    rest = match[3]
    if not rest.startswith("/"):
        rest = "*" if method == "OPTIONS" and not rest else "/" + rest
    others = [pair for pair in headers.pairs() if pair[0].lower() != "host"]
    return rest, Headers([("Host", match[2]), *others])


def _has_host(headers: Headers) -> bool:
    host = headers.get("host")
    if host is None:
        return False
    if not _is_host(host):  # two of them read "a, b" here, and no host has a space
        raise ProtocolError(400, "the Host field is malformed")
    return True


@lru_cache(maxsize=256)  # most clients of a server ask for the same one: 0.1 µs instead of 0.7
def _is_host(text: str) -> bool:
    """Whether this is host and port of a URI (RFC 3986 section 3.2); both may be empty."""
    match = _HOST.fullmatch(text)
    if match is None or match[1] is None:
        return match is not None
    try:
        IPv6Address(match[1])
    except ValueError:
        return False
    return True
