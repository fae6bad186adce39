"""The connection of a visitor who is alone, lent to the thread of his app.

Each event changes threads: the sidecar reads it and wakes the thread of the app. With many visitors
that is a queue, with one it is a processor that has to be woken, 70 us and more of 250. So when
nobody else has clicked for a while, the thread of the app waits at the socket itself and reads what
comes; the sidecar does not watch it meanwhile. Rules of this file:

* At most one connection of a server is lent, and only its input. What is sent, its pings and its
  end are the sidecar's business as ever.
* A frame that is not the whole of a text, and any failure, is left to the sidecar, with the
  connection.
* An app that handles an event for ``TICK`` or two has the connection taken away: its visitor may
  close the page, or answer a question for which the handler waits. The sidecar looks at the clock
  for that only while there are events.
"""

from __future__ import annotations

import math
import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from .relay import Bell

TICK: Final = 0.005  # seconds

_RECEIVE: Final = 64 * 1024  # bytes asked for at once
_os: Any = os
_select: Any = select

POSSIBLE: Final = hasattr(os, "eventfd") and hasattr(select, "poll")  # Linux

Begin = Callable[[], object]


def nothing() -> None:
    """There is nothing to begin with."""


class Lender(Protocol):
    """The connection."""

    def use(self, data: bytes) -> Begin | None:
        """Take what has arrived, and say what is to be called then; None: it is not for here.

        On the thread of the app, while nobody else reads.
        """

    def given_back(self, data: bytes) -> None:
        """Read on, beginning with ``data``. Sidecar thread; called once."""

    def post(self, function: Callable[[], object]) -> bool:
        """Call a function on the sidecar thread soon. Any thread."""

    def later(self, delay: float, function: Callable[[], object]) -> object:
        """Call a function on the sidecar thread, in ``delay`` seconds; there only."""


class Loan:
    """Begins when it is made, on the sidecar thread.

    Args:
        lender: the connection.
        sock: its socket, which is non-blocking.
        bell: wakes the thread of the app.

    Attributes:
        dozing: the thread waits at the socket, so that a bell is not enough to wake it.

    """

    def __init__(self, lender: Lender, sock: socket.socket, bell: Bell) -> None:
        self._lender = lender
        self._sock = sock
        self._bell = bell
        # guards the six below; held while input is read and judged, so that what is read by the
        # sidecar next comes after it
        self._lock = threading.Lock()
        self._active = True
        self._inside = False  # the thread of the app is in ``serve``
        self._ticking = True
        self._moves = 0  # how often that thread has begun to wait, or stopped to
        self._seen = 0  # of these, at the last look
        self.dozing = False
        self._waker = _Waker()
        self._poll: Any = _select.poll()
        self._poll.register(self._waker.number, _select.POLLIN)
        self._poll.register(sock.fileno(), _select.POLLIN)
        bell.loan = self
        lender.later(TICK, self._look)

    # -- the thread of the app ---------------------------------------------------------------------

    def serve(self, timeout: float | None, has_work: Callable[[], bool]) -> bool:
        """Handle events until there is something else to do; False: the loan is over.

        Args:
            timeout: seconds to wait at most; None: no limit.
            has_work: whether the loop of the thread has something to do.

        """
        if not self._enter():
            return False
        try:
            while self._wait(timeout):
                begin = self._take()
                if begin is None:
                    break
                begin()
                if timeout is not None or has_work():
                    break
        finally:
            self._leave()
        return True

    def _enter(self) -> bool:
        with self._lock:
            self._inside = self._active
            return self._active

    def _leave(self) -> None:
        with self._lock:
            self._inside = False
            if not self._active:
                self._waker.close()

    def _wait(self, timeout: float | None) -> bool:
        """Whether there is input, and nothing that comes before it."""
        with self._lock:
            self._moves += 1
            self.dozing = True
        try:
            if self._bell.rung():
                return False
            found = self._poll.poll(None if timeout is None else math.ceil(timeout * 1000.0))
        finally:
            with self._lock:
                self._moves += 1
                self.dozing = False
        for number, _ in found:
            if number == self._waker.number:
                self._waker.clear()
        return bool(found) and not self._bell.rung()

    def _take(self) -> Begin | None:
        with self._lock:
            if not self._active:
                return None
            try:
                data = self._sock.recv(_RECEIVE)
            except (BlockingIOError, InterruptedError):
                return nothing
            except OSError:  # the sidecar finds out, and does what is to be done
                data = b""
            begin = self._lender.use(data) if data else None
            if begin is None:
                self._active = False
                self._lender.post(partial(self._give_back, data))
            elif not self._ticking:
                self._ticking = True
                self._lender.post(partial(self._lender.later, TICK, self._look))
            return begin

    # -- the sidecar -------------------------------------------------------------------------------

    def end(self) -> None:
        """Take the connection back; again is harmless. Sidecar thread."""
        with self._lock:
            if not self._active:
                return
            self._active = False
            if self._inside:
                self._waker.wake()
            else:
                self._waker.close()
        self._give_back(b"")

    def _give_back(self, data: bytes) -> None:
        if self._bell.loan is self:
            self._bell.loan = None
        self._lender.given_back(data)

    def _look(self) -> None:
        """Whether the app handles events, and gets on with them."""
        with self._lock:
            if not self._active:
                return
            still = self._moves == self._seen
            self._seen = self._moves
            if still and self.dozing:
                self._ticking = False
                return
        if still:
            self.end()
        else:
            self._lender.later(TICK, self._look)

    # -- any thread --------------------------------------------------------------------------------

    def wake(self) -> None:
        """Wake the thread of the app, which waits at the socket.

        Without our lock: that thread may hold it, and wait for one of the app that the caller has.
        """
        self._waker.wake()


class _Waker:
    """Ends a ``poll``. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the number, which is another file's after the end
        self.number: int = _os.eventfd(0, _os.EFD_NONBLOCK | _os.EFD_CLOEXEC)

    def wake(self) -> None:
        with self._lock:
            if self.number >= 0:
                _os.eventfd_write(self.number, 1)

    def clear(self) -> None:
        with suppress(BlockingIOError):
            _os.eventfd_read(self.number)

    def close(self) -> None:
        with self._lock:
            if self.number >= 0:
                os.close(self.number)
            self.number = -1
