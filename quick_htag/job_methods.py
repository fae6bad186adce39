"""The methods of a server for worker jobs; see the package ``jobs``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .errors import ConfigurationError
from .later import later
from .routing import check_mask
from .transports.thread_factory import from_factory

if TYPE_CHECKING:
    from .app import App
    from .interfaces import Store
    from .jobs.base_worker import BaseWorker
    from .jobs.running_job import ExecutorChoice, JobPlan
    from .jobs.service import JobService
    from .logs import MessageLog
    from .settings import Settings
    from .type_names import ThreadFactory, WorkerThreadFactory

F = TypeVar("F", bound=Callable[[Any], Any])


class WorkerConstructor(Protocol):
    """A subclass of ``BaseWorker``, or a function that makes one; called once per endpoint."""

    def __call__(self, mask: str, fun: Callable[[Any], Any], **options: Any) -> BaseWorker:
        """See ``BaseWorker`` for the arguments."""


class JobMethods:
    """Base of ``QuickServer``.

    Attributes:
        executor: what runs jobs: None or "threads", "processes", or any
            ``concurrent.futures.Executor``, which stays yours to shut down.
        soft_worker_death: ``progress`` does not end stopped jobs, they look themselves.
        verbose_workers: log when a job is stopped.
        max_chunk_size: longer results, in characters, are fetched in pieces.
        jobs: the jobs of this server.

    """

    app: App
    cache: Any
    log: MessageLog
    settings: Settings
    executor: ExecutorChoice
    store: Store
    _share_jobs: Callable[[JobService], None]

    def _set_up_jobs(
        self,
        thread_factory: ThreadFactory | None,
        worker_constructor: WorkerConstructor | None,
        soft_worker_death: bool,
        executor: ExecutorChoice,
    ) -> None:
        self.executor = executor
        self.soft_worker_death = soft_worker_death
        self.verbose_workers = False
        self.max_chunk_size = self.settings.max_chunk_size
        self._worker_constructor = worker_constructor
        self._job_threads = from_factory(thread_factory, self.log)
        self._worker_threads: WorkerThreadFactory = _with_name(self._job_threads)

    @later
    def jobs(self) -> JobService:
        """The jobs of this server."""
        from .jobs.service import JobService

        service = JobService(
            self.settings, self.log, self._job_threads, lambda: self.executor, lambda: self.store
        )
        self._share_jobs(service)
        return service

    def json_worker(
        self,
        mask: str,
        cache_id: Callable[[Any], Any] | None = None,
        cache_method: str = "string",
        cache_section: str = "www",
        *,
        executor: ExecutorChoice = None,
        time_limit: float | None = None,
        soft_worker_death: bool | None = None,
        inject: bool = False,
    ) -> Callable[[F], F]:
        """Make ``fun(payload)`` a job that pages start, follow and cancel; gives ``fun`` back.

        It returns what JSON can hold, or yields it piece by piece. It runs outside of the request,
        and may call ``progress``, ``check`` and ``is_worker_alive``.

        Args:
            mask: the path; its ``:name`` segments are put into the payload.
            cache_id: gives the JSON that tells one result from others; None, also as its value:
                the result is not cached. Needs ``server.cache``.
            cache_method: passed on to the cache.
            cache_section: passed on to the cache.
            executor: runs these jobs; None: ``server.executor``. Where it is another process,
                ``fun`` has to be a function that can be imported there.
            time_limit: seconds a job may run before it is stopped and fails; None: any time.
            soft_worker_death: see ``server.soft_worker_death``, which holds for None.
            inject: raise ``WorkerDeath`` anywhere in a stopped job that runs on a thread: between
                any two lines, locks held or not. For functions that never look.

        Raises:
            ConfigurationError: something of it cannot work.

        """
        from .jobs.executors import check_plan
        from .jobs.running_job import JobPlan

        soft = self.soft_worker_death if soft_worker_death is None else soft_worker_death
        if time_limit is not None and not (0.0 < time_limit < math.inf):
            raise ConfigurationError(f"time_limit is in seconds above 0, or None: {time_limit!r}")

        check_mask(mask)

        def register(fun: F) -> F:
            plan = JobPlan(fun, mask, executor, time_limit, soft, inject)
            check_plan(plan)
            worker = self._make_worker(
                plan,
                cache_id=cache_id,
                cache_method=cache_method,
                cache_section=cache_section,
            )
            self._route_worker(worker, plan)
            return fun

        return register

    def _make_worker(self, plan: JobPlan, **cached: Any) -> BaseWorker:
        """What answers for the jobs of an endpoint; ``cached`` tells how it keeps results."""
        from .caching import CurrentCache
        from .jobs.default_worker import DefaultWorker

        return (self._worker_constructor or DefaultWorker)(
            plan.group,
            plan.fun,
            log=self.log.message,
            cache=CurrentCache(lambda: self.cache),
            thread_factory=self._worker_threads,
            name_prefix="QuickServer-Worker",
            soft_worker_death=plan.soft,
            get_max_chunk_size=lambda: self.max_chunk_size,
            is_verbose_workers=lambda: self.verbose_workers,
            **cached,
        )

    def _route_worker(self, worker: BaseWorker, plan: JobPlan) -> None:
        """Lead requests to it."""
        from .handlers.worker import JobStream, WorkerEndpoint
        from .jobs.default_worker import DefaultWorker

        mask = plan.group
        if isinstance(worker, DefaultWorker):
            worker.attach(self.jobs, plan)
            stream = JobStream(worker)
            self.app.add_target("GET", mask, 0, stream, body_limit=0, yields=True)
        endpoint = WorkerEndpoint(worker, lambda: self.app._form_limits, self.app.check_site)
        # it may wait for the end of a job, so never on the thread that polls
        self.app.add_target("POST", mask, 0, endpoint, cost=math.inf)


def _with_name(new_thread: Callable[..., Any]) -> WorkerThreadFactory:
    def make(**options: Any) -> Any:
        arguments = options.get("args", ())
        return new_thread(lambda: options["target"](*arguments), options.get("name", ""))

    return make
