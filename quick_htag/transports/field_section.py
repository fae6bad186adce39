"""Header sections: bytes to fields, and what they say about framing (RFC 9112 sections 5 and 6).

What is not clearly right is refused, see ``request_parser``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple

from ..errors import ProtocolError
from ..messages.headers import Headers
from ..settings import Settings

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_FIELD_LINES = re.compile(rb"(?:" + TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*")
_FIELD = re.compile(r"([^:]+):[ \t]*([^\r]*)\r\n")
_HOST = re.compile(
    r"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*|\[([0-9A-Fa-f:.]+)\])(?::[0-9]*)?"
)

_MAX_SECTIONS = 64  # header sections that are remembered for all connections
_LONGEST_HOST = 255  # characters of a host that is remembered


# In the other form types are texts, which ``typing`` compiles: 1 ms for the first of a process, 1.5
# with Python 3.13, and 0.2 for the others of the three that a server needs for its first answer.
Section = NamedTuple(  # noqa: UP014
    "Section",
    [
        ("headers", Headers),
        ("content_length", int | None),
        ("chunked", bool),
        ("close", bool),
        ("keep_alive", bool),
        ("expects_continue", bool),
        ("has_host", bool),
    ],
)
"""What a header section says about framing and the connection, whatever the request line."""


class SectionMemory:
    """Header sections that were parsed lately, for all connections of a server. Any thread.

    Clients that make a connection for each request repeat themselves, too: 1 µs instead of 6. What
    has a password in it is not kept.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, Section] = {}

    def get(self, block: bytes) -> Section | None:
        """What a header section means; None: it has to be parsed."""
        return self._known.get(block)

    def keep(self, block: bytes, fields: Section) -> None:
        """Remember a small one for a while."""
        if "authorization" in fields.headers:
            return
        if len(self._known) >= _MAX_SECTIONS:
            self._known = {}  # as a whole, since others may look into it
        self._known[block] = fields


def parse_section(block: bytes, settings: Settings) -> Section:
    """What a header section means, each line with its end.

    Raises:
        ProtocolError: it is malformed, contradicts itself, or is too large.

    """
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
    return Section(
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


def _has_host(headers: Headers) -> bool:
    host = headers.get("host")
    if host is None:
        return False
    judge = _is_known_host if len(host) <= _LONGEST_HOST else is_host
    if not judge(host):  # two of them read "a, b" here, and no host has a space
        raise ProtocolError(400, "the Host field is malformed")
    return True


def is_host(text: str) -> bool:
    """Whether this is host and port of a URI (RFC 3986 section 3.2); both may be empty."""
    match = _HOST.fullmatch(text)
    if match is None or match[1] is None:
        return match is not None
    try:
        IPv6Address(match[1])
    except ValueError:
        return False
    return True


# most clients of a server ask for the same one: 0.1 µs instead of 0.7
_is_known_host = lru_cache(maxsize=256)(is_host)
