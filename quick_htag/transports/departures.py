"""Messages of one round of a loop, which leave together.

When several pages of apps that share a loop have sent something, the apps handle all of it first,
and what they answer is sent then. One by one, each answer finds the program at the other end
asleep, which is the dearest part of sending, and what the kernel does about it drives Python out of
the caches of the processor: a click of 50 visitors took 126 us of processor, and takes 102
(``rounds`` does the same for requests). Rules of this file:

* Nothing is held but in a round of the loop, in which there is more than one thing to do; what is
  held for two milliseconds leaves with the next message, and all of it before the loop looks for
  work again.
* Nobody waits for an app that blocks the loop: a timer looks after what is held, every 20 ms while
  there is something to do, and never when there is not.

Apps with threads of their own gain nothing, they lose: between two rounds the program at the other
end sleeps, and the system spreads the threads over the processors, so that each finds a cold one
(5,700 clicks a second before, 4,900 with it).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from ..deadline import Clock, monotonic

if TYPE_CHECKING:
    from ..interfaces import Timer

_LONGEST: Final = 0.002  # seconds something is held while the loop is busy with others
_LOOK: Final = 0.02  # seconds between two looks at a loop that works


class Held(Protocol):
    """Has something to send."""

    def depart(self) -> None:
        """Send it. Any thread."""


class Departures:
    """What is held in one loop. Any thread.

    Args:
        timer: looks after it; None: there are no rounds.
        clock: the monotonic clock.

    Attributes:
        open: a round goes on, so something may be held.
        due: what is held has waited long enough.

    """

    def __init__(self, timer: Timer | None = None, clock: Clock = monotonic) -> None:
        self._timer = timer
        self._clock = clock
        self._lock = threading.Lock()  # guards all below
        self._held: list[Held] = []
        self._until = 0.0  # when the first of them must go
        self._rounds = 0  # those in which something was held ...
        self._seen = 0  # ... as of the last look
        self._watched = False  # the timer will ring
        self.open = False
        self.due = False

    def begin(self) -> None:
        """A round begins."""
        with self._lock:
            self.open = self._timer is not None

    def hold(self, one: Held) -> bool:
        """Have ``depart`` called soon; False when no round goes on, then it is to be sent now.

        Who holds something calls ``send`` when it is ``due``, with no lock that ``depart`` takes.
        """
        now = self._clock()
        with self._lock:
            if not self.open:
                return False
            if self._held:
                self.due = self.due or now >= self._until
            else:
                self._until = now + _LONGEST
                self._rounds += 1
            self._held.append(one)
            watched, self._watched = self._watched, True
        if not watched:
            self._set_timer()
        return True

    def send(self) -> None:
        """Send what is held; the round goes on."""
        with self._lock:
            held, self._held = self._held, []
            self.due = False
        for one in held:
            one.depart()

    def end(self) -> None:
        """The round is over."""
        if self.open:
            with self._lock:
                self.open = False
            self.send()

    def _set_timer(self) -> None:
        assert self._timer is not None
        self._timer.call_later(_LOOK, self._look)

    def _look(self) -> None:
        """Send what an app keeps from leaving, for it blocks its loop. The timer's thread."""
        with self._lock:
            late = bool(self._held) and self._clock() >= self._until
            self._watched = again = bool(self._held) or self._rounds != self._seen
            self._seen = self._rounds
        if late:
            self.send()
        if again:
            self._set_timer()
