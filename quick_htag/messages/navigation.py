"""Who made a browser ask for a page: its visitor, or another site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlsplit

from .origins import normalize_origin

if TYPE_CHECKING:
    from .request import Request


def asked_by_visitor(request: Request) -> bool:
    """Whether a page request comes from this site's own pages, or from the visitor's own typing.

    Browsers say so in ``Sec-Fetch-Site``, which no script can set (W3C Fetch Metadata): a link, a
    form or a picture of another site is "cross-site". They leave it out where plain http is spoken
    with another machine; then the page that has the link must be one of ours. In doubt: no.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        mode = request.headers.get("sec-fetch-mode")
        dest = request.headers.get("sec-fetch-dest")
        return site in ("same-origin", "none") and mode == "navigate" and dest == "document"
    return came_from_here(request)


def came_from_here(request: Request) -> bool:
    """Whether the page that has the link or form is one of this very server."""
    referer = request.headers.get("referer")
    if referer is None:
        return False
    try:
        parts = urlsplit(referer)
    except ValueError:
        return False
    origin = normalize_origin(f"{parts.scheme}://{parts.netloc}")
    return origin is not None and origin == normalize_origin(f"{request.scheme}://{request.host}")


def has_parameter(query: str, name: str) -> bool:
    """Whether a query string has a parameter, with or without a value."""
    return any(_name(item) == name for item in query.split("&") if item)


def without_parameter(query: str, name: str) -> str:
    """The query string without a parameter; what is left stays as it was written."""
    return "&".join(item for item in query.split("&") if item and _name(item) != name)


def relative(path: str, query: str) -> str:
    """A reference that leads from ``path`` to itself with another query (RFC 3986 section 4.2).

    Relative, so that it is right behind a proxy that puts something before the path.
    """
    last = path.rpartition("/")[2]
    return f"./{last}?{query}" if query else f"./{last}"


def _name(item: str) -> str:
    return unquote_plus(item.partition("=")[0])
