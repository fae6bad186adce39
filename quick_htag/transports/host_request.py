"""Requests of WSGI and ASGI servers as our values: paths below a mount, as clients send them.

These servers hand over paths decoded, in which an encoded slash looks like one that parts segments.
Where they tell the path as it was sent, too, that is used, but only when both are the same path: a
server that has rewritten a path, or checked it, must not be passed by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote

from ..messages.forwarded import Forwarded, checked_prefix
from ..messages.headers import Headers
from ..messages.request import Request

_SENDABLE: Final = re.compile(r"[!-~]*")  # what a target may consist of (RFC 9112 section 3.2)
_KEPT: Final = (
    "/~!$&'()*+,=:@"  # characters that need not be encoded in a path (RFC 3986 section 3.3)
)

_IN_PREFIX: Final = "/~!$&()*+=:@"  # ... and that ``checked_prefix`` lets pass


def local_path(path: str, mount: str, sent: str) -> str:
    """The path below a mount, encoded.

    Args:
        path: of the request, decoded, with that of the mount or without it.
        mount: the path that leads to this application, decoded; empty: none.
        sent: the same path as ``path`` as it was sent; empty: the server does not tell.

    """
    mount = mount.rstrip("/")
    below = path
    if mount and (path == mount or path.startswith(f"{mount}/")):
        below = path[len(mount) :]
    else:
        mount = ""
    if sent and _SENDABLE.fullmatch(sent) and unquote(sent) == path:
        found = _after(sent, mount)
        if found is not None:
            return found
    return quote(below, safe=_KEPT)


def _after(sent: str, mount: str) -> str | None:
    """What follows the mount in a path as it was sent; None: that cannot be told."""
    if not mount:
        return sent
    ends = [at for at, sign in enumerate(sent) if sign == "/"]
    return next((sent[at:] for at in [*ends, len(sent)] if unquote(sent[:at]) == mount), None)


def host_request(
    method: str,
    path: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    *,
    mount: str,
    version: str,
    client: tuple[str, int],
    scheme: str,
) -> Request:
    """A request without a body, with what the one in front says of it.

    Args:
        method: as sent.
        path: below the mount, encoded.
        query: as sent, without the "?".
        headers: the fields.
        mount: the path that leads to this application, decoded.
        version: "1.0", or another one.
        client: host and port of who has sent it.
        scheme: "http" or "https".

    """
    query = query if _SENDABLE.fullmatch(query) else quote(query, safe=f"{_KEPT}%?")
    request = Request(
        method,
        f"{path or '/'}?{query}" if query else path or "/",
        Headers(headers),
        version="HTTP/1.0" if version == "1.0" else "HTTP/1.1",
        client_address=client,
        scheme="https" if scheme in ("https", "wss") else "http",
    )
    prefix = checked_prefix(quote(mount.rstrip("/"), safe=_IN_PREFIX))
    if prefix:
        request.forwarded = Forwarded(None, None, None, prefix)
    return request
