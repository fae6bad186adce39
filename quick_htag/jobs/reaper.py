"""One thread for every deadline of the jobs of a server; it sleeps until the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..deadline import Clock, monotonic
from ..interfaces import Log
from ..logs import ERR_SOURCE_WORKER

_FOREVER = float("inf")
_LONGEST = 24 * 3600.0  # seconds; waits of some weeks are too long for some systems


class Reaper:
    """Starts with the first deadline. Any thread.

    Args:
        next_deadline: monotonic time at which there is something to do; None: never.
        work: does it; called on the thread of the reaper.
        log: told when that fails.
        clock: the monotonic clock.

    """

    def __init__(
        self,
        next_deadline: Callable[[], float | None],
        work: Callable[[], object],
        log: Log,
        clock: Clock = monotonic,
    ) -> None:
        self._next_deadline = next_deadline
        self._work = work
        self._log = log
        self._clock = clock
        self._changed = threading.Condition()  # guards all that follows
        self._wakes_at = _FOREVER
        self._thread: threading.Thread | None = None
        self._stopped = False

    def expect(self, deadline: float) -> None:
        """There is something to do at that monotonic time. Quick when it wakes before anyway."""
        if deadline >= self._wakes_at:
            return
        with self._changed:
            self._wakes_at = min(self._wakes_at, deadline)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(
                    target=self._run, name="quick_htag-job-reaper", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while self._sleep():
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 the only thread that does this goes on
                self._log.error(ERR_SOURCE_WORKER, "expired jobs could not be removed", error)

    def _sleep(self) -> bool:
        """Until there is something to do; False: the end has come."""
        with self._changed:
            self._wakes_at = _FOREVER  # first: what comes while we look is not passed over
            deadline = self._next_deadline()
            self._wakes_at = _FOREVER if deadline is None else deadline
            while not self._stopped and (now := self._clock()) < self._wakes_at:
                far = self._wakes_at == _FOREVER
                self._changed.wait(None if far else min(self._wakes_at - now, _LONGEST))
            return not self._stopped

    def stop(self, timeout: float) -> None:
        """End the thread, which is waited for at most ``timeout`` seconds; again is harmless."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
