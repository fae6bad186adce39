"""Where servers and the processes of their apps listen for each other.

A socket in a folder that only its owner may enter; on Windows, which has none for Python, a port of
this machine. Who connects must know a secret in both cases, see ``greeting``.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from .greeting import GREETING_SIZE, PROOF_SIZE, Connecting, NotTrusted

Address = list[object]
"""``[path]``, or ``[host, port]``; a list, since it is told as JSON."""

_WITH_FILES: Final = hasattr(socket, "AF_UNIX") and sys.platform != "win32"
_UNIX: Final[int] = getattr(socket, "AF_UNIX", 0)  # Windows has none
_LONGEST: Final = 100  # bytes; the name of a socket may not be longer than some 104


class Folder:
    """A folder for sockets, removed at the end.

    Args:
        files: whether sockets are files; else they are ports.

    """

    def __init__(self, *, files: bool = _WITH_FILES) -> None:
        self._path = tempfile.mkdtemp(prefix="qh-", dir=_short_folder()) if files else None
        if self._path is not None:
            Path(self._path).chmod(0o700)  # whatever the umask is

    @property
    def path(self) -> str | None:
        """Where it is; None: there is none."""
        return self._path

    def listen(self, backlog: int = 64) -> socket.socket:
        """A new socket that listens and does not block.

        Raises:
            OSError: there is none.

        """
        return listen_in(self._path, backlog)

    def remove(self) -> None:
        """Remove it with all that is in it; again is harmless."""
        if self._path is None:
            return
        folder, self._path = Path(self._path), None
        with suppress(OSError):  # a process has it still open, or has removed its own
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()


def _short_folder() -> str | None:
    """Where folders may be made without names that are too long for sockets."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) < _LONGEST - 40 else "/tmp"  # noqa: S108 mkdtemp there


def listen_in(folder: str | None, backlog: int = 64) -> socket.socket:
    """A new socket in a folder; None: a port of this machine.

    Raises:
        OSError: there is none.

    """
    if folder is None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    else:
        listening = socket.socket(_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(Path(folder, secrets.token_hex(8))))
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
