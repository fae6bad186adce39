"""Jobs in processes of their own, which can be killed one by one.

The pool of the standard library breaks as a whole when one of its processes dies; here that is the
end of one job, and a new process takes the next.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from multiprocessing.connection import wait
from typing import Any, Final, TypeVar

from ..errors import ConfigurationError, JobFailed
from .process_child import READY, main
from .thread_executor import ThreadExecutor

T = TypeVar("T")
_JOIN: Final = 5.0  # seconds for a killed process to be gone
_NOT_PICKLED = (pickle.PicklingError, AttributeError, TypeError)


class _Child:
    """One process, used by one thread at a time; ``kill`` may be called on any."""

    def __init__(self, start_timeout: float) -> None:
        context = multiprocessing.get_context("spawn")  # a fork of many threads is a trap
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=main, args=(theirs,), name="quick_htag-job", daemon=True
        )
        try:
            self._process.start()
        except OSError as error:  # no memory, or more processes than the system gives
            self._pipe.close()
            raise JobFailed(f"no process for jobs can be started: {error}") from error
        finally:
            theirs.close()
        if not wait([self._pipe, self._process.sentinel], start_timeout) or not self._is_ready():
            code = self._process.exitcode
            self.close()
            raise JobFailed(
                f"a process for jobs did not get ready (exit code {code}): what a script does when "
                'it is run belongs under if __name__ == "__main__":, since processes import it'
            )

    def _is_ready(self) -> bool:
        try:
            return self._pipe.poll() and self._pipe.recv_bytes() == READY
        except (EOFError, OSError):  # it has ended
            return False

    def run(self, data: bytes) -> tuple[bool, Any]:
        """The answer to a call.

        Raises:
            JobFailed: the process has ended.

        """
        try:
            self._pipe.send_bytes(data)
            wait([self._pipe, self._process.sentinel])
            if self._pipe.poll():
                answer: tuple[bool, Any] = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 ours
                return answer
        except (EOFError, OSError):  # told below
            pass
        self._process.join(_JOIN)
        raise JobFailed(f"the process of the job has ended with exit code {self._process.exitcode}")

    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return not wait([self._process.sentinel], 0)

    def kill(self) -> None:
        """End it now, with everything it has started."""
        pid = self._process.pid
        with contextlib.suppress(OSError):  # it has ended already
            if sys.platform != "win32" and pid is not None and os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                self._process.kill()

    def close(self) -> None:
        """End it, and wait for that."""
        self.kill()
        self._process.join(_JOIN)
        self._pipe.close()
        self._process.close()


class _Task:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.child: _Child | None = None
        self.killed = False


class ProcessExecutor(Executor):
    """Runs functions in processes; ``kill`` ends one at once. Any thread.

    Functions are pickled, which takes those that a module has under their name. Processes start
    when there is work, import the script anew, and end when they have had none for a while.

    Args:
        max_workers: how many run at once; None: one for each processor.
        start_timeout: seconds for a process to get ready.
        idle_timeout: seconds after which an idle process ends.

    """

    def __init__(
        self,
        max_workers: int | None = None,
        start_timeout: float = 30.0,
        idle_timeout: float = 300.0,
    ) -> None:
        self._start_timeout = start_timeout
        self._threads = ThreadExecutor(
            max_workers or os.cpu_count() or 1,
            idle_timeout,
            "quick_htag-job-process",
            on_exit=self._end_one,
        )
        self._lock = threading.Lock()  # guards all that follows, and the tasks
        self._idle: list[_Child] = []
        self._tasks: dict[Future[Any], _Task] = {}
        self._stopped = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` in a process when its turn comes.

        Raises:
            ConfigurationError: it cannot be taken to another process.
            RuntimeError: the executor was shut down.

        """
        try:
            data = pickle.dumps((fn, args, kwargs))
        except _NOT_PICKLED as error:
            raise ConfigurationError(
                f"the function of the job cannot be taken to another process ({error}): "
                "define it with def at the top of a module"
            ) from error
        task = _Task(data)
        future: Future[T] = self._threads.submit(self._run, task)
        with self._lock:
            self._tasks[future] = task
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._tasks.pop(future, None)

    def _run(self, task: _Task) -> Any:
        child = self._take_child()
        with self._lock:
            task.child = child
            killed = task.killed or self._stopped
        try:
            good, value = (False, None) if killed else child.run(task.data)
        except BaseException:
            killed = self._let_go(task)
            child.close()
            if killed:
                raise CancelledError from None
            raise
        if self._let_go(task):
            child.close()
            raise CancelledError
        self._keep(child)
        if not good:
            raise JobFailed(str(value))
        return value

    def _let_go(self, task: _Task) -> bool:
        """The child is not the task's any more; whether it was killed."""
        with self._lock:
            task.child = None
            return task.killed or self._stopped

    def _take_child(self) -> _Child:
        while (child := self._pop_idle()) is not None:
            if child.is_alive():
                return child
            child.close()  # killed by somebody else while it had nothing to do
        return _Child(self._start_timeout)

    def _pop_idle(self) -> _Child | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _end_one(self) -> None:
        """A thread has ended; each has at most one process, so there is one too many now."""
        child = self._pop_idle()
        if child is not None:
            child.close()

    def _keep(self, child: _Child) -> None:
        with self._lock:
            if not self._stopped:
                self._idle.append(child)
                return
        child.close()

    def kill(self, future: Future[Any]) -> bool:
        """End the process that runs a future, whose exception is then ``CancelledError``.

        Returns:
            whether it was one of ours that had not ended.

        """
        if future.cancel():
            return True
        with self._lock:
            task = self._tasks.get(future)
            if task is None:
                return False
            task.killed = True
            if task.child is not None:
                task.child.kill()  # under the lock, so that it cannot be another's by now
        return True

    def is_member(self) -> bool:
        """Whether the calling thread is one of the executor."""
        return self._threads.is_member()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; what was taken is done, or cancelled. Safe to call twice."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self.stop(None)

    def stop(self, timeout: float | None) -> bool:
        """Kill every process; True: every thread has ended within ``timeout`` seconds."""
        with self._lock:
            self._stopped = True
            idle, self._idle = self._idle, []
            for task in self._tasks.values():
                if task.child is not None:
                    task.child.kill()
        for child in idle:
            child.close()
        return self._threads.stop(timeout)
