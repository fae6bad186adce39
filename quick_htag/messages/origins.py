"""Origins as text that can be compared (RFC 6454)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

_ORIGIN = (  # compiled by ``re`` at its first use
    r"([a-z][a-z0-9+.\-]*)://([a-z0-9\-._~!$&'()*+,;=%]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?"
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def normalize_origin(text: str) -> str | None:
    """An origin in the one spelling in which it may be compared; None: it is none.

    Args:
        text: ``scheme://host`` or ``scheme://host:port``; the opaque origin "null" is none.

    """
    match = re.fullmatch(_ORIGIN, text.strip(" \t").lower())
    if match is None:
        return None
    scheme, host, port = match[1], match[2], match[3]
    if host[0] == "[":
        try:
            host = f"[{IPv6Address(host[1:-1])}]"
        except ValueError:
            return None
    if not port or int(port) == _DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{int(port)}" if int(port) <= 65535 else None
