"""The link of a job in another process: lines of JSON over a socket to the server.

Towards the server: ``{"key": ...}`` first, then ``{"progress": [fraction, text]}`` and
``{"item": text}``. Anything that comes back, the end included, means that the job is to stop.
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
from typing import Any, NamedTuple

_TIMEOUT = 10.0  # seconds to connect, and for the server to take what is sent


class Address(NamedTuple):
    """Where the server listens for links, and the secret of one job.

    Attributes:
        host: of the server.
        port: of the server, for links.
        key: the secret.
        soft: the function wants to end by itself.

    """

    host: str
    port: int
    key: str
    soft: bool


class RemoteLink:
    """See ``context.Link``. A context manager; without a way to the server nobody is told.

    Args:
        address: where to connect to.

    Attributes:
        connected: the server knows this link.

    """

    def __init__(self, address: Address) -> None:
        self.soft = address.soft
        self._address = address
        self._lock = threading.Lock()  # guards what is written: no line inside of another
        self._sock: socket.socket | None = None
        self._selector = selectors.DefaultSelector()  # select() itself fails beyond 1024 files
        self._stopped = False
        self.connected = False

    def __enter__(self) -> RemoteLink:
        try:
            self._sock = socket.create_connection(self._address[:2], _TIMEOUT)
        except OSError:  # another machine may not reach the server: the result still gets there
            return self
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._sock, selectors.EVENT_READ)
        self.connected = True
        self._send({"key": self._address.key})
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            sock, self._sock = self._sock, None
        self._selector.close()
        if sock is not None:
            sock.close()

    def alive(self) -> bool:
        """Whether the server still wants the job, and is there."""
        if self.connected and not self._stopped:
            try:
                self._stopped = bool(self._selector.select(0))
            except (OSError, ValueError, RuntimeError, AttributeError):  # closed: the job is over
                self._stopped = True
        return not self._stopped

    def progress(self, fraction: float | None, text: str) -> None:
        self._send({"progress": [fraction, text]})

    def item(self, text: str) -> None:
        self._send({"item": text})

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            if self._sock is None or self._stopped:
                return
            try:
                self._sock.sendall(line)
            except OSError:  # the server has gone, or has closed the link
                self._stopped = True
