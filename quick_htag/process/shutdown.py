"""Signals that end the program stop the server instead, so that it can finish what it does."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..deadline import Clock, monotonic

SAME_SIGNAL = 0.5  # seconds in which a repeated signal is the same request: a service manager and
# a supervisor, or a terminal and a supervisor, both deliver theirs

_STOPPING = ("SIGTERM", "SIGINT", "SIGBREAK")  # those the platform has
_OURS_TO_TAKE = (signal.SIG_DFL, signal.default_int_handler)


def _nothing() -> None:
    """Nothing to restore."""


class _StopHandler:
    """The first signal asks to stop, a later one ends the process.

    A handler runs between two instructions of the main thread, which may hold any lock. It
    therefore only puts into a ``SimpleQueue``, which is made for that; a thread does the rest.

    """

    def __init__(
        self, stop: Callable[[], object], restore: Callable[[], object], clock: Clock
    ) -> None:
        self._stop = stop
        self._restore = restore
        self._clock = clock
        self._first: float | None = None  # main thread only
        self._signals: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="quick-htag-signals", daemon=True)

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        now = self._clock()
        if self._first is None:
            self._first = now
            self._signals.put(signum)
        elif now - self._first >= SAME_SIGNAL:
            self._restore()
            os._exit(128 + signum)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._signals.put(None)
        if self._first is None:  # else it may be inside stop(), which may wait for us
            self._thread.join(SAME_SIGNAL)

    def _run(self) -> None:
        if self._signals.get() is not None:
            self._stop()


@contextmanager
def stop_signals(
    stop: Callable[[], object],
    *,
    restore: Callable[[], object] = _nothing,
    clock: Clock = monotonic,
) -> Iterator[None]:
    """Turn SIGTERM and SIGINT (on Windows SIGBREAK as well) into a graceful stop, in the block.

    CTRL-C does not raise KeyboardInterrupt then. A second signal, half a second or more after the
    first, ends the process at once with 128 + its number. Handlers can be set by the main thread
    only, so on any other thread this does nothing. Signals that are ignored, or have a handler of
    the user's, are left alone. The handlers before are back after the block.

    Args:
        stop: called on a thread of its own, once; should make the block end soon.
        restore: called inside the handler before the process ends at once; must take no lock.
        clock: seconds, monotonic.

    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _StopHandler(stop, restore, clock)
    handler.start()
    taken = {}
    try:
        for name in _STOPPING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) in _OURS_TO_TAKE:
                taken[number] = signal.signal(number, handler)
        yield
    finally:
        for number, previous in taken.items():
            signal.signal(number, previous)
        handler.close()
