"""Lets an app that pushes without a pause wait for its turn, so that others have theirs.

Threads that never wait keep Python's interpreter busy, which hands itself on without an order: of a
hundred such apps some would push nothing for seconds, and the thread that writes to the browsers
would hardly run. So an app that has pushed a number of times within a moment waits until that
thread has got to what it pushed. It does not wait for a browser, however slow, and a limited time
only.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..interfaces import Timer

BURST: Final = 32  # pushes ...
MOMENT: Final = 0.05  # ... within so many seconds make an app wait ...
PATIENCE: Final = 0.25  # ... for as many seconds at most


class Pace:
    """Of one app, that has a thread of its own; used there only.

    Args:
        timer: calls back on the thread that writes to the browsers.
        clock: the monotonic clock.

    """

    def __init__(self, timer: Timer, clock: Clock) -> None:
        self._timer = timer
        self._clock = clock
        self._thread = threading.get_ident()
        self._pushed = 0
        self._since = 0.0  # when the first of these was, in seconds of the clock

    def pushed(self) -> None:
        """The app has pushed something; on another thread nothing happens."""
        self._pushed += 1
        if self._pushed < BURST or threading.get_ident() != self._thread:
            return
        now = self._clock()
        if now - self._since < MOMENT:
            self._wait()
            now = self._clock()
        self._pushed = 0
        self._since = now

    def _wait(self) -> None:
        """Until what the app has pushed is being written."""
        turn = threading.Event()
        self._timer.call_later(0.0, turn.set)
        turn.wait(PATIENCE)
