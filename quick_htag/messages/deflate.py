"""What a websocket handshake agrees on beside the protocol: compression (RFC 7692) and sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

WINDOW_BITS: Final = 12  # of the window our messages are compressed with
DEFLATE: Final = "permessage-deflate"

_SERVER_BITS: Final = "server_max_window_bits"
# a quote that does not end takes all that follows, lest each of many is followed to the end
_OFFER = re.compile(r"""[^,;"=]+|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[,;=]""")
_BITS = re.compile(r"[89]|1[0-5]")
_LONGEST: Final = 4096  # characters of offers that are looked at


@dataclass(frozen=True)
class Terms:
    """How one websocket differs from the usual one.

    Attributes:
        max_message: bytes of the largest message from the client, decompressed; None:
            ``settings.websocket_max_message``.
        deflate: whether both sides may compress, each message for itself.
        window_bits: of the window our messages are compressed with.

    """

    max_message: int | None = None
    deflate: bool = False
    window_bits: int = WINDOW_BITS


class Accepted(NamedTuple):
    """How compression is accepted.

    Attributes:
        field: the ``Sec-WebSocket-Extensions`` value.
        window_bits: see ``Terms``.

    """

    field: str
    window_bits: int


def accept_deflate(offers: str) -> Accepted | None:
    """The first offer of compression that can be accepted; None: there is none.

    Both sides forget a message when it is over, so that an idle connection holds no memory for it
    and no message can be told from the compressed size of another.

    Args:
        offers: the values of the request, joined by commas (RFC 6455 section 9.1).

    """
    for name, parameters in _parse(offers[:_LONGEST]):
        if name == DEFLATE and (bits := _agree(parameters)) is not None:
            parts = [DEFLATE, "server_no_context_takeover", "client_no_context_takeover"]
            if bits:
                parts.append(f"{_SERVER_BITS}={bits}")
            return Accepted("; ".join(parts), bits or WINDOW_BITS)
    return None


def _agree(parameters: list[tuple[str, str | None]]) -> int | None:
    """The window that must be agreed on (RFC 7692 section 7.1); 0: ours; None: it is declined."""
    seen: set[str] = set()
    bits = 0
    for name, value in parameters:
        if name in seen:
            return None
        seen.add(name)
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if value is not None:
                return None
        elif name == "client_max_window_bits":
            if value is not None and _BITS.fullmatch(value) is None:
                return None  # without a value it only says that it could be limited
        elif name == _SERVER_BITS:
            if value is None or _BITS.fullmatch(value) is None or value == "8":
                return None  # zlib has no window of 8 bits
            bits = min(WINDOW_BITS, int(value))
        else:
            return None
    return bits


def _parse(text: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Extensions and their parameters, unchecked; what is malformed agrees to nothing."""
    found: list[tuple[str, list[tuple[str, str | None]]]] = []
    for offer in _split(text, ","):
        name, *parameters = _split(offer, ";")
        pairs = [_split(parameter, "=") for parameter in parameters]
        values = [(pair[0], pair[1].strip('"') if len(pair) > 1 else None) for pair in pairs]
        found.append((name, values))
    return found


def _split(text: str, separator: str) -> list[str]:
    parts = [""]
    for piece in _OFFER.findall(text):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip(" \t") for part in parts]
