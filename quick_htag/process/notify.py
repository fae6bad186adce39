"""Tell a service manager how the program is: systemd's protocol, sd_notify(3).

Datagrams to the Unix socket that ``NOTIFY_SOCKET`` names; without it nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

_TIMEOUT = 1.0  # seconds for a service manager that reads nothing; the program is not its hostage


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send one state, e.g. "READY=1"; False: nobody asked for it, or it could not be sent."""
    path = environ.get("NOTIFY_SOCKET", "")
    if path[:1] not in ("/", "@") or not hasattr(socket, "AF_UNIX"):
        return False
    if path[0] == "@":  # Linux: a name without a file (unix(7))
        path = "\0" + path[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_TIMEOUT)
        sock.connect(path)
        sock.sendall(state.encode())
        return True
    return False


def notify_ready() -> bool:
    """The program serves, for the first time or again."""
    return notify("READY=1")


def notify_stopping() -> bool:
    """The program begins to end."""
    return notify("STOPPING=1")


def notify_reloading() -> bool:
    """The program is about to start again; ``notify_ready`` follows from the new one."""
    return notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
