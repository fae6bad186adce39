"""What becomes of a worker that has ended, or does not end, or hangs; and of the exit code."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .rolling import GIVEN_UP

if TYPE_CHECKING:
    from .child import Child
    from .places import Places
    from .rolling import Rolling

_signals: Any = signal  # Windows lacks some of its names; there are no workers there


class Ends:
    """The ends of all workers. The thread of the supervisor only.

    Args:
        places: of the workers.
        rolling: the restart that may be under way.
        restart_code: exit code by which a process asks to be started again.
        say: tells the log something about a worker.

    Attributes:
        code: the exit code of the program, as far as its workers have decided it.

    """

    def __init__(
        self,
        places: Places,
        rolling: Rolling,
        restart_code: int,
        say: Callable[[Child, str], object],
    ) -> None:
        self._places = places
        self._rolling = rolling
        self._restart_code = restart_code
        self._say = say
        self.code = 0

    def ended(self, child: Child, *, wanted: bool, is_open: bool) -> bool:
        """One has ended.

        Args:
            child: the process, whose channel is closed.
            wanted: all are to end.
            is_open: a worker has been ready.

        Returns:
            whether the program goes on.

        """
        slot = self._places.of(child)
        came = child is slot.coming
        died = slot.lost(child)
        if wanted:
            self._note_code(child)
        elif came:
            self._say(child, f"{child.how_it_ended()} before it was ready")
            self._rolling.end(GIVEN_UP)
        elif died and not is_open:
            self.code = child.ended if child.ended is not None and child.ended >= 0 else 1
            return False
        elif died and child.ended == self._restart_code:
            slot.next_start = 0.0
        elif died:
            self._died(child)
        return True

    def _died(self, child: Child) -> None:
        slot = self._places.of(child)
        pause = slot.wait_after(child)
        how = child.how_it_ended()
        if child.ready_at is None:
            how += " before it was ready"
        row = slot.backoff.failures
        often = f", {row} times in a row" if row > 1 else ""
        when = f" in {pause:g} s" if pause else ""
        self._say(child, f"{how}{often}; starts again{when}")

    def _note_code(self, child: Child) -> None:
        """The first that did not end well decides."""
        usual = (0, self._restart_code, -signal.SIGTERM, -_signals.SIGKILL)
        bad = child.ended not in usual and not child.given_up
        if not self.code and child.ended is not None and bad:
            self.code = child.ended if child.ended >= 0 else 128 - child.ended

    def hangs(self, child: Child, silence: float) -> None:
        """Another one takes its place at once, and it is killed.

        Args:
            child: the process.
            silence: seconds it has not answered.

        """
        self._say(child, f"hangs, it has not answered for {silence:.0f} s: killed and replaced")
        slot = self._places.of(child)
        slot.abandon(child)
        slot.wait_after(child)
        child.give_up()

    def late(self, child: Child) -> None:
        """It is not ready, or has not ended, in time."""
        if child.given_up:  # it has had its moment
            child.kill()
            return
        what = "ready" if child.ending_since is None else "done"
        self._say(child, f"is not {what} in time: killed")
        child.give_up()
