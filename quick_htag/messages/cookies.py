"""Cookies as scripts for quick_server want them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.cookies import SimpleCookie

    from .headers import Headers

_ESCAPED = r"\\(?:([0-3][0-7][0-7])|(.))"  # compiled by ``re`` at its first use


def simple_cookie(headers: Headers) -> SimpleCookie:
    """The cookies of a request; malformed ones are left out.

    Each is taken by itself, so that one odd cookie, perhaps of another application on this host,
    does not cost the others. Of two with one name the first wins (RFC 6265 section 5.4).
    """
    from http.cookies import CookieError, SimpleCookie

    cookie = SimpleCookie()
    for line in headers.get_all("cookie"):
        for item in line.split(";"):
            name, separator, value = item.strip(" \t").partition("=")
            if separator and name not in cookie:
                try:
                    cookie[name] = _unquoted(value)
                except CookieError:  # no token, or a reserved word
                    continue
    return cookie


def _unquoted(value: str) -> str:
    """A value without the quotes that ``SimpleCookie`` puts around odd ones.

    Its own way back takes minutes for a field of 32 KiB, before Python 3.12.6 (CVE-2024-7592).
    """
    if len(value) < 2 or not value[0] == value[-1] == '"':
        return value
    return re.sub(
        _ESCAPED, lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1]
    )
