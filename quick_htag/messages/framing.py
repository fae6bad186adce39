"""Which other pages may show a page in a frame: the header field that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..errors import ConfigurationError

SAME_ORIGIN: Final = ("X-Frame-Options", "SAMEORIGIN")
LOOPBACK: Final = ("http://localhost:*", "http://127.0.0.1:*")  # CSP has no word for [::1]

# CSP Level 3, section 2.3.1: host-source with a scheme, scheme-source, and the star
_SOURCE = (  # compiled by ``re`` at its first use
    r"\*|[a-z][a-z0-9+.\-]*:(//(\*\.)?[a-z0-9\-]+(\.[a-z0-9\-]+)*(:(\*|[0-9]{1,5}))?/?)?"
)


def checked_ancestors(ancestors: Iterable[str] | str | None) -> tuple[str, ...] | None:
    """``ancestors`` as they can be sent; None: nobody was named.

    Raises:
        ConfigurationError: one is no origin.

    """
    if ancestors is None:
        return None
    found = (ancestors,) if isinstance(ancestors, str) else tuple(ancestors)
    for one in found:
        if not isinstance(one, str) or re.fullmatch(_SOURCE, one, re.IGNORECASE) is None:
            raise ConfigurationError(
                f'frame_ancestors has origins such as "https://example.org" or '
                f'"http://localhost:*", or "*", not {one!r}'
            )
    return found


def frame_field(ancestors: tuple[str, ...] | None) -> tuple[str, str]:
    """The header field for these ancestors, as ``checked_ancestors`` gives them.

    ``X-Frame-Options`` cannot name origins, and browsers that know ``frame-ancestors`` ignore it
    beside that (CSP Level 3, section 6.4.2), so it is one or the other.
    """
    if ancestors is None:
        return SAME_ORIGIN
    sources = " ".join(["'self'", *ancestors]) if ancestors else "'none'"
    return "Content-Security-Policy", f"frame-ancestors {sources}"
