"""Session threads take turns: who has finished wakes the next, and the last one the sidecar.

The interpreter runs one thread at a time. When the sidecar wakes fifty session threads at once,
they fight for it at each system call: with 50 visitors who click all the time that took 140 us of
the 240 us of a click. In a relay only the one whose turn it is wants to run, so a click costs one
change of threads, 50 us. Rules of this file:

* What the sidecar thread has to tell sessions waits until it has read what there was to read.
* Then it gives the first session its turn, and sleeps. A session whose loop has nothing more to do
  passes the turn on.
* Nobody has to wait for a session that blocks: after ``PATIENCE`` the sidecar takes the turn away
  and gives it to the next. Such a session stays out of the relay for a growing number of wake-ups,
  which reach it at once, as everything does that comes from other threads.
* A session that is the only one to be woken for a while gets its connection lent (``loan``).
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from .loan import Loan

PATIENCE: Final = 0.002  # seconds for which one session may keep the others waiting
FIRST_PENALTY: Final = 16  # wake-ups out of the relay after a turn was taken away ...
LAST_PENALTY: Final = 4096  # ... doubled each time, up to this
ALONE: Final = 4  # wake-ups of one session and of no other, before its connection is lent


class Source(Protocol):
    """A connection that wakes sessions."""

    def lend(self, bell: Bell) -> None:
        """Lend its input to the thread of this bell, if that can be. Sidecar thread."""


class Bell:
    """Wakes one thread. Any thread, unless noted.

    Args:
        relay: where its thread takes turns.

    Attributes:
        also: called whenever it rings; None: nothing is. Any thread.
        closed: its thread ends.
        has_turn: its thread must pass the turn on; guarded by the relay's lock.
        loan: the connection its thread waits at; None: at none. Set on the sidecar thread.
        outside: wake-ups that do not wait for a turn any more; sidecar thread only.

    """

    __slots__ = ("_lock", "_penalty", "_relay", "also", "closed", "has_turn", "loan", "outside")

    def __init__(self, relay: Relay) -> None:
        self._lock = threading.Lock()  # held: nobody has rung
        self._lock.acquire()
        self._relay = relay
        self._penalty = 0
        self.also: Callable[[], object] | None = None
        self.loan: Loan | None = None
        self.outside = 0
        self.has_turn = False
        self.closed = False

    def wake(self) -> None:
        """Wake the thread, when it is its turn."""
        if not self._relay.takes(self):
            self.ring()

    def ring(self) -> None:
        """Wake the thread now, or let it not sleep next."""
        with contextlib.suppress(RuntimeError):  # somebody else rings just now
            if self._lock.locked():
                self._lock.release()
        if self.also is not None:
            self.also()
        loan = self.loan
        if loan is not None and loan.dozing:
            loan.wake()

    def rest(self) -> None:
        """Its thread has nothing to do now. Its thread only."""
        if self.has_turn:
            self._relay.pass_on(self)

    def sleep(self, timeout: float | None) -> bool:
        """Wait until it rings; False when the time is up. Its thread only."""
        self.rest()
        if timeout is None:
            return self._lock.acquire()
        return self._lock.acquire(True, min(timeout, threading.TIMEOUT_MAX))

    def rung(self) -> bool:
        """Whether it has rung since. Its thread only."""
        return self._lock.acquire(False)

    def close(self) -> None:
        """Its thread ends. Its thread only."""
        self.closed = True
        self.rest()

    def leave_out(self) -> None:
        """Its thread has kept the others waiting. Sidecar thread only."""
        self._penalty = min(max(FIRST_PENALTY, self._penalty * 2), LAST_PENALTY)
        self.outside = self._penalty


class Relay:
    """The turns of all session threads of one server.

    Args:
        soon: has a function called on the sidecar thread, after what it is about to do; called
            there.

    Attributes:
        reading: the connection whose messages are given to their receiver just now; None: none is.
            Sidecar thread only.

    """

    def __init__(self, soon: Callable[[Callable[[], object]], object]) -> None:
        self._soon = soon
        self._thread = 0  # ident of the sidecar thread
        self._line: deque[Bell] = deque()  # those that wait for their turn
        self._planned = False  # sidecar thread only, as are the four that follow
        self.reading: Source | None = None
        self._alone: tuple[Bell, Source] | None = None  # who was woken last, if nobody else was
        self._times = 0  # ... so often
        self._lends = False  # the connection of that one will be lent to it
        self._lock = threading.Lock()  # guards _holder, and has_turn of every bell
        self._holder: Bell | None = None  # whose turn it is
        self._back = threading.Lock()  # held: the turn has not come back to the sidecar
        self._back.acquire()

    def begin(self) -> None:
        """The caller's is the sidecar thread."""
        self._thread = threading.get_ident()

    def takes(self, bell: Bell) -> bool:
        """Whether a wake-up waits for a turn; else it is to be now. Any thread."""
        if threading.get_ident() != self._thread:
            return False
        if bell.outside:
            bell.outside -= 1
            return False
        self._note(bell)
        self._line.append(bell)
        if not self._planned:
            self._planned = True
            self._soon(self.run)
        return True

    def _note(self, bell: Bell) -> None:
        """See who is alone."""
        alone, source = self._alone, self.reading
        if alone is None or alone[0] is not bell or alone[1] is not source:
            if alone is not None and alone[0].loan is not None:
                alone[0].loan.end()
            self._alone = None if source is None else (bell, source)
            self._times, self._lends = 0, False
            return
        self._times += 1
        self._lends = self._times >= ALONE

    def _lend(self) -> None:
        """Not while it is being read: its thread would overtake what was read and not used yet."""
        self._lends = False
        if self._alone is not None:
            bell, source = self._alone
            if bell.loan is None:
                source.lend(bell)

    def forget(self, source: Source) -> None:
        """A connection is gone. Sidecar thread only."""
        if self._alone is not None and self._alone[1] is source:
            self._alone = None

    def run(self) -> None:
        """Let everybody in the line have a turn. Sidecar thread only."""
        self._planned = False
        if self._lends:
            self._lend()
        watched = self._give_turn(None)
        while watched is not None:
            late = not self._back.acquire(True, PATIENCE)
            watched = self._look_after(watched, late=late)

    def pass_on(self, bell: Bell) -> None:
        """Who has the turn has finished; nothing happens when it was taken away. Its thread."""
        self._give_turn(bell)

    def end(self) -> None:
        """Nobody waits for a turn any more."""
        self._thread = 0
        while (bell := self._next()) is not None:
            bell.ring()

    def _give_turn(self, holder: Bell | None) -> Bell | None:
        """Take the turn from ``holder``, None: the sidecar, and give it to the next; who has it.

        Nothing happens when somebody else has it. After the last one it is the sidecar's.
        """
        with self._lock:
            if holder is not None:
                holder.has_turn = False
            if self._holder is not holder:
                return self._holder
            following = self._holder = self._next()
            if following is not None:
                following.has_turn = True
            elif self._back.locked():
                self._back.release()
        if following is not None:
            following.ring()
        return following

    def _next(self) -> Bell | None:
        while self._line:
            bell = self._line.popleft()
            if not bell.closed:
                return bell
        return None

    def _look_after(self, watched: Bell, *, late: bool) -> Bell | None:
        """Take the turn from who has had it for too long; whose it is now."""
        with self._lock:
            holder = self._holder
        if not late or holder is not watched:
            return holder
        watched.leave_out()
        return self._give_turn(watched)
