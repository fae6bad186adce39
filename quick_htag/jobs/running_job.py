"""One run of a job: between the executor that does the work and the table that knows the job."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..errors import WorkerDeath
from ..stores.job import Failure, Job
from .call import Outcome
from .remote_link import Address

if TYPE_CHECKING:
    from .service import JobService

ExecutorChoice = Executor | Literal["threads", "processes"] | None


@dataclass(frozen=True)
class JobPlan:
    """How the jobs of one endpoint are run.

    Attributes:
        fun: called with the payload.
        group: the mask of the endpoint.
        executor: where; None: what the server says.
        time_limit: seconds; None: any time.
        soft: ``progress`` does not end a stopped job.
        inject: a stopped job on a thread has ``WorkerDeath`` raised wherever it is.

    """

    fun: Callable[[Any], Any]
    group: str
    executor: ExecutorChoice = None
    time_limit: float | None = None
    soft: bool = False
    inject: bool = False


class RunningJob:
    """The link of one job in the process of the table, and all that belongs to its run."""

    def __init__(self, service: JobService, job: Job, plan: JobPlan, executor: Executor) -> None:
        self.job = job
        self.plan = plan
        self._executor = executor  # the server may have another by now
        self.soft = plan.soft
        self.future: Future[Outcome] | None = None
        self._service = service
        self._table = service.table
        self._key: str | None = None  # of its link, once it is to leave the process
        self._outcome: Outcome | None = None
        self._thread: int | None = None  # that runs the function, to inject into
        self._injected = False
        self._lock = threading.Lock()  # guards the three before

    # -- the link ----------------------------------------------------------------------------------

    def begin(self) -> bool:
        if self._key is None and self.plan.inject:
            with self._lock:
                self._thread = threading.get_ident()
        return self._table.begin(self.job)

    def left(self) -> None:
        """The thread goes on with work of others: what was injected too late must not hit it."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                _raise_in(thread, None)

    def address(self) -> Address:
        """A new one each time: some executors pickle a call twice."""
        address = self._service.links.expect(self)
        self._forget_link()
        self._key = address.key
        return address

    def alive(self) -> bool:
        return self.job.alive

    def progress(self, fraction: float | None, text: str) -> None:
        self._table.progress(self.job, fraction, text)

    def item(self, text: str) -> None:
        if not self._table.add_item(self.job, text):
            limit = self._service.settings.max_job_items
            self._service.end(self, Failure(500, f"the job has more than {limit} items"))

    def closed(self) -> None:
        """Its link from another process has ended: what came before has arrived."""
        with self._lock:
            outcome, self._outcome = self._outcome, None
        if outcome is not None:
            self._service.settle(self, outcome)

    # -- the end -----------------------------------------------------------------------------------

    def returned(self, future: Future[Outcome]) -> None:
        """The executor is done with it; any thread."""
        error = CancelledError("by its executor") if future.cancelled() else future.exception()
        if error is not None:
            self._service.lost(self, error)
            return
        outcome = future.result()
        if outcome.linked and self._key is not None and self._service.links.is_open(self._key):
            with self._lock:
                self._outcome = outcome
            if self._service.links.is_open(self._key):
                return  # ``closed`` comes
            self.closed()
            return
        self._service.settle(self, outcome)

    def stop(self) -> None:
        """The function is not wanted any more."""
        future = self.future
        if future is not None and not future.cancel():
            kill = getattr(self._executor, "kill", None)
            if kill is not None:
                kill(future)
            elif self.plan.inject:
                self._inject()
        if self._key is not None:  # in any case: dask calls one cancelled that goes on running
            self._service.links.stop_job(self._key)
        self._forget_link()

    def _inject(self) -> None:
        """Raise ``WorkerDeath`` in the thread that runs it; it comes with its next bytecode."""
        with self._lock:  # the thread cannot go on to another job meanwhile
            if self._thread is not None and not self._injected:
                self._injected = True
                _raise_in(self._thread, WorkerDeath)

    def _forget_link(self) -> None:
        if self._key is not None:
            self._service.links.forget(self._key)


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """None: what was to be raised there, and was not yet, is not raised."""
    raised = None if exception is None else ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
