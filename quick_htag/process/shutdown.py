"""Signals that end the program stop the server instead, so that it can finish what it does.

A handler runs between two instructions of the main thread, which may hold any lock. The handlers
here therefore take none: they put a note into a ``SimpleQueue``, which is made for that, and a
thread that was started before does the rest.
"""

from __future__ import annotations

import _thread
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from ..deadline import Clock, monotonic

SAME_SIGNAL = 0.5  # seconds in which a repeated signal is the same request: a service manager and
# a supervisor, or a terminal and a supervisor, both deliver theirs

_CALL_AGAIN = 0.05  # seconds until a main thread that did not notice is signalled again
_CALLS = 100  # until it is given up: it is in code that hears no signals
_STOPPING = ("SIGTERM", "SIGINT", "SIGBREAK")  # those the platform has
_OURS_TO_TAKE = (signal.SIG_DFL, signal.default_int_handler)


def _nothing() -> None:
    """Nothing to restore."""


class _StopHandler:
    """The first signal asks to stop, a later one ends the process.

    A copy of the process, such as ``multiprocessing`` makes by ``fork``, has the handler as well,
    and no server to stop: SIGTERM ends it, so that ``Process.terminate()`` and ``Pool.terminate()``
    do what they say. CTRL-C, which a terminal sends to all of them, is left to the server.
    """

    def __init__(
        self, stop: Callable[[], object], restore: Callable[[], object], clock: Clock
    ) -> None:
        self._stop = stop
        self._restore = restore
        self._clock = clock
        self._process = os.getpid()
        self._first: float | None = None  # main thread only
        self._signum = int(signal.SIGTERM)  # which came first; set before the thread is told
        self._signals: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="quick-htag-signals", daemon=True)

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if signum == signal.SIGTERM and os.getpid() != self._process:
            signal.signal(signum, signal.SIG_DFL)
            signal.raise_signal(signum)
        self._hear(signum)

    def _hear(self, signum: int) -> None:
        now = self._clock()
        if self._first is None:
            self._first, self._signum = now, signum
            self._signals.put(signum)
        elif now - self._first >= SAME_SIGNAL:
            self._restore()
            os._exit(128 + signum)

    def insist(self, signum: int) -> None:
        """Signal the main thread until it has noticed. Any other thread."""
        for _ in range(_CALLS):
            time.sleep(_CALL_AGAIN)
            if self._first is not None or signal.getsignal(signum) is not self:
                break
            _signal_main_thread(signum)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._signals.put(None)
        if self._first is None:  # else it may be inside stop(), which may wait for us
            self._thread.join(SAME_SIGNAL)

    def _run(self) -> None:
        if self._signals.get() is not None:
            self._stop()


class ProgramStop(_StopHandler):
    """The handler of a program that ends with an exit code of its own after a signal.

    The first signal has ``before`` called on a thread, then everything that is ``serving`` is
    stopped, then ``after`` is called; then the main thread leaves by ``SystemExit``. Where it waits
    in a ``serving`` block, it does so at the end of the block. A second signal, half a second or
    more after the first, ends the process at once.

    Args:
        exit_code: of the program.
        before: called while everything still serves.
        after: called before the program leaves.
        clock: seconds, monotonic.

    """

    def __init__(
        self,
        exit_code: int,
        before: Callable[[], object],
        after: Callable[[], object],
        clock: Clock = monotonic,
    ) -> None:
        super().__init__(self._stop_program, self._restore_all, clock)
        self.exit_code = exit_code
        self._before = before
        self._after = after
        self._lock = threading.Lock()  # guards _serving against the thread; see _restore_all
        self._serving: list[tuple[Callable[[], object], Callable[[], object]]] = []
        self._finished = threading.Event()
        self._left = False  # set by the main thread
        self._ours = False  # the signal on its way is our own; set by the thread
        self._called = float("-inf")  # when that was; the same clock

    def _hear(self, signum: int) -> None:
        if self._ours:
            self._ours = False
            if not self._left:
                self._leave()
        elif self._clock() - self._called >= SAME_SIGNAL:  # else one of ours, after we have left
            super()._hear(signum)

    def _leave(self) -> NoReturn:
        self._left = True
        raise SystemExit(self.exit_code)

    def _stop_program(self) -> None:
        self._before()
        with self._lock:
            serving = [stop for stop, _ in reversed(self._serving)]
        for stop in serving:
            stop()
        self._after()
        with self._lock:
            self._finished.set()
            waits_there = bool(self._serving)
        if not waits_there:
            self._call_main_thread()

    def _call_main_thread(self) -> None:
        """Have it leave, also when it waits for a lock.

        More than once: a signal that comes when the handler of the one before is about to return
        to such a wait is noticed only at the end of the wait (CPython, Modules/signalmodule.c).
        """
        while not self._left:
            self._called = self._clock()
            self._ours = True
            _signal_main_thread(self._signum)
            time.sleep(_CALL_AGAIN)

    def _restore_all(self) -> None:
        # without the lock: the handler may have interrupted who holds it
        for _, restore in list(self._serving):
            restore()

    @contextmanager
    def serving(
        self, stop: Callable[[], object], restore: Callable[[], object] = _nothing
    ) -> Iterator[None]:
        """Main thread: a signal calls ``stop``, and the block ends with ``SystemExit`` then."""
        entry = (stop, restore)
        with self._lock:
            self._serving.append(entry)
        try:
            yield
            if self._first is not None:
                while not self._finished.wait(SAME_SIGNAL):  # a second signal cuts it short
                    continue
        finally:
            with self._lock:
                self._serving.remove(entry)
        if self._first is not None and not self._left:
            self._leave()


def _signal_main_thread(signum: int) -> None:
    """Have the handler called there; ``signal.raise_signal`` would not interrupt its waits."""
    if hasattr(signal, "pthread_kill"):
        ident = threading.main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signum)
    else:
        _thread.interrupt_main(signal.Signals(signum))


def end_ourselves() -> None:
    """Send SIGTERM to this process, as often as it takes until the main thread notices.

    It may not when it is just about to wait for a lock, see ``ProgramStop``. A handler that is not
    of this module gets it once. Any thread but the main one.
    """
    handler = signal.getsignal(signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    if isinstance(handler, _StopHandler):
        handler.insist(signal.SIGTERM)


def stopping_signals() -> list[int]:
    """The signals of this platform that ask a program to stop."""
    numbers = (getattr(signal, name, None) for name in _STOPPING)
    return [number for number in numbers if number is not None]


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
    the user's, are left alone. The handlers before are back after the block. A program that has
    called ``setup_shutdown`` has its handlers; they stop the block, and ``SystemExit`` follows.

    Args:
        stop: called on a thread of its own, once; should make the block end soon.
        restore: called inside the handler before the process ends at once; must take no lock.
        clock: seconds, monotonic.

    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    program = _program_stop()
    if program is not None:
        with program.serving(stop, restore):
            yield
        return
    handler = _StopHandler(stop, restore, clock)
    handler.start()
    taken = {}
    try:
        for number in stopping_signals():
            if signal.getsignal(number) in _OURS_TO_TAKE:
                taken[number] = signal.signal(number, handler)
        yield
    finally:
        for number, previous in taken.items():
            signal.signal(number, previous)
        handler.close()


def _program_stop() -> ProgramStop | None:
    handlers = map(signal.getsignal, stopping_signals())
    return next((handler for handler in handlers if isinstance(handler, ProgramStop)), None)
