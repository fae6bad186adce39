"""Which content coding a client takes, and what is worth coding (RFC 9110 sections 8.4, 12.5.3)."""

from __future__ import annotations

import re
from typing import Final

from .headers import Headers

VARY: Final = ("Vary", "Accept-Encoding")
GZIP: Final = ("Content-Encoding", "gzip")

# compiled by ``re`` at their first use
_WEIGHT = r"q[ \t]*=[ \t]*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)"
_COMPRESSIBLE = (
    r"text/|application/(?:[a-z0-9.+-]+\+)?(?:json|xml)\b|image/svg\+xml"
    r"|application/(?:javascript|ecmascript|x-javascript|wasm|manifest|x-ndjson|rtf)\b"
    r"|font/(?:ttf|otf)|application/vnd\.ms-fontobject"
)


def accepts_gzip(headers: Headers) -> bool:
    """Whether a client takes gzip, and likes it no less than the plain content."""
    field = headers.get("accept-encoding")
    if field is None:
        return False
    if field == "gzip, deflate, br, zstd":  # what browsers send; the rest is for the others
        return True
    weights = _weights(field)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0.0 and gzip >= weights.get("identity", 0.0)


def is_compressible(content_type: str) -> bool:
    """Whether content of this type usually becomes much smaller."""
    return re.match(_COMPRESSIBLE, content_type, re.IGNORECASE) is not None


def _weights(field: str) -> dict[str, float]:
    """The codings of an ``Accept-Encoding`` field; one with a malformed weight is left out."""
    weights: dict[str, float] = {}
    for item in field.lower().split(","):
        coding, separator, parameter = item.partition(";")
        if not coding.strip(" \t"):
            continue
        match = re.fullmatch(_WEIGHT, parameter.strip(" \t"), re.IGNORECASE)
        if match is not None:
            weights[coding.strip(" \t")] = float(match[1])
        elif not separator:
            weights[coding.strip(" \t")] = 1.0
    return weights
