"""Signals that a supervisor gets: what ends it, what rolls its restart, what wakes it up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from ..deadline import Clock, monotonic
from ..process.shutdown import SAME_SIGNAL

# Windows lacks some of their names; there are no workers there
_os: Any = os
_signals: Any = signal

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)

Soon = Callable[[Callable[[], object]], object]
"""Have something called by the loop of the supervisor; of use to handlers of signals."""


class SupervisorSignals:
    """What each signal means while ``handled`` runs. Main thread only.

    Args:
        soon: see ``Soon``.
        stop: end in order.
        roll: restart.
        kill: end at once.
        wakeup: descriptor that wakes the loop up: a signal that comes when it is about to wait, or
            that another thread gets, would be noticed at the end of the wait only.
        clock: seconds, monotonic.

    """

    def __init__(
        self,
        soon: Soon,
        *,
        stop: Callable[[], object],
        roll: Callable[[], object],
        kill: Callable[[], object],
        wakeup: int = -1,
        clock: Clock = monotonic,
    ) -> None:
        self._soon = soon
        self._stop = stop
        self._roll = roll
        self._kill = kill
        self._wakeup = wakeup
        self._clock = clock
        self._ending: list[int] = []  # those that end us, in order
        self._first = 0.0  # when the first of them came
        self._had_terminal = _has_terminal()

    @property
    def code(self) -> int | None:
        """The exit code where a second signal has ended it; None: it decides by itself."""
        return 128 + self._ending[-1] if len(self._ending) > 1 else None

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle them in the block."""
        wanted: dict[int, Any] = {
            _signals.SIGCHLD: self._on_child,
            _signals.SIGHUP: self._on_hangup,
        }
        wanted |= dict.fromkeys(_STOPPING, self._on_stop)
        previous: dict[int, Any] = {}
        before = signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        for number, handler in wanted.items():
            # an ignored signal stays ignored: nohup, and "&" in a script
            if number == _signals.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN:
                previous[number] = signal.signal(number, handler)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
            signal.set_wakeup_fd(before)

    def _on_child(self, signum: int, frame: FrameType | None) -> None:
        self._soon(_nothing)

    def _on_hangup(self, signum: int, frame: FrameType | None) -> None:
        # the system sends it, too, when the terminal is closed
        gone = self._had_terminal and not _has_terminal()
        self._soon(self._stop if gone else self._roll)

    def _on_stop(self, signum: int, frame: FrameType | None) -> None:
        now = self._clock()
        if not self._ending:
            self._first = now
            self._ending.append(signum)
            self._soon(self._stop)
        elif now - self._first >= SAME_SIGNAL:
            self._ending.append(signum)
            self._soon(self._kill)


def _nothing() -> None:
    """It only wakes up."""


def _has_terminal() -> bool:
    """Whether we have a terminal that tells us when it is closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | _os.O_NOCTTY))
    except OSError:
        return False
    return True
