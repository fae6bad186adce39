"""Peers that vanish without a word: a cable, a sleeping laptop, a NAT that has forgotten."""

from __future__ import annotations

import contextlib
import socket
from typing import Final

_PROBES: Final = (  # (option, value); systems have some of them, Windows and macOS by other names
    ("TCP_KEEPIDLE", 60),  # seconds of silence before the first probe
    ("TCP_KEEPALIVE", 60),  # the same on macOS
    ("TCP_KEEPINTVL", 15),  # seconds between two
    ("TCP_KEEPCNT", 4),  # unanswered ones after which the connection is broken
)
_USER_TIMEOUT: Final = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux (RFC 5482)


def notice_silence(sock: socket.socket) -> None:
    """Have the system probe a silent connection, and break it when nothing answers.

    For connections that nobody pings: after two minutes a half-open one is found.
    """
    with contextlib.suppress(OSError):  # a Unix socket pair has no such options
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES:
            option = getattr(socket, name, None)
            if option is not None:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def give_up_after(sock: socket.socket | None, seconds: float) -> None:
    """Have the system break a connection whose bytes nobody has confirmed for so long (Linux)."""
    if _USER_TIMEOUT is None or sock is None:
        return
    with contextlib.suppress(OSError):  # a Unix socket pair has no such option
        sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, max(1, round(seconds * 1000)))
