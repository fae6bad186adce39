"""Bytes of another server to the head of its answer, by RFC 9112; no socket, no thread.

What is not clearly right is refused: the client may read the same bytes differently.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..messages.headers import Headers
from ..settings import KIB

MAX_HEAD: Final = 64 * KIB  # bytes of a head
_MAX_FIELDS: Final = 200

_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-5][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")
_FIELD_LINES = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*")


class BadAnswer(ValueError):
    """What another server sent is no HTTP answer; the text says why."""


class AnswerHead(NamedTuple):
    """The head of an answer.

    Attributes:
        status: 100 to 599.
        headers: the fields.
        length: bytes of the body; None: it is chunked or ends with the connection.
        chunked: the body has chunked coding.
        announced: the ``Content-Length``, also where no body follows; None: not known.
        reusable: the connection takes another request after it.

    """

    status: int
    headers: Headers
    length: int | None
    chunked: bool
    announced: int | None
    reusable: bool


def parse_answer_head(data: bytes | bytearray, method: str) -> tuple[AnswerHead, int] | None:
    """The head at the start of ``data`` and where it ends; None: not all of it is there.

    Args:
        data: what has arrived.
        method: of the request that is answered.

    Raises:
        BadAnswer: this is not HTTP.

    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > MAX_HEAD:
            raise BadAnswer(f"its head is larger than {MAX_HEAD} bytes")
        if not data[:7] == b"HTTP/1."[: len(data)]:
            raise BadAnswer("it does not speak HTTP/1")
        return None
    if end > MAX_HEAD:
        raise BadAnswer(f"its head is larger than {MAX_HEAD} bytes")
    line_end = data.find(b"\r\n")
    match = _STATUS_LINE.fullmatch(data, 0, line_end)
    block = bytes(data[line_end + 2 : end + 2])
    if match is None or _FIELD_LINES.fullmatch(block) is None:
        raise BadAnswer("its head is malformed")
    lines = block.decode("latin-1").split("\r\n")[:-1]
    if len(lines) > _MAX_FIELDS:
        raise BadAnswer("it has too many header fields")
    parted = (line.partition(":") for line in lines)
    headers = Headers((name, value.strip(" \t")) for name, _, value in parted)
    return _framed(int(match[2]), headers, match[1] != b"0", method), end + 4


def _framed(status: int, headers: Headers, modern: bool, method: str) -> AnswerHead:
    """Where the body ends (RFC 9112 section 6.3)."""
    codings = headers.tokens("transfer-encoding")
    announced = _content_length(headers)
    if codings and (codings != ["chunked"] or announced is not None or not modern):
        raise BadAnswer("its body has no clear end")
    length = announced
    chunked = bool(codings)
    if method == "HEAD" or status < 200 or status in (204, 304):
        length, chunked = 0, False
    connection = headers.tokens("connection")
    reusable = modern and "close" not in connection and (chunked or length is not None)
    return AnswerHead(status, headers, length, chunked, announced, reusable)


def _content_length(headers: Headers) -> int | None:
    values = set(headers.tokens("content-length"))
    if not values:
        return None
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise BadAnswer("its Content-Length is malformed")
    return int(value)
