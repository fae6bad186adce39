"""The websocket opening handshake (RFC 6455 section 4.2) and the same-origin rule, as values."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import HTTPError
from .origins import normalize_origin

if TYPE_CHECKING:
    from .request import Request

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110 section 5.6.2
_LOST_TLS = (
    "a page of https://{0} cannot connect, since its request arrived by plain http. If a proxy of "
    "yours ends TLS, believe it: server.trusted_proxies = [*server.trusted_proxies, {1!r}]"
)
_LOST_HOST = (  # the browser knows whom it has asked, and no script can make it say so
    "a page of {0} cannot connect, since its request arrived for the host {1!r}. A proxy of yours "
    "has to pass on the host it was asked for; nginx does so by: proxy_set_header Host $http_host;"
)
_OFFER = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),  # RFC 9110 section 7.8: always beside that
    ("Sec-WebSocket-Version", "13"),
)


def accept_key(key: str) -> str:
    """The ``Sec-WebSocket-Accept`` value for a ``Sec-WebSocket-Key``."""
    digest = hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def handshake(request: Request) -> list[tuple[str, str]]:
    """The header fields of the 101 answer, ``Connection: Upgrade`` among them.

    Raises:
        HTTPError: 426 when no websocket of version 13 is asked for, 400 when the request is not a
            valid handshake.

    """
    if "websocket" not in request.headers.tokens("upgrade"):
        raise HTTPError(426, "this address speaks websocket only", _OFFER)
    if request.method != "GET" or request.version != "HTTP/1.1":
        raise HTTPError(400, "a websocket handshake is a GET of HTTP/1.1")
    if "upgrade" not in request.headers.tokens("connection"):
        raise HTTPError(400, "the handshake needs Connection: Upgrade")
    key = str(request.headers.get("sec-websocket-key") or "").strip(" \t")
    if not _is_key(key):
        raise HTTPError(400, "the handshake needs a Sec-WebSocket-Key of 16 bytes in base64")
    if request.headers.get("sec-websocket-version") != "13":
        raise HTTPError(426, "the websocket version must be 13", _OFFER)
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise HTTPError(400, "a websocket handshake has no body")  # it would be read as frames
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(key)),
    ]


def choose_subprotocol(request: Request, ours: Sequence[str]) -> str | None:
    """The first of ours that the client offers, too; None: there is none.

    Raises:
        HTTPError: 400, the offer is malformed (RFC 6455 section 4.1).

    """
    offered = [
        name.strip(" \t")
        for line in request.headers.get_all("sec-websocket-protocol")
        for name in line.split(",")
    ]
    if len(set(offered)) < len(offered) or not all(map(_TOKEN.fullmatch, offered)):
        raise HTTPError(400, "Sec-WebSocket-Protocol must be a list of different names")
    return next((name for name in ours if name in offered), None)


def is_subprotocol(name: object) -> bool:
    """Whether something can be the name of a subprotocol."""
    return isinstance(name, str) and _TOKEN.fullmatch(name) is not None


def _is_key(key: str) -> bool:
    try:
        return len(key) == 24 and len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return False


def same_origin(request: Request) -> bool:
    """Whether the page that asks comes from this very server (RFC 6454 section 5).

    A request without ``Origin``, or with the opaque origin "null", does not.
    """
    sent = request.headers.get_all("origin")
    if len(sent) != 1:
        return False
    origin = normalize_origin(sent[0])
    return origin is not None and origin == normalize_origin(f"{request.scheme}://{request.host}")


def proxy_advice(request: Request) -> str | None:
    """What to set when a proxy is why a page of ours is not known as one; None: it is not."""
    host = request.host[:255]
    if lost_tls(request):
        return _LOST_TLS.format(host, request.client_address[0])
    origin = normalize_origin(str(request.headers.get("origin") or ""))
    if origin is None or request.headers.get("sec-fetch-site") != "same-origin":
        return None
    return _LOST_HOST.format(origin[:255], host)


def lost_tls(request: Request) -> bool:
    """Whether the page came through TLS and the request did not: a proxy nobody told us of."""
    origin = normalize_origin(str(request.headers.get("origin") or ""))
    return (
        origin is not None
        and request.scheme == "http"
        and origin == normalize_origin(f"https://{request.host}")
    )
