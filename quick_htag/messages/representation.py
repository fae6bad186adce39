"""The answer with all of something, or with the part of it that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .conditional import requested_range
from .response import FileBody, HTTPResponse

if TYPE_CHECKING:
    from .request import Request


def represented(
    request: Request,
    headers: Sequence[tuple[str, str]],
    size: int,
    etag: str,
    changed: float,
    body: Callable[[int, int], bytes | FileBody],
) -> HTTPResponse:
    """200 with the whole, or 206 with one range of it (RFC 9110 section 14).

    Args:
        request: what it answers; preconditions have been looked at.
        headers: fields of both.
        size: of the whole, in bytes.
        etag: its strong entity tag.
        changed: when it was changed, in seconds since the epoch.
        body: gives the bytes from an offset, so many.

    Raises:
        HTTPError: 416, nothing of the range exists.

    """
    part = requested_range(request.method, request.headers, size, etag, changed)
    if part is None:
        return HTTPResponse(200, headers, body(0, size))
    start, stop = part
    field = ("Content-Range", f"bytes {start}-{stop - 1}/{size}")
    return HTTPResponse(206, [*headers, field], body(start, stop - start))
