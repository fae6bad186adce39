"""What runs the jobs of a server: threads and processes of its own, and what it was given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from ..deadline import Deadline
from ..errors import ConfigurationError, NoCapacity
from ..settings import Settings
from .process_executor import ProcessExecutor
from .running_job import ExecutorChoice, JobPlan
from .thread_executor import NewThread, ThreadExecutor

STOPPED = "the server has stopped"


class JobExecutors:
    """The executors of one server; its own are made with the first job. Any thread.

    Args:
        settings: how many jobs run at once.
        new_thread: makes the threads for jobs; None: plain ones.
        default: gives what runs the jobs of endpoints without an executor of their own.

    """

    def __init__(
        self,
        settings: Settings,
        new_thread: NewThread | None,
        default: Callable[[], ExecutorChoice],
    ) -> None:
        self._settings = settings
        self._new_thread = new_thread
        self._default = default
        self._lock = threading.Lock()  # guards all that follows
        self._own: dict[str, ThreadExecutor | ProcessExecutor] = {}
        self._stopped = False

    def of(self, plan: JobPlan) -> Executor:
        """Where the jobs of an endpoint run.

        Raises:
            ConfigurationError: what was chosen is no executor.
            NoCapacity: the server has stopped.

        """
        chosen = plan.executor if plan.executor is not None else self._default()
        if chosen is None or isinstance(chosen, str):
            return self._own_one(chosen or "threads")
        if not callable(getattr(chosen, "submit", None)):
            raise ConfigurationError(f"an executor has a method submit, {chosen!r} has none")
        return chosen

    def _own_one(self, kind: str) -> Executor:
        with self._lock:
            if self._stopped:
                raise NoCapacity(STOPPED)
            made = self._own.get(kind)
            if made is None:
                made = self._own[kind] = self._make(kind)
            return made

    def _make(self, kind: str) -> ThreadExecutor | ProcessExecutor:
        settings = self._settings
        if kind == "processes":
            return ProcessExecutor(
                settings.job_processes, settings.job_process_start, settings.job_process_idle
            )
        if kind != "threads":
            raise ConfigurationError(f'executor is "threads", "processes" or one, not {kind!r}')
        options: dict[str, Any] = (
            {} if self._new_thread is None else {"new_thread": self._new_thread}
        )
        return ThreadExecutor(settings.job_threads, settings.thread_idle_timeout, **options)

    def is_member(self) -> bool:
        """Whether the calling thread runs jobs of this server."""
        return any(one.is_member() for one in self._made())

    def _made(self) -> list[ThreadExecutor | ProcessExecutor]:
        with self._lock:
            return list(self._own.values())

    def stop(self, deadline: Deadline) -> bool:
        """End those that were made here; True: all has ended in time. Again is harmless."""
        with self._lock:
            self._stopped = True
        ended = [one.stop(deadline.remaining()) for one in self._made()]  # each, whatever it says
        return all(ended)


def check_plan(plan: JobPlan) -> None:
    """See whether a function can go where it is to run.

    Raises:
        ConfigurationError: it is defined inside of another, and runs in another process.

    """
    name = getattr(plan.fun, "__qualname__", "")
    leaves = plan.executor == "processes" or hasattr(plan.executor, "kill")
    if leaves and ("<locals>" in name or "<lambda>" in name):
        raise ConfigurationError(
            f"{name} cannot be run in another process, which imports it by its name: "
            "define it with def at the top of a module"
        )
