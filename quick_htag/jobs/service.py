"""Runs jobs: between the table that knows them and the executors that do the work.

Nothing here waits for a job on the thread of a request, but for a moment in ``wait``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from ..caching import CacheUse
from ..deadline import Clock, Deadline, monotonic
from ..errors import NoCapacity
from ..interfaces import Log, Store
from ..logs import ERR_SOURCE_WORKER
from ..settings import Settings
from ..stores.job import Failure, Job
from ..stores.job_cargo import JobCargo
from ..stores.jobs import JobTable
from .archive import JobArchive
from .call import JobCall, Outcome
from .executors import STOPPED, JobExecutors
from .links import JobLinks
from .running_job import ExecutorChoice, JobPlan, RunningJob
from .siblings import Siblings
from .start_ids import StartIds
from .thread_executor import NewThread
from .timetable import Timetable

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
        cargo: the pieces of long results; ``add_cargo`` adds some.
        clock: the monotonic clock.
        executors: what runs jobs.
        links: the way from jobs in other processes.
        siblings: asks other workers of the program for their jobs; None: there are none.
        starts: what clients call jobs until they know the token.
        table: every job.
        times: what happens later.

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
        self.clock = clock
        self.table = JobTable(settings, clock, self._on_deadline)
        self.cargo = JobCargo(settings, clock)
        self.times = Timetable(self._next_deadline, self._reap, log, clock)
        self.executors = JobExecutors(settings, new_thread, default_executor)
        self.links = JobLinks(settings.job_link_host, log)
        self.siblings: Siblings | None = None
        self.starts = StartIds(settings.max_jobs, clock)
        self.archive = JobArchive(store, self.table, settings, log, self.times.after, self.cancel)
        self._waiters = threading.BoundedSemaphore(max(settings.job_waiters, 1))
        self._lock = threading.Lock()  # guards all that follows
        self._runs: dict[str, RunningJob] = {}
        self._stopped = False

    # -- the way of a job --------------------------------------------------------------------------

    def reserve(self, plan: JobPlan, owner: str | None, client: str = "") -> Job:
        """A job that does not run yet.

        Args:
            plan: how it runs.
            owner: the session it belongs to; None: none.
            client: the address it counts for; empty: none.

        Raises:
            NoCapacity: there are too many.
            HTTPError: 429, this client has too many.

        """
        return self.table.reserve(plan.group, owner, plan.time_limit, client)

    def start(
        self, job: Job, plan: JobPlan, payload: dict[str, Any], cache: CacheUse | None = None
    ) -> None:
        """Give a reserved job to its executor; a failure of that is the end of the job.

        Raises:
            ConfigurationError: what was chosen is no executor.
            NoCapacity: the server has stopped.

        """
        try:
            executor = self.executors.of(plan)
            run = RunningJob(self, job, plan, executor)
            self._enter(run)
        except BaseException:
            self.table.cancel(job)
            raise
        self.table.enqueue(job, id(executor))
        self._submit(run, executor, JobCall(plan.fun, payload, run, cache))
        if not job.alive:  # it was stopped meanwhile, or is done
            run.stop()

    def _enter(self, run: RunningJob) -> None:
        with self._lock:
            if self._stopped:
                raise NoCapacity(STOPPED)
            self._runs[run.job.token] = run

    def _submit(self, run: RunningJob, executor: Executor, call: JobCall) -> None:
        try:
            run.future = executor.submit(call)
        except Exception as error:  # noqa: BLE001 a foreign executor, and what it pickles
            self._leave(run)
            self.lost(run, error)
        else:
            run.future.add_done_callback(partial(self._returned, run))

    def _returned(self, run: RunningJob, future: Future[Outcome]) -> None:
        try:
            run.returned(future)
        except BaseException as error:
            # A log that fails, or a foreign executor that returns something else: it ends anyway.
            self.table.fail(run.job, Failure(500, WORKER_ERROR, error=error))
            raise
        finally:
            self._leave(run)

    def _leave(self, run: RunningJob) -> None:
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
        """Its executor has failed it; one that was stopped before is not told of."""
        self._fail(run.job, Failure(500, WORKER_ERROR, error=error))

    def _fail(self, job: Job, failure: Failure) -> None:
        if job.alive:  # the log first: who is told looks there
            text = f"the job {job.token[-6:]} of {job.group} has failed"
            try:
                self.log.error(ERR_SOURCE_WORKER, text, failure.error)
            finally:
                self.table.fail(job, failure)

    def add_cargo(self, text: str, size: int, group: str, owner: str | None) -> list[str]:
        """Keep a long result in pieces, see ``JobCargo``; their names, in order."""
        names = self.cargo.add(text, size, group, owner)
        if (until := self.cargo.next_deadline()) is not None:
            self.times.expect(until)
        return names

    # -- time --------------------------------------------------------------------------------------

    def _on_deadline(self, deadline: float) -> None:
        self.times.expect(deadline)

    def _next_deadline(self) -> float | None:
        deadlines = (self.table.next_deadline(), self.cargo.next_deadline())
        return min((one for one in deadlines if one is not None), default=None)

    def _reap(self) -> None:
        cargo, expired = self.cargo.expire(self.clock()), self.table.expire()
        for token in expired.results:
            self.log.message(f"purged result that was never read ({token[-6:]})")
        for name in cargo:
            self.log.message(f"purged cargo that was never read ({name[-6:]})")
        for job in expired.late:
            text = f"the job took longer than {job.limit:g} seconds"
            if self.table.fail(job, Failure(504, text)):
                self.log.message(f"{text} ({job.token[-6:]} of {job.group})")
                self._stop_run(job)

    def is_member(self) -> bool:
        """Whether the calling thread runs jobs of this server."""
        return self.executors.is_member()

    def close(self, timeout: float) -> bool:
        """Stop every job and end what was made here; True: all has ended within ``timeout``."""
        deadline = Deadline(timeout)
        with self._lock:
            self._stopped = True
        self.archive.close()
        # all of them first: the end of one that runs would let one that waits begin
        for job in [job for job in self.table.live() if self.table.cancel(job)]:
            self._stop_run(job)
        ended = self.executors.stop(deadline)
        self.links.stop(max(deadline.remaining() or 0.0, 0.1))
        self.times.stop(max(deadline.remaining() or 0.0, 0.1))
        return ended
