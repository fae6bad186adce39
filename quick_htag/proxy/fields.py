"""Header fields on their way through a proxy (RFC 9110 section 7.6, RFC 7239). Values only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ..errors import HTTPError
from ..messages.headers import Headers

if TYPE_CHECKING:
    from ..messages.request import Request

Field = tuple[str, str]

_HOP_BY_HOP: Final = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_OURS_UPSTREAM: Final = frozenset(("content-length", "expect", "host"))
_OURS_BACK: Final = frozenset(("content-length", "date", "server"))
_ABOUT_CLIENT: Final = frozenset(
    (
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-forwarded-server",
        "x-real-ip",
    )
)
# scripts that get fields as variables HTTP_... take it for the proxy they are to use ("httpoxy")
_MISLEADING: Final = frozenset(("proxy",))
_SECRET: Final = frozenset(("authorization", "cookie", "proxy-authorization", "set-cookie"))
_VIA: Final = "1.1 quick_htag"
_MAX_HOPS: Final = 10
_WITH_BODY: Final = frozenset(("POST", "PUT", "PATCH"))
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def strip_hops(fields: Iterable[Field]) -> list[Field]:
    """Without what is about one connection, and what ``Connection`` names."""
    fields = tuple(fields)
    named = set(_HOP_BY_HOP)
    for name, value in fields:
        if name.lower() == "connection":
            named.update(item.strip(" \t").lower() for item in value.split(","))
    return [field for field in fields if field[0].lower() not in named]


def upstream_fields(
    request: Request, authority: str, *, preserve_host: bool, upgrade: bool
) -> list[Field]:
    """The fields of a request as the target gets them.

    Args:
        request: what came in.
        authority: the ``Host`` of the target.
        preserve_host: the target gets the host that the client has asked for instead.
        upgrade: pass on the wish for a websocket.

    Raises:
        HTTPError: 508, it has been through too many servers like this one.

    """
    host = request.host if preserve_host and request.host else authority
    believed = request.forwarded is not None
    passed = strip_hops(request.headers.pairs())
    fields = [("Host", host), *(field for field in passed if not _is_ours(field[0], believed))]
    fields += _about_client(request)
    if sum(value.count(_VIA) for name, value in fields if name.lower() == "via") >= _MAX_HOPS:
        raise HTTPError(508, "the servers pass this request around in a circle")
    fields.append(("Via", _VIA))
    if upgrade:
        fields += [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    elif request.body.length or _announces_body(request):
        fields.append(("Content-Length", str(request.body.length)))
    return fields


def _is_ours(name: str, believed: bool) -> bool:
    """Whether a field of a client is left out, as it is for us to say that or is to mislead.

    ``believed`` is true for what comes from a trusted proxy, which may know more than we do.
    """
    # servers that make variables of names cannot tell "_" from "-"
    plain = name.lower().replace("_", "-")
    if plain in _OURS_UPSTREAM or plain in _HOP_BY_HOP or plain in _ABOUT_CLIENT:
        return True
    return plain in _MISLEADING or (plain.startswith("x-forwarded-") and not believed)


def _announces_body(request: Request) -> bool:
    return request.method in _WITH_BODY or not request.headers.keys().isdisjoint(
        ("content-length", "transfer-encoding")
    )


def _about_client(request: Request) -> list[Field]:
    """Who the client is. Only what a trusted proxy in front of us has said is added to."""
    headers, said = request.headers, request.forwarded
    peer = request.client_address[0] if request.peer is None else request.peer.address[0]
    chain = peer
    elements = _element(peer, headers.get("host") if said is None else None, "http")
    if said is None:
        elements = _element(peer, request.host, request.scheme)
    else:
        client = request.client_address[0]
        common = headers.get("x-forwarded-for")
        chain = f"{common or client}, {peer}"
        before = None if common else headers.get("forwarded")
        elements = f"{before or _element(client, request.host, request.scheme)}, {elements}"
    fields = [("X-Forwarded-For", chain), ("X-Forwarded-Proto", request.scheme)]
    if request.host:
        fields.append(("X-Forwarded-Host", request.host))
    return [*fields, ("Forwarded", elements)]


def _element(node: str, host: str | None, scheme: str) -> str:
    """An element of ``Forwarded`` (RFC 7239 section 4)."""
    if ":" in node:
        node = f"[{node}]"
    parts = [f"for={_quoted(node or 'unknown')}"]
    if host:
        parts.append(f"host={_quoted(host)}")
    return ";".join([*parts, f"proto={scheme}"])


def _quoted(text: str) -> str:
    if _TOKEN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def client_fields(headers: Headers) -> list[Field]:
    """The fields of an answer as the client gets them; repeated ones stay apart."""
    kept = strip_hops(headers.pairs())
    return [field for field in kept if field[0].lower() not in _OURS_BACK]


def masked(fields: Sequence[Field]) -> list[str]:
    """Lines for a log, without secrets."""
    return [f"{name}: {'***' if name.lower() in _SECRET else value}" for name, value in fields]
