"""Compresses the answers of endpoints and pages for clients that take gzip."""

from __future__ import annotations

from typing import Final

from ..messages.encoding import GZIP, VARY, accepts_gzip, is_compressible
from ..messages.request import Request
from ..messages.response import HTTPResponse
from ..settings import KIB

_MIN_SIZE: Final = KIB  # a smaller answer fits into one packet anyway
_LEVEL: Final = 6
_UNTOUCHED: Final = frozenset(("content-encoding", "content-range", "accept-ranges"))


def compress(request: Request, response: HTTPResponse) -> None:
    """Compress an answer where the client takes it and it is worth it.

    Left as they are: streams, files (they may have a compressed form beside them), parts,
    whatever has a coding already and ``Cache-Control: no-transform``. The entity tag becomes a
    weak one, because plain and compressed content are equivalent but not the same bytes (RFC 9110
    section 8.8.1). Called on the thread of the request.
    """
    fields = {name.lower(): value for name, value in response.headers}
    if not _UNTOUCHED.isdisjoint(fields) or "no-transform" in fields.get("cache-control", ""):
        return
    if response.status == 304:
        _vary(response)
        _repeat_weak_tag(request, response, fields.get("etag", ""))
        return
    body = response.body
    if not isinstance(body, bytes) or len(body) < _MIN_SIZE:
        return
    if not is_compressible(fields.get("content-type", "")):
        return
    _vary(response)
    if not accepts_gzip(request.headers):
        return
    import gzip  # a server without it does not load it

    response.body = gzip.compress(body, _LEVEL, mtime=0)  # equal content gives equal bytes
    response.headers.append(GZIP)
    etag = fields.get("etag", "")
    if etag.startswith('"'):
        _replace_tag(response, etag)


def _vary(response: HTTPResponse) -> None:
    """Say that the answer depends on what the client takes, beside what else it depends on."""
    for at, (name, value) in enumerate(response.headers):
        if name.lower() == "vary":
            known = [item.strip().lower() for item in value.split(",")]
            if "*" not in known and "accept-encoding" not in known:
                response.headers[at] = (name, f"{value}, {VARY[1]}")
            return
    response.headers.append(VARY)


def _repeat_weak_tag(request: Request, response: HTTPResponse, etag: str) -> None:
    """A client that knows the compressed form gets told that it is current by the tag of that."""
    if etag.startswith('"') and f"W/{etag}" in request.headers.get("if-none-match", ""):
        _replace_tag(response, etag)


def _replace_tag(response: HTTPResponse, etag: str) -> None:
    response.headers = [
        (name, f"W/{etag}" if name.lower() == "etag" else value) for name, value in response.headers
    ]
