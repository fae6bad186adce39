"""Whether a page of another site has sent a request (cross-site request forgery)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .origins import normalize_origin

if TYPE_CHECKING:
    from .request import Request

_OURS: Final = ("same-origin", "none")  # "none": the visitor himself, by typing an address


def from_other_site(request: Request) -> bool:
    """Whether the browser says so; what is no browser says nothing, and is not meant.

    ``Sec-Fetch-Site`` cannot be set by a script (W3C Fetch Metadata). Browsers leave it out where
    plain http is spoken with another machine; then the host in ``Origin`` has to be ours. Its
    scheme is not looked at, as a proxy that ends TLS may not have told of it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OURS
    origin = request.headers.get("origin")
    if origin is None:
        return False
    found = normalize_origin(origin)  # "null" is none, and two are none
    scheme = origin.partition("://")[0]
    return found is None or found != normalize_origin(f"{scheme}://{request.host}")


def is_preflight(request: Request) -> bool:
    """Whether a browser asks what a page of another origin may do."""
    headers = request.headers
    return (
        request.method == "OPTIONS"
        and "origin" in headers
        and "access-control-request-method" in headers
    )
