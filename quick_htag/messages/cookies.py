"""Cookies as scripts for quick_server want them."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from .headers import Headers


def simple_cookie(headers: Headers) -> SimpleCookie:
    """The cookies of a request; malformed ones are left out.

    Each is taken by itself, so that one odd cookie, perhaps of another application on this host,
    does not cost the others. Of two with one name the first wins (RFC 6265 section 5.4).
    """
    cookie = SimpleCookie()
    for line in headers.get_all("cookie"):
        for item in line.split(";"):
            name, separator, value = item.strip(" \t").partition("=")
            if separator and name not in cookie:
                try:
                    cookie[name] = cookie.value_decode(value)[0]
                except CookieError:  # no token, or a reserved word
                    continue
    return cookie
