"""The threads of the HTTP side: one of them leads, the others follow.

Theory of operation. The *leader* waits for all sockets and runs quick targets itself, because
handing every request to another thread costs half the throughput under the interpreter lock. A
target that was seen to be slow goes to a *worker*. When a target blocks the leader unexpectedly,
the *watchdog* takes the lead away: another thread goes on polling and the old leader becomes a
worker as soon as the target returns. Leadership is a number, the term; who holds an old one has
lost the lead.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from ..deadline import Clock, Deadline
from .thread_factory import NewThread, new_thread

if TYPE_CHECKING:
    from ..interfaces import Target
    from ..settings import Settings

Work = Callable[[], object]

_MELLOWING: Final = 0.7  # what a quick run leaves of the cost a target is known for
_QUIET_ROUNDS: Final = 100  # watchdog intervals without a request after which it sleeps


class Crew:
    """A pool of threads of which one leads. Every method may be called on any thread.

    Args:
        settings: thread limits and watchdog interval.
        lead: runs on the leader with its term until the term is over or the crew stops.
        name: prefix of the thread names.
        clock: measures targets; finer than the monotonic clock, which on Windows moves in steps
            longer than the watchdog interval.
        new_thread: makes the threads that run targets.

    """

    def __init__(
        self,
        settings: Settings,
        lead: Callable[[int], None],
        name: str = "quick_htag",
        clock: Clock = time.perf_counter,
        new_thread: NewThread = new_thread,
    ) -> None:
        self._settings = settings
        self._lead = lead
        self._name = name
        self.clock = clock
        self._new_thread = new_thread
        self._lock = threading.Lock()  # guards all below
        self._changed = threading.Condition(self._lock)
        self._work: deque[Work] = deque()
        self._waiting = 0  # threads that wait for work
        self._away = 0  # threads that wait for a client, and are not counted
        self._threads: set[threading.Thread] = set()
        self._serial = 0
        self._stopped = False
        self.term = 0
        self._target: Target | None = None  # what the leader runs right now ...
        self._since = 0.0  # ... and since when
        self._runs = 0  # targets the leader has run; tells the watchdog that something happens
        self._watchdog_asleep = False
        self._alarm = threading.Event()  # wakes the watchdog
        self._watchdog: threading.Thread | None = None

    def start(self) -> None:
        """Start the leader and the watchdog."""
        with self._lock:
            self._watchdog = threading.Thread(
                target=self._watch, name=f"{self._name}-watchdog", daemon=True
            )
            self._watchdog.start()
            self._promote()

    def submit(self, work: Work) -> None:
        """Run ``work`` on a worker, in the order of submission.

        Raises:
            RuntimeError: there is no worker, and the system gives no thread for one.

        """
        with self._lock:
            self._work.append(work)
            try:
                self._staff(self._limit())
            except RuntimeError:
                if len(self._threads) < 2:
                    self._work.pop()
                    raise

    def _limit(self) -> int:
        """Threads there may be, one of which leads. The lock is held."""
        return max(self._settings.max_threads, 1) + 1 + self._away

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """While the calling worker waits for a client, another thread may do its work."""
        with self._lock:
            self._away += 1
            if self._work:
                with contextlib.suppress(RuntimeError):  # the work waits for those there are
                    self._staff(self._limit())
        try:
            yield
        finally:
            with self._lock:
                self._away -= 1

    def _staff(self, limit: int) -> None:
        """See to it that somebody takes the last piece of work. The lock is held."""
        if self._waiting >= len(self._work):
            self._changed.notify()
        elif len(self._threads) < limit:
            self._serial += 1
            thread = self._new_thread(self._run, f"{self._name}-worker-{self._serial}")
            thread.start()
            self._threads.add(thread)

    def _promote(self) -> None:
        """Begin a new term. The lock is held; a leader is needed whatever the thread limit says."""
        self.term += 1
        self._work.appendleft(partial(self._lead_for, self.term))
        # Without a new thread the first that is done leads, the old leader if no other.
        with contextlib.suppress(RuntimeError):
            self._staff(len(self._threads) + 1)

    def _lead_for(self, term: int) -> None:
        """Lead; if that fails another begins, because without a leader nothing goes on."""
        try:
            self._lead(term)
        except BaseException:
            with self._lock:
                if term == self.term and not self._stopped:
                    self._promote()
            raise

    def _run(self) -> None:
        try:
            while (work := self._take()) is not None:
                work()
                del work  # what it refers to shall not wait with this thread
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _take(self) -> Work | None:
        """The next piece of work; None: this thread is to end."""
        with self._lock:
            deadline = Deadline(self._settings.thread_idle_timeout, self.clock)
            while not self._work:
                if self._stopped or deadline.expired():
                    self._threads.discard(threading.current_thread())
                    return None
                self._waiting += 1
                self._changed.wait(deadline.remaining())
                self._waiting -= 1
            return self._work.popleft()

    # -- the leader runs a target ------------------------------------------------------------------

    def begin(self, target: Target, now: float) -> None:
        """The leader is about to run ``target``; ``now`` is the time of the crew's clock."""
        self._runs += 1  # first: it tells the watchdog that what it has seen is over
        self._target = target
        self._since = now
        if self._watchdog_asleep:
            self._watchdog_asleep = False  # one wake-up is enough
            self._alarm.set()

    def end(self, term: int) -> bool:
        """The target has returned; False: this thread has lost the lead meanwhile."""
        with self._lock:
            if term != self.term:
                return False
            self._since = 0.0
            self._target = None
            return True

    def note_cost(self, target: Target, elapsed: float) -> None:
        """Slow twice is slow for a while; quick again and again is quick.

        Once says nothing: on a busy machine the system takes the processor away for milliseconds.
        What takes longer than the watchdog waits is slow at once.

        Args:
            target: what has run, on any thread.
            elapsed: seconds it took.

        """
        cost = target.cost
        limit = self._settings.inline_limit
        if elapsed > limit:
            target.cost = max(elapsed, cost) if cost else limit
        elif cost and cost != math.inf:
            target.cost = cost * _MELLOWING if cost > limit else 0.0

    # -- the watchdog ------------------------------------------------------------------------------

    def _watch(self) -> None:
        quiet, seen = 0, -1
        while not self._stopped:
            self._check_leader()
            quiet = 0 if self._since or self._runs != seen else quiet + 1
            seen = self._runs
            if quiet > _QUIET_ROUNDS:
                self._sleep_until_needed(seen)
                quiet = 0
            self._alarm.wait(self._settings.watchdog_interval)
            self._alarm.clear()

    def _check_leader(self) -> None:
        run, since = self._runs, self._since
        if not since or self.clock() - since < self._settings.watchdog_interval:
            return
        with self._lock:
            if self._runs != run or not self._since or self._stopped:
                return
            if self._target is not None:
                # Noted now, so that its next requests do not block the next leader as well.
                self._target.cost = max(self._target.cost, self.clock() - since)
            self._since = 0.0
            self._target = None
            self._promote()

    def _sleep_until_needed(self, seen: int) -> None:
        self._watchdog_asleep = True
        if self._runs == seen and not self._stopped:  # else the leader did not see the flag
            self._alarm.wait()
        self._watchdog_asleep = False

    # -- the end -----------------------------------------------------------------------------------

    def is_member(self) -> bool:
        """Whether the calling thread is one of these."""
        with self._lock:
            return threading.current_thread() in self._threads

    def counts(self) -> tuple[int, int]:
        """Threads there are, and how many of them wait for work."""
        with self._lock:
            return len(self._threads), self._waiting

    def queued(self) -> int:
        """Pieces of work that no thread has taken yet."""
        return len(self._work)

    def stop(self, timeout: float, wake: Callable[[], object]) -> bool:
        """End all threads; work not begun is dropped.

        Args:
            timeout: seconds to wait for threads that still run a target.
            wake: makes the leader look at its term.

        Returns:
            whether all of them ended; the calling thread, if it is one of them, does not count.

        """
        deadline = Deadline(timeout, self.clock)
        with self._lock:
            self._stopped = True
            self.term += 1
            self._work.clear()
            self._changed.notify_all()
            threads = [*self._threads, *([self._watchdog] if self._watchdog else [])]
        self._alarm.set()
        wake()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(deadline.remaining())
        return not any(t.is_alive() for t in threads if t is not threading.current_thread())
