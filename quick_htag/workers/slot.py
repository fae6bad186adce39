"""The place of one worker: who serves there, who comes, who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deadline import Clock, monotonic
from .backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .child import Child


class Slot:
    """One place. The thread of the supervisor only.

    Args:
        index: of the worker.
        clock: seconds, monotonic.

    Attributes:
        current: who serves, or is to; None: nobody.
        coming: who takes its place when it is ready; None: nobody.
        leaving: those that were told to end, or have lost their place.
        starts: how many processes there have been.
        next_start: when one is to be started, by the clock, if there is no current one.
        backoff: the pauses after deaths.

    """

    def __init__(self, index: int, clock: Clock = monotonic) -> None:
        self.index = index
        self.current: Child | None = None
        self.coming: Child | None = None
        self.leaving: list[Child] = []
        self.starts = 0
        self.next_start = 0.0
        self.backoff = Backoff()
        self._clock = clock

    def all(self) -> Iterator[Child]:
        """Every process of this place."""
        for child in (self.current, self.coming, *self.leaving):
            if child is not None:
                yield child

    def described(self) -> tuple[int, int | None, str, float | None, int]:
        """Its index, process, state, seconds of service, and number of starts. Any thread."""
        child = self.current
        state = "waits" if child is None else _state(child)
        if self.coming is not None:
            state += ", is replaced"
        pid = None if child is None else child.pid
        return self.index, pid, state, None if child is None else child.served, self.starts

    def is_empty(self) -> bool:
        """Whether a process is to be started."""
        return self.current is None and self.coming is None

    def take_over(self) -> Child | None:
        """Who comes is ready, and serves from now on; who is to be told to end."""
        old, self.current, self.coming = self.current, self.coming, None
        if old is not None:
            self.leaving.append(old)
        return old

    def lost(self, child: Child) -> bool:
        """A process has ended; whether that was a death nobody had asked for."""
        if child is self.coming:
            self.coming = None
            return False
        if child in self.leaving:
            self.leaving.remove(child)
            return False
        self.current = None
        if self.coming is not None and child.ending_since is None:
            self.current, self.coming = self.coming, None  # it comes at the right moment
        return child.ending_since is None

    def abandon(self, child: Child) -> None:
        """A process is to be killed: another one need not wait for the end of it."""
        if child is self.current:
            self.current, self.coming = self.coming, None
            self.leaving.append(child)

    def wait_after(self, child: Child) -> float:
        """Set when the next one is started after a death; in how many seconds that is."""
        pause = self.backoff.died(child.served)
        self.next_start = self._clock() + pause
        return pause


def _state(child: Child) -> str:
    if not child.serves:
        return "starts"
    return f"serves, {child.trouble}" if child.trouble else "serves"
