"""One thread that waits for all connections between a server and the processes of its apps."""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from ..deadline import Clock, monotonic
from .greeting import ANSWER_SIZE, Listening, NotTrusted, SecretOf

_CHUNK: Final = 256 * 1024  # bytes read of one connection before it is another one's turn
_PATIENCE: Final = 10.0  # seconds to prove to know the secret
_STRANGERS: Final = 64  # that may do so at once
_BREATH: Final = 0.05  # seconds before the next try where the system has no more descriptors


class Reader(Protocol):
    """A connection; called on the thread of the hub."""

    sock: socket.socket

    def received(self, data: bytes) -> None:
        """What has come."""

    def flush(self) -> bool:
        """Write what waits; whether something is left."""

    def lost(self) -> None:
        """The connection has ended."""


Accepted = Callable[[socket.socket, bytes], "Reader | None"]
"""Takes a connection, and the name its other end has proved to have; None: it is not wanted."""


class _Stranger:
    """A connection whose other end has yet to prove something."""

    def __init__(self, sock: socket.socket, secret_of: SecretOf, accepted: Accepted) -> None:
        self.sock = sock
        self.accepted = accepted
        self.until = monotonic() + _PATIENCE
        self.listening = Listening(secret_of)
        self.said = b""


class _Door:
    def __init__(self, sock: socket.socket, secret_of: SecretOf, accepted: Accepted) -> None:
        self.sock, self.secret_of, self.accepted = sock, secret_of, accepted


