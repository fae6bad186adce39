"""Answers that are made while they are sent: by a worker, which waits for their client.

A generator stays on its thread, since it may hold what belongs to that thread (a lock, a cursor of
a database). So a slow client holds a thread. Such threads are not counted among the workers, lest a
handful of slow clients leave none for the others; they have a limit of their own, and when it is
reached the client that has waited longest is dropped: one that reads waits for moments only.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..logs import ERR_SOURCE_GENERAL_QS
from .chunked import LAST_CHUNK, chunk
from .pace import Pace

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..logs import MessageLog
    from ..settings import Settings
    from .connection import Connection
    from .crew import Crew


class StreamSender:
    """Sends streams on the workers that call it.

    Args:
        crew: whose workers these are.
        settings: limits and timeouts.
        log: told of streams that fail.
        clock: the monotonic clock.

    """

    def __init__(self, crew: Crew, settings: Settings, log: MessageLog, clock: Clock) -> None:
        self._crew = crew
        self._settings = settings
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()  # guards _slow
        self._slow: dict[Connection, None] = {}  # waited for now, the longest first

    def send(
        self,
        connection: Connection,
        head: bytes,
        body: Iterable[bytes],
        chunked: bool,
        turn: AbstractContextManager[Any] | None,
    ) -> None:
        """Send a whole body; without chunked coding its end is that of the connection.

        Args:
            connection: owned by the caller.
            head: sent first.
            body: the pieces; closed at the end, if it can be.
            chunked: use chunked coding.
            turn: held while a piece is made; None: nothing.

        Raises:
            OSError: the connection is broken, the client too slow, or the stream has failed.

        """
        try:
            source = iter(body)
            self._send(connection, head)
            while (piece := self._next(connection, source, turn)) is not None:
                if piece:
                    self._send(connection, chunk(piece) if chunked else piece)
            if chunked:
                self._send(connection, LAST_CHUNK)
        finally:
            connection.pace = None
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def give_up(self) -> None:
        """Drop the clients that are waited for, since the server ends. Any thread."""
        with self._lock:
            for connection in self._slow:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.cut_off()

    def waiting(self) -> int:
        """How many clients are waited for. Any thread."""
        return len(self._slow)

    def _next(
        self,
        connection: Connection,
        source: Iterator[bytes],
        turn: AbstractContextManager[Any] | None,
    ) -> bytes | None:
        """The next piece of a stream, made by the user's code; None: that was all.

        Raises:
            ConnectionAbortedError: it failed; nothing but a broken connection tells the client.

        """
        try:
            with turn or contextlib.nullcontext():
                return next(source, None)
        except ConnectionAbortedError:  # a stream that has said so itself
            raise
        except BaseException as error:  # SystemExit too would end a shared thread
            text = f"the stream for {connection.request!r} failed"
            self._log.error(ERR_SOURCE_GENERAL_QS, text, error)
            raise ConnectionAbortedError(text) from error

    # -- waiting -----------------------------------------------------------------------------------

    def _send(self, connection: Connection, data: bytes) -> None:
        """Send, waiting for the client.

        Raises:
            OSError: the connection is broken, or the client too slow.

        """
        if connection.send(data):
            return
        pace, now = connection.pace, self._clock()
        if pace is None:
            settings = self._settings
            pace = Pace(settings.send_timeout, settings.send_min_rate, now, connection.taken())
            connection.pace = pace
        else:
            pace.resume(connection.taken(), now)
        with self._listed(connection), self._crew.away():
            self._wait(connection, pace)
        pace.pause(self._clock())

    def _wait(self, connection: Connection, pace: Pace) -> None:
        while True:
            if connection.wait_to_send(pace.deadline - self._clock()) and connection.flush():
                return
            now = self._clock()
            if pace.reached(connection.taken(), now) <= now:
                raise TimeoutError("the client takes its answer too slowly")

    @contextlib.contextmanager
    def _listed(self, connection: Connection) -> Iterator[None]:
        """Count a client that is waited for; one too many ends the one that has waited longest."""
        with self._lock:
            self._slow[connection] = None
            if len(self._slow) > self._settings.max_slow_streams:
                longest = next(iter(self._slow))
                del self._slow[longest]
                with contextlib.suppress(OSError):  # the client was faster
                    longest.cut_off()  # its thread is in ``_wait``, and finds it broken
        try:
            yield
        finally:
            with self._lock:
                self._slow.pop(connection, None)
