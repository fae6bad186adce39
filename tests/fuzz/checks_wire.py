"""Promises about bytes on the wire: heads, bodies, frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from quick_htag.errors import ProtocolError
from quick_htag.proxy.answer_head import BadAnswer, parse_answer_head
from quick_htag.settings import Settings
from quick_htag.transports.body_reader import BodyReader
from quick_htag.transports.chunked import chunk
from quick_htag.transports.request_parser import HeadParser

SETTINGS = Settings(max_request_line=300, max_header_bytes=1000, max_header_count=12)
REFUSALS = {400, 411, 413, 414, 417, 421, 431, 501, 505}
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}


def prefixes(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """What has arrived after each piece, at last all of it."""
    for cut in sorted({cut % (len(data) + 1) for cut in cuts}):
        yield data[:cut]
    yield data


def check_head(data: bytes, cuts: Sequence[int]) -> None:
    """A head means the same however it is cut, and what is let through is clean."""
    whole = _outcome(lambda: HeadParser(SETTINGS).parse(data))
    parser = HeadParser(SETTINGS)
    for piece in prefixes(data, cuts):
        pieced = _outcome(lambda piece=piece: parser.parse(bytearray(piece)))
        if pieced is not None:
            break
    if isinstance(whole, int):  # cut, it may be refused for what was seen first
        assert isinstance(pieced, int), (whole, pieced)
    else:
        assert _plain(pieced) == _plain(whole)
    if isinstance(whole, tuple):
        _check_clean(*whole)


def _outcome(parse: Callable[[], Any]) -> Any:
    """A head and its end, a status, or None: more is needed."""
    try:
        return parse()
    except ProtocolError as error:
        assert error.status in REFUSALS
        assert error.detail.isprintable()
        return error.status


def _plain(outcome: Any) -> Any:
    if not isinstance(outcome, tuple):
        return outcome
    head, end = outcome
    return (*head._replace(headers=head.headers.pairs()), end)


def _check_clean(head: Any, end: int) -> None:
    assert head.method in METHODS
    assert head.target == "*" or head.target.startswith("/")
    assert re.fullmatch(r"[!-~]+", head.target)
    for name, value in head.headers.pairs():
        assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name)
        assert re.fullmatch(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[^ \t])?)?", value)
    if "transfer-encoding" in head.headers:
        assert head.content_length is None
        assert "content-length" not in head.headers
    else:
        assert head.content_length == int(head.headers.get("content-length", "0"))
    assert head.version != "HTTP/1.1" or len(head.headers.get_all("host")) == 1


def check_chunked(data: bytes, cuts: Sequence[int]) -> None:
    """Chunked coding means the same however it is cut, and is what a slow reader makes of it."""
    whole = _read_body(None, [data])
    pieces, before = [], 0
    for piece in prefixes(data, cuts):
        pieces.append(piece[before:])
        before = len(piece)
    pieced = _read_body(None, pieces)
    if isinstance(whole, int) or isinstance(pieced, int):
        assert isinstance(whole, int)
        assert isinstance(pieced, int)
    else:
        assert pieced == whole
        assert whole is None or whole == _slow_chunked(data)


def _read_body(length: int | None, pieces: Sequence[bytes]) -> Any:
    """The body and what follows it, a status, or None: it is not complete."""
    reader = BodyReader(length, limit=2000, memory=100)
    buffer = bytearray()
    try:
        complete = False
        for piece in pieces:
            buffer += piece
            complete = complete or reader.feed(buffer)
        if not complete:
            return None
        body = reader.body()
        try:
            return body.read(), bytes(buffer)
        finally:
            body.close()
    except ProtocolError as error:
        assert error.status in REFUSALS
        return error.status
    finally:
        reader.close()


def _slow_chunked(data: bytes) -> tuple[bytes, bytes]:
    """RFC 9112 section 7.1, without any thought of speed."""
    body = b""
    while True:
        line, _, data = data.partition(b"\r\n")
        size = int(line.partition(b";")[0].strip(b" \t"), 16)
        if size == 0:
            break
        body, data = body + data[:size], data[size + 2 :]
    while not data.startswith(b"\r\n"):
        data = data.partition(b"\r\n")[2]
    return body, data[2:]


def check_encoded_chunks(pieces: Sequence[bytes], cuts: Sequence[int], after: bytes) -> None:
    """What we send as chunks is read as what it was."""
    data = b"".join(chunk(piece) for piece in pieces if piece) + b"0\r\n\r\n" + after
    check_chunked(data, cuts)
    body = b"".join(pieces)
    assert _read_body(None, [data]) == ((body, after) if len(body) <= 2000 else 413)


def check_answer_head(data: bytes, cuts: Sequence[int], method: str) -> None:
    """The head of another server's answer means the same however it is cut."""
    whole = _answer(data, method)
    for piece in prefixes(data, cuts):
        pieced = _answer(piece, method)
        if pieced is not None:
            break
    assert pieced == whole or (pieced == whole == "bad")
    if isinstance(whole, tuple):
        assert 100 <= whole[0] <= 599
        assert not (whole[3] and whole[2] is not None)


def _answer(data: bytes, method: str) -> Any:
    try:
        found = parse_answer_head(data, method)
    except BadAnswer:
        return "bad"
    if found is None:
        return None
    head, end = found
    return head.status, head.headers.pairs(), head.length, head.chunked, head.reusable, end
