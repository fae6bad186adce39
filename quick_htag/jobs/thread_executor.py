"""Jobs on threads: a few at a time, the others wait in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from ..deadline import Clock, Deadline, monotonic

T = TypeVar("T")
NewThread = Callable[[Callable[[], object], str], threading.Thread]


def _plain_thread(target: Callable[[], object], name: str) -> threading.Thread:
    return threading.Thread(target=target, name=name, daemon=True)


class ThreadExecutor(Executor):
    """A pool of threads that end when they have nothing to do for a while. Any thread.

    The threads are daemons: a job that does not end must not keep the program from ending.

    Args:
        max_workers: how many run at once.
        idle_timeout: seconds after which an idle thread ends.
        name: of the threads, a number follows.
        new_thread: ``(target, name)`` makes a thread that was not started.
        clock: the monotonic clock.
        on_exit: called by each thread that ends.

    """

    def __init__(
        self,
        max_workers: int,
        idle_timeout: float = 10.0,
        name: str = "quick_htag-job",
        new_thread: NewThread = _plain_thread,
        clock: Clock = monotonic,
        on_exit: Callable[[], object] = lambda: None,
    ) -> None:
        self._max_workers = max(max_workers, 1)
        self._idle_timeout = idle_timeout
        self._name = name
        self._new_thread = new_thread
        self._clock = clock
        self._on_exit = on_exit
        self._changed = threading.Condition()  # guards all that follows
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads: set[threading.Thread] = set()
        self._waiting = 0
        self._serial = 0
        self._stopped = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` when its turn comes.

        Raises:
            RuntimeError: the pool was shut down, or the system gives no thread.

        """
        future: Future[T] = Future()
        with self._changed:
            if self._stopped:
                raise RuntimeError("this executor was shut down")
            self._work.append((future, lambda: fn(*args, **kwargs)))
            if self._waiting >= len(self._work):
                self._changed.notify()
            elif len(self._threads) < self._max_workers:
                self._add_thread()
        return future

    def _add_thread(self) -> None:
        """The lock is held."""
        self._serial += 1
        thread = self._new_thread(self._run, f"{self._name}-{self._serial}")
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                self._work.pop()
                raise
            return  # those there are do it
        self._threads.add(thread)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            future, work = taken
            if future.set_running_or_notify_cancel():
                _complete(future, work)
            del taken, future, work  # what they refer to shall not wait with this thread
        self._on_exit()

    def _take(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        """What to do next; None: this thread is to end."""
        with self._changed:
            deadline = Deadline(self._idle_timeout, self._clock)
            while not self._work:
                if self._stopped or deadline.expired():
                    self._threads.discard(threading.current_thread())
                    return None
                self._waiting += 1
                self._changed.wait(deadline.remaining())
                self._waiting -= 1
            return self._work.popleft()

    def is_member(self) -> bool:
        """Whether the calling thread is one of the pool."""
        with self._changed:
            return threading.current_thread() in self._threads

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; what waits is done, or cancelled. Safe to call twice."""
        self.stop(None if wait else 0.0, cancel_futures=cancel_futures)

    def stop(self, timeout: float | None, *, cancel_futures: bool = True) -> bool:
        """Shut down, and wait; True: every thread has ended within ``timeout`` seconds."""
        with self._changed:
            self._stopped = True
            dropped = list(self._work) if cancel_futures else []
            if cancel_futures:
                self._work.clear()
            self._changed.notify_all()
            threads = list(self._threads)
        for future, _ in dropped:
            future.cancel()
        deadline = Deadline(timeout)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(deadline.remaining())
        return not any(thread.is_alive() for thread in threads)


def _complete(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 user code; whoever asks the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)
