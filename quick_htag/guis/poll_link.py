"""A connection of a page made of long polls: requests that are answered when there is something."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from ..messages.backlog import TRY_AGAIN
from ..messages.later_body import LaterBody
from ..record import record

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Receiver, Timer
    from ..messages.backlog import Backlog

LOST: Final = (1006, "")  # as a websocket that just ends
REPLACED: Final = 1000  # the close code of a connection that has made room for a newer one
_GATHER: Final = 0.01  # seconds between the first message and the answer, for those that follow it
_NAME_BYTES: Final = 9


def poll_answer(texts: list[str], close: tuple[int, str] | None = None, name: str = "") -> bytes:
    """What a page gets for a poll or for events, in JSON.

    Args:
        texts: the messages, as the channel got them.
        close: code and reason when the connection ends.
        name: of a new connection.

    """
    answer: dict[str, object] = {"m": texts}
    if close is not None:
        answer["close"] = close
    if name:
        answer["c"] = name
    return json.dumps(answer).encode()


def _nothing() -> None:
    """Nothing is watched yet."""


@record(frozen=True)
class Limits:
    """Of a connection by polls; durations are seconds.

    Attributes:
        hold: a poll is answered after this, whether there is something or not.
        patience: the next poll must come in this time.
        queue: bytes that may wait for it; more: the client is dropped.

    """

    hold: float
    patience: float
    queue: int


class PollLink:
    """A ``Channel``, and the answers to the polls of one page. Any thread.

    Its receiver is told of the end by the timer, since channels never call back.

    Args:
        receiver: of the page.
        address: host of the client.
        limits: sizes and times.
        timer: calls back when no poll comes.
        clock: the monotonic clock.
        backlog: what waits for all slow clients of the server.
        forget: told once, when no poll is expected any more.

    """

    transport = "poll"

    def __init__(
        self,
        receiver: Receiver,
        address: str,
        limits: Limits,
        timer: Timer,
        clock: Clock,
        backlog: Backlog,
        forget: Callable[[PollLink], object],
    ) -> None:
        self.name = secrets.token_urlsafe(_NAME_BYTES)
        self.address = address
        self._receiver = receiver
        self._limits = limits
        self._timer = timer
        self._clock = clock
        self._backlog = backlog
        self._forget = forget
        self._lock = threading.Lock()  # guards everything below
        self._queue: list[str] = []
        self._size = 0
        self._number = -1  # of the last poll
        self._waiting: LaterBody | None = None  # that poll, while it is not answered
        self._last = b""  # its answer
        self._gathering = False
        self._closing: tuple[int, str] | None = None
        self._over = False
        self._answered = clock()  # when a poll was answered last
        self._unwatch: Callable[[], object] = _nothing

    # -- the channel -------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        with self._lock:
            if self._over or self._closing is not None:
                return
            size = len(text.encode("utf-8", "replace"))
            overflow = bool(self._queue) and self._size + size > self._limits.queue
            if not overflow:
                self._queue.append(text)
                self._size += size
            gather = self._waiting is not None and not self._gathering and not overflow
            self._gathering = self._gathering or gather
            slow = self._backlog.note(self, 0 if self._waiting else self._size)
        self._backlog.dismiss(slow)
        if overflow:
            self._end(*LOST)
        elif gather:
            self._timer.call_later(_GATHER, self._answer)

    def make_room(self) -> None:
        """End because slow clients leave too much, see ``Backlog``."""
        self._end(*TRY_AGAIN)

    def close(self, code: int, reason: str) -> None:
        with self._lock:
            if self._over or self._closing is not None:
                return
            self._closing = (code, reason)
            unheard = self._waiting is None and code == REPLACED
        self._answer()
        if unheard:  # the page has a newer connection, and asks this one no more
            self._timer.call_later(0.0, partial(self._end, code, reason))

    # -- the polls ---------------------------------------------------------------------------------

    def start(self) -> LaterBody:
        """The first poll: opens the connection."""
        self._receiver.opened(self)
        self._watch(self._limits.patience)
        return self.poll(0)

    def _watch(self, delay: float) -> None:
        """Look in ``delay`` seconds whether the client has stopped polling."""
        undo = self._timer.call_later(delay, self._check)
        with self._lock:
            self._unwatch = undo
            over = self._over
        if over:
            undo()

    def poll(self, number: int) -> LaterBody:
        """A poll, its answer to come; one that is sent again is answered again.

        Args:
            number: consecutive, from 0.

        """
        late, left = partial(self._late, number), partial(self._left, number)
        body = LaterBody(self._limits.hold, late, left)
        with self._lock:
            repeated = number == self._number and self._waiting is None and bool(self._last)
            expected = number in (self._number, self._number + 1) and not self._over
            earlier = None
            if expected and not repeated:
                earlier, self._waiting = self._waiting, body
                self._number = number
            something = bool(self._queue) or self._closing is not None
        if repeated:
            body.deliver(self._last)
        elif not expected:
            body.deliver(poll_answer([], LOST))
        elif earlier is not None:
            earlier.deliver(poll_answer([]))
        if something:
            self._answer()
        return body

    def _answer(self) -> None:
        """Answer the poll that waits, if one does."""
        with self._lock:
            self._gathering = False
            body = self._waiting
            if body is None:
                return
            data = self._take()
        body.deliver(data)

    def _late(self, number: int) -> bytes:
        """A poll has waited long enough; maybe just now somebody else has taken its answer."""
        with self._lock:
            if number != self._number:
                return poll_answer([])
            return self._last if self._waiting is None else self._take()

    def _take(self) -> bytes:
        """The answer to the poll that waits; the lock is held."""
        name = self.name if self._number == 0 else ""
        self._last = poll_answer(self._queue, self._closing, name)
        self._queue = []
        self._size = 0
        self._waiting = None
        self._backlog.note(self, 0)
        self._answered = self._clock()
        if self._closing is not None:
            self._timer.call_later(0.0, partial(self._end, *self._closing))
        return self._last

    # -- the end -----------------------------------------------------------------------------------

    def _left(self, number: int) -> None:
        """The client of a poll has left."""
        if number == self._number:
            self._end(*LOST)

    def _check(self) -> None:
        """Whether the client has stopped polling."""
        with self._lock:
            if self._over:
                return
            due = self._answered + self._limits.patience - self._clock()
            idle = self._waiting is None and due <= 0.0
        if idle:
            self._end(*(self._closing or LOST))
        else:
            self._watch(max(due, self._limits.patience / 4))

    def _end(self, code: int, reason: str) -> None:
        with self._lock:
            if self._over:
                return
            self._over = True
            self._queue = []
            self._backlog.forget(self)
            body, self._waiting = self._waiting, None
            unwatch = self._unwatch
        unwatch()
        self._forget(self)
        if body is not None:
            body.deliver(poll_answer([], (code, reason)))
        self._timer.call_later(0.0, partial(self._receiver.closed, code, reason))
