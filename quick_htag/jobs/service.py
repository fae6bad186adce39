"""Runs jobs: between the table that knows them and the executors that do the work.

Nothing here waits for a job on the thread of a request, but for a moment in ``wait``.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from functools import partial
from itertools import count
from typing import Any

from ..caching import CacheUse
from ..deadline import Clock, Deadline, monotonic
from ..errors import ConfigurationError
from ..interfaces import Log, Store
from ..logs import ERR_SOURCE_WORKER
from ..settings import Settings
from ..stores.job import Failure, Job
from ..stores.jobs import JobTable
from .archive import JobArchive
from .call import JobCall, Outcome
from .links import JobLinks
from .process_executor import ProcessExecutor
from .reaper import Reaper
from .running_job import ExecutorChoice, JobPlan, RunningJob
from .thread_executor import NewThread, ThreadExecutor

WORKER_ERROR = "worker error"


class JobService:
    """The jobs of one server. Any thread.

    Args:
        settings: limits and times.
        log: told of failures.
        new_thread: makes the threads for jobs; None: plain ones.
        default_executor: gives what runs the jobs of endpoints without an executor of their own.
        store: gives where jobs are kept that outlive the process, if it is shared with others.
        clock: the monotonic clock.

    Attributes:
        archive: what is kept there.
        clock: the monotonic clock.
        table: every job.
        links: the way from jobs in other processes.

    """

    def __init__(
        self,
        settings: Settings,
        log: Log,
        new_thread: NewThread | None = None,
        default_executor: Callable[[], ExecutorChoice] = lambda: None,
        store: Callable[[], Store | None] = lambda: None,
        clock: Clock = monotonic,
    ) -> None:
        self.settings = settings
        self.log = log
        self._new_thread = new_thread
        self._default_executor = default_executor
        self.clock = clock
        self.table = JobTable(settings, clock, self._on_deadline)
        self._reaper = Reaper(self._next_deadline, self._reap, log, clock)
        self.links = JobLinks(settings.job_link_host, log)
        self._waiters = threading.BoundedSemaphore(max(settings.job_waiters, 1))
        self._lock = threading.Lock()  # guards _own, _runs and _stopped
        self._own: dict[str, Any] = {}  # executors that were made here
        self._runs: dict[str, RunningJob] = {}
        self._stopped = False
        self._later_lock = threading.Lock()  # guards _later
        self._later: list[tuple[float, int, Callable[[], object]]] = []  # a heap
        self._serial = count()
        self.archive = JobArchive(store, self.table, settings, log, self._in)

    # -- executors ---------------------------------------------------------------------------------

    def executor_of(self, plan: JobPlan) -> Executor:
        """Where the jobs of an endpoint run.

        Raises:
            ConfigurationError: what was chosen is no executor.

        """
        chosen = plan.executor if plan.executor is not None else self._default_executor()
        if chosen is None or isinstance(chosen, str):
            return self._own_executor(chosen or "threads")
        if not callable(getattr(chosen, "submit", None)):
            raise ConfigurationError(f"an executor has a method submit, {chosen!r} has none")
        return chosen

    def _own_executor(self, kind: str) -> Executor:
        with self._lock:
            made = self._own.get(kind)
            if made is None:
                if self._stopped:
                    raise RuntimeError("the server has stopped")
                made = self._own[kind] = self._make_executor(kind)
        executor: Executor = made
        return executor

    def _make_executor(self, kind: str) -> Executor:
        settings = self.settings
        if kind == "processes":
            return ProcessExecutor(settings.job_processes, settings.job_process_start)
        if kind != "threads":
            raise ConfigurationError(f'executor is "threads", "processes" or one, not {kind!r}')
        options: dict[str, Any] = (
            {} if self._new_thread is None else {"new_thread": self._new_thread}
        )
        return ThreadExecutor(settings.job_threads, settings.thread_idle_timeout, **options)

    def check_plan(self, plan: JobPlan) -> None:
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

    # -- the way of a job --------------------------------------------------------------------------

    def reserve(self, plan: JobPlan, owner: str | None) -> Job:
        """A job that does not run yet.

        Raises:
            NoCapacity: there are too many.

        """
        return self.table.reserve(plan.group, owner, plan.time_limit)

    def start(
        self, job: Job, plan: JobPlan, payload: dict[str, Any], cache: CacheUse | None = None
    ) -> None:
        """Give a reserved job to its executor; a failure is the end of the job.

        Raises:
            ConfigurationError: what was chosen is no executor.

        """
        executor = self.executor_of(plan)
        run = RunningJob(self, job, plan)
        with self._lock:
            self._runs[job.token] = run
        self.table.enqueue(job, executor)
        try:
            run.future = executor.submit(JobCall(plan.fun, payload, run, cache))
        except Exception as error:  # noqa: BLE001 a foreign executor, and what it pickles
            self.lost(run, error)
            return
        run.future.add_done_callback(partial(self._returned, run))
        if not job.alive:  # it was stopped meanwhile, or is done
            run.stop()

    def _returned(self, run: RunningJob, future: Future[Outcome]) -> None:
        run.returned(future)
        with self._lock:
            self._runs.pop(run.job.token, None)

    def wait(self, job: Job, seconds: float) -> None:
        """Wait for the end of a job that may be near; not at all where too many wait already."""
        if job.ended.is_set() or (self.table.position(job) or 1) > 1:
            return
        if self._waiters.acquire(blocking=False):
            try:
                job.ended.wait(seconds)
            finally:
                self._waiters.release()

    def cancel(self, job: Job) -> None:
        """Nobody wants it any more."""
        if self.table.cancel(job):
            self._stop_run(job)

    def end(self, run: RunningJob, failure: Failure) -> None:
        """It has failed while it runs, and is to stop."""
        if self.table.fail(run.job, failure):
            run.stop()

    def _stop_run(self, job: Job) -> None:
        with self._lock:
            run = self._runs.get(job.token)
        if run is not None:
            run.stop()

    def settle(self, run: RunningJob, outcome: Outcome) -> None:
        """Its function has ended like this."""
        job = run.job
        if outcome.kind == "done":
            self.table.finish(job, outcome.text or "null")
        elif outcome.kind == "prevented" and outcome.code is None:
            self.table.finish(job, "null")
        elif outcome.kind == "prevented":
            assert outcome.code is not None
            self.table.fail(job, Failure(outcome.code, outcome.text, prevented=True))
        elif outcome.kind == "failed":
            self._fail(job, Failure(500, WORKER_ERROR, error=outcome.error))
        else:
            self.table.cancel(job)

    def lost(self, run: RunningJob, error: BaseException) -> None:
        """Its executor has failed it."""
        with self._lock:
            self._runs.pop(run.job.token, None)
        if isinstance(error, CancelledError):
            self.table.cancel(run.job)
        else:
            self._fail(run.job, Failure(500, WORKER_ERROR, error=error))

    def _fail(self, job: Job, failure: Failure) -> None:
        if job.alive:  # the log first: who is told looks there
            text = f"the job {job.token[-6:]} of {job.group} has failed"
            self.log.error(ERR_SOURCE_WORKER, text, failure.error)
            self.table.fail(job, failure)

    # -- time --------------------------------------------------------------------------------------

    def _on_deadline(self, deadline: float) -> None:
        self._reaper.expect(deadline)

    def _in(self, seconds: float, function: Callable[[], object]) -> None:
        self.later(self.clock() + seconds, function)

    def later(self, when: float, function: Callable[[], object]) -> None:
        """Call ``function``, which is quick, at that monotonic time, on the reaper's thread."""
        with self._later_lock:
            heapq.heappush(self._later, (when, next(self._serial), function))
        self._reaper.expect(when)

    def _next_deadline(self) -> float | None:
        deadline = self.table.next_deadline()
        with self._later_lock:
            first = self._later[0][0] if self._later else None
        return min((one for one in (deadline, first) if one is not None), default=None)

    def _call_due(self) -> None:
        now, due = self.clock(), []
        with self._later_lock:
            while self._later and self._later[0][0] <= now:
                due.append(heapq.heappop(self._later)[2])
        for function in due:
            function()

    def _reap(self) -> None:
        self._call_due()
        expired = self.table.expire()
        for token in expired.results:
            self.log.message(f"purged result that was never read ({token[-6:]})")
        for name in expired.cargo:
            self.log.message(f"purged cargo that was never read ({name[-6:]})")
        for job in expired.late:
            text = f"the job took longer than {job.limit:g} seconds"
            if self.table.fail(job, Failure(504, text)):
                self.log.message(f"{text} ({job.token[-6:]} of {job.group})")
                self._stop_run(job)

    def is_member(self) -> bool:
        """Whether the calling thread runs jobs of this server."""
        with self._lock:
            made = list(self._own.values())
        return any(one.is_member() for one in made)

    def close(self, timeout: float) -> bool:
        """Stop every job and end what was made here; True: all has ended within ``timeout``."""
        deadline = Deadline(timeout)
        with self._lock:
            self._stopped = True
            made = list(self._own.values())
        self.archive.close()
        for job in self.table.live():
            self.cancel(job)
        ended = [one.stop(deadline.remaining()) for one in made]
        self.links.stop(max(deadline.remaining() or 0.0, 0.1))
        self._reaper.stop(max(deadline.remaining() or 0.0, 0.1))
        return all(ended)
