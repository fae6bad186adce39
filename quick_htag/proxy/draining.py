"""The end of what is passed on when this server stops: silent servers must not hold it up."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..deadline import Clock, Deadline, monotonic

if TYPE_CHECKING:
    from .links import Links


class Draining:
    """Lets requests under way finish as long as their server says something; one thread.

    A server that is silent for a while, counted from now at the earliest, is given up, and every
    server in the end: the threads that wait for them then answer 503, while they still can.

    Args:
        links: the connections to all servers.
        silence: seconds.
        limit: seconds until the end.
        clock: the monotonic clock.

    """

    def __init__(
        self, links: Sequence[Links], silence: float, limit: float, clock: Clock = monotonic
    ) -> None:
        self._links = links
        self._silence = silence
        self._deadline = Deadline(limit, clock)
        self._clock = clock
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="quick_htag-proxy-drain", daemon=True
        )

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what it has not ended goes on."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self._over.wait(min(self._silence, self._deadline.remaining() or 0.0))
        while not self._over.is_set():
            now = self._clock()
            last = self._deadline.expired()
            for links in self._links:
                links.end_silent(now if last else now - self._silence)
            if last:
                return
            pause = min(self._silence / 4, self._deadline.remaining() or 0.0)
            self._over.wait(max(pause, 0.01))
