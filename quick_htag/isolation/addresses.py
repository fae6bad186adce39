"""Where servers and the processes of their apps listen for each other.

A socket in a folder that only its owner may enter; on Windows, which has none for Python, a port of
this machine. Who connects must know a secret in both cases, see ``greeting``.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from .greeting import GREETING_SIZE, PROOF_SIZE, Connecting, NotTrusted

Address = list[object]
"""``[path]``, or ``[host, port]``; a list, since it is told as JSON."""

DOOR: Final = "web-"  # begins the name of the socket of a server ...
APP: Final = "app-"  # ... and of a process
_UNIX: Final[int] = getattr(socket, "AF_UNIX", 0)  # Windows has none


def listen_in(folder: str | None, kind: str = APP, backlog: int = 64) -> socket.socket:
    """A new socket that listens and does not block.

    Args:
        folder: where its file is; None: it is a port of this machine.
        kind: with what the name of the file begins.
        backlog: how many may wait.

    Raises:
        OSError: there is none.

    """
    if folder is None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    else:
        listening = socket.socket(_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(Path(folder, f"{kind}{secrets.token_hex(8)}")))
            listening.listen(backlog)
        except OSError:
            listening.close()
            raise
    listening.setblocking(False)
    return listening


def address_of(listening: socket.socket) -> Address:
    """How others find it."""
    name = listening.getsockname()
    return [name] if isinstance(name, str) else list(name[:2])


def clear_away(address: Address) -> None:
    """Remove what a process that has ended has left where it listened; again is harmless."""
    if len(address) == 1:
        with suppress(OSError):
            Path(str(address[0])).unlink()


def connected(address: Address, name: bytes, secret: bytes, timeout: float) -> socket.socket:
    """A connection to an address whose other end has proved to know the secret.

    Args:
        address: as ``address_of`` has it.
        name: of this side, see ``greeting``.
        secret: what both know.
        timeout: seconds for all of it.

    Raises:
        OSError: nobody listens there, or it takes too long.
        NotTrusted: it is somebody else.

    """
    if len(address) == 1:
        sock = socket.socket(_UNIX, socket.SOCK_STREAM)
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.settimeout(timeout)
        sock.connect(address[0] if len(address) == 1 else tuple(address))  # type: ignore[arg-type]
        connecting = Connecting(name, secret)
        sock.sendall(connecting.answer(_exactly(sock, GREETING_SIZE)))
        connecting.check(_exactly(sock, PROOF_SIZE))
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise NotTrusted("who listens there has hung up")
        data += more
    return data


def somebody_listens(path: str | Path) -> bool:
    """Whether the socket of this file is that of a process that lives."""
    with socket.socket(_UNIX, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        try:
            sock.connect(str(path))
        except BlockingIOError:  # its backlog is full, so it has not been frozen only now
            return True
        except OSError:
            return False
    return True