class Hub:
    """Starts its thread with the first use; a ``Timer``. Any thread, unless noted.

    Args:
        name: of the thread.
        report: told of what fails here: a text and the exception.
        clock: the monotonic clock.

    """

    def __init__(
        self, name: str, report: Callable[[str, BaseException], object], clock: Clock = monotonic
    ) -> None:
        self._name = name
        self._report = report
        self._clock = clock
        self._lock = threading.Lock()  # guards all that follows but what the thread owns
        self._todo: deque[Callable[[], object]] = deque()
        self._alarms: list[tuple[float, int, list[Callable[[], object]]]] = []
        self._serial = itertools.count()
        self._thread: threading.Thread | None = None
        self._waker: socket.socket | None = None
        self._stopped = False
        # owned by the thread:
        self._selector: selectors.BaseSelector | None = None
        self._strangers: list[_Stranger] = []

    # -- for other threads -------------------------------------------------------------------------

    def listen(self, listening: socket.socket, secret_of: SecretOf, accepted: Accepted) -> None:
        """Take connections of who knows its secret; the socket is ours from now on."""
        door = _Door(listening, secret_of, accepted)
        if not self.post(lambda: self._register(listening, selectors.EVENT_READ, door)):
            listening.close()

    def adopt(self, reader: Reader) -> bool:
        """Read a connection from now on; False: the hub has stopped, and closes it at once."""
        taken = self.post(lambda: self._register(reader.sock, selectors.EVENT_READ, reader))
        if not taken:
            reader.sock.close()
        return taken

    def watch_writing(self, reader: Reader) -> None:
        """Have it flushed when there is room again."""
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        self.post(lambda: self._modify(reader, both))

    def forget(self, reader: Reader) -> None:
        """Close a connection, and tell it that it is lost."""
        self.post(lambda: self._drop(reader))

    def post(self, function: Callable[[], object]) -> bool:
        """Call a function on the thread soon; False: the hub has stopped."""
        with self._lock:
            if self._stopped:
                return False
            if self._thread is None:
                self._start()
            self._todo.append(function)
            self._wake()
        return True

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        """Call a function on the thread in ``delay`` seconds; the value undoes it."""
        alarm = (self._clock() + delay, next(self._serial), [function])
        with self._lock:
            if not self._stopped:
                if self._thread is None:
                    self._start()
                heapq.heappush(self._alarms, alarm)
                if self._alarms[0] is alarm:
                    self._wake()
        return alarm[2].clear

    def is_current(self) -> bool:
        """Whether the caller runs on the thread."""
        return threading.current_thread() is self._thread

    def close(self, timeout: float) -> bool:
        """Lose every connection and end the thread; again is harmless.

        Returns:
            whether it has ended within ``timeout`` seconds.

        """
        with self._lock:
            self._stopped = True
            thread = self._thread
            if thread is not None:
                self._wake()
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def _start(self) -> None:
        """The lock is held."""
        self._waker, wakened = socket.socketpair()
        self._waker.setblocking(False)
        wakened.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(wakened, selectors.EVENT_READ, wakened)
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def _wake(self) -> None:
        """The lock is held."""
        assert self._waker is not None
        if not self.is_current():
            with suppress(OSError):  # it was woken often enough, or has just ended
                self._waker.send(b"!")

    # -- on the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        assert self._selector is not None
        try:
            while not self._stopped:
                for key, events in self._selector.select(self._pause()):
                    self.guarded(self._serve, key.data, events)
                self._run_due()
                self._drop_strangers()
        finally:
            self._end()

    def _serve(self, found: Any, events: int) -> None:
        if isinstance(found, socket.socket):
            with suppress(BlockingIOError):
                found.recv(4096)
        elif isinstance(found, _Door):
            self._accept(found)
        elif isinstance(found, _Stranger):
            self._hear(found)
        else:
            if events & selectors.EVENT_WRITE and not found.flush():
                self._modify(found, selectors.EVENT_READ)
            if events & selectors.EVENT_READ:
                self._read(found)

    def _pause(self) -> float | None:
        with self._lock:
            if self._todo:
                return 0.0
            due = self._alarms[0][0] if self._alarms else None
        waits = [stranger.until for stranger in self._strangers]
        if due is not None:
            waits.append(due)
        return max(0.0, min(waits) - self._clock()) if waits else None

    def _run_due(self) -> None:
        with self._lock:
            work = list(self._todo)
            self._todo.clear()
            now = self._clock()
            while self._alarms and self._alarms[0][0] <= now:
                work += heapq.heappop(self._alarms)[2]
        for function in work:
            self.guarded(function)

    def guarded(self, function: Callable[..., object], *args: Any) -> None:
        """Call it, and tell what fails: what comes after it is not its business."""
        try:
            function(*args)
        except Exception as error:  # noqa: BLE001 one conversation must not end all others
            self._report(f"{self._name} failed", error)

    def _read(self, reader: Reader) -> None:
        try:
            data = reader.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            reader.received(data)
        else:
            self._drop(reader)

    def _accept(self, door: _Door) -> None:
        try:
            sock, _ = door.sock.accept()
        except (BlockingIOError, ConnectionError):  # gone before we came
            return
        except OSError:  # no descriptor is left; who waits there stays readable
            time.sleep(_BREATH)
            return
        sock.setblocking(False)
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self._strangers) >= _STRANGERS:
            self._turn_away(self._strangers[0])
        stranger = _Stranger(sock, door.secret_of, door.accepted)
        self._strangers.append(stranger)
        self._register(sock, selectors.EVENT_READ, stranger)
        with suppress(OSError):  # it has left; told by the selector
            sock.send(stranger.listening.greeting())

    def _hear(self, stranger: _Stranger) -> None:
        try:
            data = stranger.sock.recv(ANSWER_SIZE - len(stranger.said))
            if not data:
                raise NotTrusted("it has hung up")
            stranger.said += data
            if len(stranger.said) < ANSWER_SIZE:
                return
            stranger.sock.send(stranger.listening.check(stranger.said))
        except BlockingIOError:
            return
        except (OSError, NotTrusted):
            self._turn_away(stranger)
            return
        self._strangers.remove(stranger)
        reader = stranger.accepted(stranger.sock, stranger.listening.name)
        assert self._selector is not None
        if reader is None:
            self._unregister(stranger.sock)
            stranger.sock.close()
        else:
            self._selector.modify(stranger.sock, selectors.EVENT_READ, reader)

    def _turn_away(self, stranger: _Stranger) -> None:
        if stranger not in self._strangers:  # it had to make room in this very round
            return
        self._strangers.remove(stranger)
        self._unregister(stranger.sock)
        stranger.sock.close()

    def _drop_strangers(self) -> None:
        now = self._clock()
        for stranger in [one for one in self._strangers if one.until <= now]:
            self._turn_away(stranger)

    def _register(self, sock: socket.socket, events: int, found: Any) -> None:
        assert self._selector is not None
        with suppress(ValueError):  # it was closed meanwhile
            self._selector.register(sock, events, found)

    def _modify(self, reader: Reader, events: int) -> None:
        assert self._selector is not None
        with suppress(KeyError, ValueError):  # it is lost
            self._selector.modify(reader.sock, events, reader)

    def _unregister(self, sock: socket.socket) -> None:
        assert self._selector is not None
        with suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def _drop(self, reader: Reader) -> None:
        self._unregister(reader.sock)
        reader.sock.close()
        self.guarded(reader.lost)

    def _end(self) -> None:
        assert self._selector is not None
        self._run_due()  # what was handed over and not looked at yet is closed with the rest
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, (socket.socket, _Door, _Stranger)):
                key.fileobj.close()  # type: ignore[union-attr]
            else:
                self._drop(key.data)
        self._selector.close()
        with self._lock:
            assert self._waker is not None
            self._waker.close()
