"""The jobs of an endpoint of a server: in its table of jobs, run by its executors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ..errors import ConfigurationError, HTTPError, PreventDefaultResponse
from ..messages.networks import network_of
from ..middleware.sessions import SessionAccess
from ..stores.job import Failure, Job, new_token
from ..type_names import WorkerResponse
from .base_worker import NO_CARGO, PREVENTED, BaseWorker, Taken, answer
from .events import JobEvents
from .running_job import JobPlan
from .service import WORKER_ERROR, JobService
from .siblings import items_of, progress_of
from .start_ids import start_key


def owner_of(req: Any) -> str | None:
    """What names the session of a request for good: a login and a restart leave it.

    None: the request has no session, and gets none.
    """
    access = getattr(req, "open_session", None)
    session = access.find() if isinstance(access, SessionAccess) else None
    return None if session is None else session.uid


def _client_of(req: Any) -> str:
    """The address that the jobs of a request count for; empty: it has none."""
    address = getattr(req, "client_address", None)
    return network_of(address[0]) if address else ""


class DefaultWorker(BaseWorker):
    """See ``BaseWorker``; a server calls ``attach`` before the first request.

    The protocol looks at whose job it is, see ``owner_of``; the methods that ``BaseWorker`` asks
    for do not, and are for the code of subclasses.
    """

    _service: JobService | None = None
    _plan: JobPlan

    def attach(self, service: JobService, plan: JobPlan) -> None:
        """Run the jobs there, like that."""
        self._service = service
        self._plan = plan

    @property
    def service(self) -> JobService:
        """Where the jobs run.

        Raises:
            ConfigurationError: this worker was not made by a server.

        """
        if self._service is None:
            raise ConfigurationError("a DefaultWorker is made by a server, see worker_constructor")
        return self._service

    # -- the protocol ------------------------------------------------------------------------------

    def _start(self, req: Any, payload: Any, post: dict[str, Any]) -> WorkerResponse:
        service = self.service
        cache = self.cache_use(payload)
        owner = owner_of(req)
        key = start_key(post, self._mask, owner)
        job = service.reserve(self._plan, owner, _client_of(req))
        if key is not None and not service.starts.started(key, job.token):
            service.cancel(job)
            return answer(job.token)
        service.start(job, self._plan, payload, cache)
        service.wait(job, service.settings.job_start_wait)
        if job.alive:
            service.archive.keep(job)
        return self._state(job, job.token, post)

    def _get(self, req: Any, token: str | int, post: dict[str, Any]) -> WorkerResponse:
        job = self.service.table.find(str(token), self._mask, owner_of(req))
        if job is not None:
            return self._state(job, token, post)
        kept = self.service.archive.find(str(token), self._mask, owner_of(req))
        if kept is None:
            return answer(token)
        if kept.alive:  # in another process
            return answer(token, more=True, extra=self._elsewhere(req, str(token), post))
        return self._told(kept, token, {})

    def _state(self, job: Job, token: str | int, post: dict[str, Any]) -> WorkerResponse:
        table = self.service.table
        if job.alive:
            extra = progress_of(self.service, job, post.get("seen"))
            return answer(token, more=True, extra=extra)
        extra = items_of(job, post.get("seen"))
        if not table.take(job):
            return answer(token)
        return self._told(job, token, extra)

    def _told(self, job: Job, token: str | int, extra: dict[str, Any]) -> WorkerResponse:
        """How it ended, which is forgotten."""
        if job.kept:
            self.service.archive.forget(job.token)
        if job.failure is not None:
            raise _error(job.failure)
        result = "" if job.result is None else job.result
        size = self._get_max_chunk_size()
        if len(result) <= size:
            return answer(token, result, done=True, extra=extra)
        pieces = self.service.add_cargo(result, size, self._mask, job.owner)
        return answer(token, pieces, done=True, more=True, extra=extra)

    def _elsewhere(self, req: Any, token: str, post: dict[str, Any]) -> dict[str, Any]:
        """How far a job of another worker is."""
        siblings = self.service.siblings
        if siblings is None:
            return {}
        return siblings.progress(token, self._mask, owner_of(req), post.get("seen"))

    def _stop(self, req: Any, token: str | int, post: dict[str, Any]) -> WorkerResponse:
        owner = owner_of(req)
        key = None if token else start_key(post, self._mask, owner)
        named = str(token) if key is None else self.service.starts.stop(key) or ""
        job = self.service.table.find(named, self._mask, owner)
        if job is not None:
            self._end(job)
        elif self.service.archive.find(named, self._mask, owner) is not None:
            self.service.archive.stop(named)
            if self.service.siblings is not None:
                self.service.siblings.stop(named, self._mask, owner)
        return answer(token, done=True)

    def follow(self, req: Any, token: str, seen: int) -> JobEvents | None:
        """What sends the events of a job to the client that may have them; None: there is none."""
        job = self.service.table.find(token, self._mask, owner_of(req))
        return None if job is None else JobEvents(self.service, job, seen)

    def _end(self, job: Job) -> None:
        if job.alive and self._is_verbose_workers():
            self._log(f"killed worker {job.token[-6:]}")
        self.service.cancel(job)

    def _cargo(self, req: Any, token: str | int) -> WorkerResponse:
        owner = owner_of(req)
        piece = self.service.cargo.take(str(token), self._mask, owner)
        if piece is None and self.service.siblings is not None:
            piece = self.service.siblings.cargo(str(token), self._mask, owner)
        if piece is None:
            raise HTTPError(404, NO_CARGO)
        return answer(token, piece, done=True)

    # -- what subclasses may call ------------------------------------------------------------------

    def _job(self, key: str) -> Job:
        job = self.service.table.named(key)
        if job is None:
            raise KeyError(key)
        return job

    def is_done(self, key: str) -> bool:
        job = self.service.table.named(key)
        return job is None or not job.alive

    def get_key(self) -> str:
        return new_token()

    def reserve_worker(self) -> str:
        return self.service.reserve(self._plan, None).token

    def add_task(
        self, key: str, get_thread: Callable[[], threading.Thread], soft_death: bool
    ) -> None:
        self.service.table.begin(self._job(key))

    def set_task_result(self, key: str, result: str) -> None:
        self.service.table.finish(self._job(key), result)

    def set_task_pdr(self, key: str, pdr: PreventDefaultResponse) -> None:
        failure = Failure(pdr.code or 204, pdr.msg, prevented=True)
        self.service.table.fail(self._job(key), failure)

    def set_task_err(self, key: str, error: BaseException) -> None:
        self.service.table.fail(self._job(key), Failure(500, WORKER_ERROR, error=error))

    def remove_from_cancelled(self, key: str) -> None:
        """Nothing to do: jobs that were stopped are forgotten at once."""

    def remove_worker(self, key: str) -> Taken:
        job = self.service.table.named(key)
        if job is None:
            return None, ("there is no such job", None)
        self._end(job)
        if job.result is not None:
            return job.result, None
        failure = job.failure
        if failure is None:
            return None, ("the job was stopped", None)
        if failure.prevented:
            return None, (f"{PREVENTED}{failure.status}", failure.message or "")
        return None, (failure.message or WORKER_ERROR, repr(failure.error))

    def add_cargo(self, content: str) -> list[str]:
        size = self._get_max_chunk_size()
        return self.service.add_cargo(content, size, self._mask, None)

    def remove_cargo(self, key: str) -> str:
        piece = self.service.cargo.take(key, self._mask, None)
        if piece is None:
            raise KeyError(key)
        return piece


def _error(failure: Failure) -> Exception:
    if failure.prevented:
        return PreventDefaultResponse(failure.status, failure.message)
    return HTTPError(failure.status, failure.message)
