"""Answers while they are sent, and what comes after: the next request, or the end.

The leader sends as much as the client takes, and never waits for it. What may hold it up all the
same, a disk, is done while the watchdog looks on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from .connection import Connection, State
from .pace import Pace

if TYPE_CHECKING:
    from ..settings import Settings
    from .crew import Crew
    from .hub import Hub
    from .steps import Steps


class Then(enum.Enum):
    """Where an answer leaves the thread that gave it."""

    NEXT = "it owns the connection, which is ready for the next request"
    GONE = "the connection waits, is another thread's, or has ended"
    DEPOSED = "the connection is gone, and the lead was lost"


# Python 3.10 and 3.11 take 0.16 µs to find a member in its class, and a request needs several
NEXT: Final = Then.NEXT
GONE: Final = Then.GONE
_BUSY: Final = State.BUSY


class Sending:
    """Base of ``Answers``. Shared by all threads of a crew.

    Args:
        hub: the connections.
        crew: the threads.
        steps: has a worker go on.
        settings: limits and timeouts.
        go_on: a worker has sent an answer, and goes on with the connection.

    """

    def __init__(
        self,
        hub: Hub,
        crew: Crew,
        steps: Steps,
        settings: Settings,
        go_on: Callable[[Connection, Then], bool],
    ) -> None:
        self._hub = hub
        self._crew = crew
        self._steps = steps
        self._settings = settings
        self._go_on = go_on
        self._clock = hub.clock

    def settled(self, connection: Connection, term: int | None, step: Callable[[], Then]) -> Then:
        """Nothing that could block is left: the watchdog need not look on any more.

        Args:
            connection: owned by the caller.
            term: see ``respond``.
            step: goes on, as the leader or, if it has lost the lead, as a worker.

        """
        if term is None or self._crew.end(term):
            return step()
        return self._deposed(connection, step)

    def _deposed(self, connection: Connection, step: Callable[[], Then]) -> Then:
        """Go on as a worker, because the watchdog has taken the lead away."""
        self._hub.detach(connection)  # the new leader may have set it aside already
        self._steps.guarded(connection, lambda: self._go_on(connection, step()))
        return Then.DEPOSED

    def _send_all(self, connection: Connection, data: bytes) -> Then:
        return self._finish(connection, connection.send_bytes(data))

    def _finish(self, connection: Connection, sent: bool) -> Then:
        if not sent:
            self._wait_to_send(connection)
            return GONE
        return self._sent(connection)

    def go_on_sending(self, connection: Connection, term: int) -> Then:
        """The client takes more of an answer.

        Raises:
            OSError: the connection is broken.

        """
        request = connection.request
        if request is None or request.routed is None or not connection.sends_file:
            return self._sent_more(connection, connection.flush())
        connection.state = _BUSY  # who leads next, if the disk is slow, is to leave it to us
        self._crew.begin(request.routed, self._crew.clock())
        try:
            done = connection.flush()
        except BaseException:
            self._crew.end(term)
            raise
        return self.settled(connection, term, partial(self._sent_more, connection, done))

    def _sent_more(self, connection: Connection, done: bool) -> Then:
        if not done:
            self._wait_to_send(connection)
            return GONE
        connection.pace = None
        return self._sent(connection)

    def _wait_to_send(self, connection: Connection) -> None:
        pace, now = connection.pace, self._clock()
        if pace is None:
            settings = self._settings
            pace = Pace(settings.send_timeout, settings.send_min_rate, now, connection.taken())
            connection.pace = pace
        until = pace.reached(connection.taken(), now)
        self._hub.wait(connection, State.SENDING, until - now, connection.to_send)

    def send_late(self, connection: Connection) -> None:
        """The time for an answer is up; a client that takes it, seen closely, gets more.

        Raises:
            OSError: the server has stopped, or the poller is full.

        """
        now = self._clock()
        pace = connection.pace
        if pace is not None and pace.reached(connection.taken(), now) > now:
            self._wait_to_send(connection)
        else:
            self._hub.discard(connection)

    def _sent(self, connection: Connection) -> Then:
        """All of an answer has gone: get ready for the next request, or end."""
        connection.forget_request()
        if not connection.closing:
            if connection.buffer:  # else it begins with its first byte
                connection.started = self._clock()
            return NEXT
        if connection.unread or connection.buffer:
            self._hub.linger(connection, self._settings.linger_timeout)
        else:
            self._hub.discard(connection)
        return GONE
