"""The server's side of the links of jobs in other processes; see ``remote_link``.

One thread reads them all. A connection that does not begin with the secret of a job is closed.
"""

from __future__ import annotations

import json
import secrets
import selectors
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Protocol

from ..deadline import monotonic
from ..interfaces import Log
from ..logs import ERR_SOURCE_WORKER
from .remote_link import Address

_CHUNK = 64 * 1024
_FIRST_LINE = 200  # bytes; who sends more without a secret is none of ours
_PATIENCE = 10.0  # seconds to say the secret
_STRANGERS = 100  # at once; of more the first have to go
_BREATH = 0.05  # seconds before the next try where the system has no more descriptors
_GONE = (OSError, ValueError)


class Linked(Protocol):
    """Who is told what comes over a link; called on the thread of the links."""

    soft: bool

    def begin(self) -> bool:
        """The job has begun; False: it is not wanted any more."""

    def progress(self, fraction: float | None, text: str) -> None:
        """The job is so far."""

    def item(self, text: str) -> None:
        """The job has a partial result."""

    def closed(self) -> None:
        """Nothing more comes."""


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = bytearray()
        self.linked: Linked | None = None
        self.key = ""
        self.until = monotonic() + _PATIENCE


class JobLinks:
    """Listens with the first job that leaves the process. Any thread.

    Args:
        host: where to listen: "127.0.0.1", or an address other machines reach.
        log: told of failures.

    """

    def __init__(self, host: str, log: Log) -> None:
        self._host = host
        self._log = log
        self._lock = threading.Lock()  # guards all that follows but what the thread owns
        self._expected: dict[str, Linked] = {}
        self._connected: dict[str, _Connection] = {}
        self._listening: socket.socket | None = None
        self._waker: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._nameless: list[_Connection] = []  # owned by the thread
        self._selector: selectors.BaseSelector = selectors.DefaultSelector()  # owned by the thread

    def expect(self, linked: Linked) -> Address:
        """An address for one job.

        Raises:
            OSError: there is no way to listen.
            RuntimeError: the server has stopped.

        """
        key = secrets.token_hex(32)
        with self._lock:
            if self._stopped:
                raise RuntimeError("the server has stopped")
            if self._listening is None:
                self._start()
            assert self._listening is not None
            port = self._listening.getsockname()[1]
            self._expected[key] = linked
        return Address(self._host, port, key, linked.soft)

    def forget(self, key: str) -> None:
        """The job is over: nobody may connect with its secret; a link that is there stays."""
        with self._lock:
            self._expected.pop(key, None)

    def is_open(self, key: str) -> bool:
        """Whether something may still come over the link."""
        with self._lock:
            return key in self._connected or key in self._expected

    def stop_job(self, key: str) -> None:
        """Tell the function of a job that it is not wanted any more."""
        with self._lock:
            connection = self._connected.get(key)
        if connection is not None:
            with suppress(*_GONE):  # it has ended meanwhile
                connection.sock.send(b"stop\n")

    def _start(self) -> None:
        """The lock is held."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.create_server((self._host, 0), family=family, backlog=128)
        listening.setblocking(False)
        self._waker, wakened = socket.socketpair()
        self._selector.register(listening, selectors.EVENT_READ, None)
        self._selector.register(wakened, selectors.EVENT_READ, wakened)
        self._listening = listening
        self._thread = threading.Thread(target=self._run, name="quick_htag-job-links", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            for found, _ in self._selector.select(_PATIENCE if self._nameless else None):
                if isinstance(found.data, _Connection):
                    self._read(found.data)
                elif found.data is None:
                    self._accept()
            self._drop_nameless()
        for found in list(self._selector.get_map().values()):
            if isinstance(found.fileobj, socket.socket):
                found.fileobj.close()
        self._selector.close()

    def _accept(self) -> None:
        assert self._listening is not None
        try:
            sock, _ = self._listening.accept()
        except (BlockingIOError, ConnectionError):  # gone before we came
            return
        except OSError:  # no descriptor is left; who waits there stays readable
            time.sleep(_BREATH)
            return
        sock.setblocking(False)
        if len(self._nameless) >= _STRANGERS:
            self._close(self._nameless[0])
        connection = _Connection(sock)
        self._nameless.append(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _drop_nameless(self) -> None:
        now = monotonic()
        for connection in [one for one in self._nameless if one.until <= now]:
            self._close(connection)

    def _read(self, connection: _Connection) -> None:
        if connection.sock.fileno() < 0:  # it had to make room in this very round
            return
        try:
            data = connection.sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        connection.received += data
        *lines, rest = connection.received.split(b"\n")
        connection.received = rest
        for line in lines:
            if not self._take(connection, bytes(line)):
                self._close(connection)
                return
        if connection.linked is None and len(rest) > _FIRST_LINE:
            self._close(connection)

    def _take(self, connection: _Connection, line: bytes) -> bool:
        """False: it is no message of a job."""
        if connection.linked is None and len(line) > _FIRST_LINE:
            return False
        try:
            message = json.loads(line)
            if connection.linked is None:
                return self._identify(connection, str(message["key"]))
            self._pass_on(connection.linked, message)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self._log.error(ERR_SOURCE_WORKER, "a link of a job says what it must not", error)
            return False
        return True

    def _identify(self, connection: _Connection, key: str) -> bool:
        with self._lock:
            linked = self._expected.pop(key, None)
            if linked is None:
                return False
            connection.linked, connection.key = linked, key
            self._connected[key] = connection
        self._nameless.remove(connection)
        if not linked.begin():
            self.stop_job(key)
        return True

    @staticmethod
    def _pass_on(linked: Linked, message: dict[str, Any]) -> None:
        if "item" in message:
            linked.item(str(message["item"]))
        else:
            fraction, text = message["progress"]
            linked.progress(fraction, str(text))

    def _close(self, connection: _Connection) -> None:
        self._selector.unregister(connection.sock)
        connection.sock.close()
        if connection in self._nameless:
            self._nameless.remove(connection)
        with self._lock:
            self._connected.pop(connection.key, None)
        if connection.linked is not None:
            connection.linked.closed()

    def stop(self, timeout: float) -> None:
        """Close every link; the thread is waited for; again is harmless."""
        with self._lock:
            self._stopped = True
            self._expected.clear()
            thread, waker = self._thread, self._waker
            self._waker = None
        if waker is not None:
            waker.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        if thread is None:
            self._selector.close()
