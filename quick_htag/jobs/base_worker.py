"""The worker protocol over a handful of methods that a subclass may keep its jobs with.

``DefaultWorker`` is what servers use. A class of your own, for jobs that are to be kept somewhere
else, is given as ``create_server(worker_constructor=...)`` and has to provide the abstract methods;
its jobs run on a thread each.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from ..caching import Cache, CacheUse, CurrentCache
from ..errors import HTTPError, PreventDefaultResponse, WorkerDeath
from ..messages.json_text import json_dumps
from ..type_names import ThreadFactory, WorkerResponse
from .context import Link, running

PREVENTED: Final = "__pdr"  # begins the message of a job that has raised PreventDefaultResponse
NO_CARGO: Final = "there is no such piece of a result"
Taken = tuple[str, None] | tuple[None, tuple[str, str | None]]
_START_WAIT: Final = 0.05  # seconds for a job that is done at once


class BaseWorker(ABC):
    """The jobs of one endpoint. Methods are called on the threads of requests and jobs.

    A subclass provides the abstract methods; keys are text.

    Args:
        mask: the path of the endpoint.
        fun: called with the payload of a job.
        log: writes a line.
        cache_id: gives the JSON that tells the result of a payload from others; None, or a result
            of None: it is not cached.
        cache: where results are cached; None: nowhere.
        cache_method: passed on to the cache.
        cache_section: passed on to the cache.
        thread_factory: makes threads, called with ``target``, ``args`` and ``name``.
        name_prefix: of the names of threads.
        soft_worker_death: jobs end by themselves when ``is_worker_alive`` says so.
        get_max_chunk_size: longer results, in characters, go in pieces.
        is_verbose_workers: whether to log jobs that are stopped.

    """

    def __init__(
        self,
        mask: str,
        fun: Callable[[Any], Any],
        *,
        log: Callable[[str], object],
        cache_id: Callable[[Any], Any] | None,
        cache: Cache | None,
        cache_method: str,
        cache_section: str,
        thread_factory: ThreadFactory,
        name_prefix: str,
        soft_worker_death: bool,
        get_max_chunk_size: Callable[[], int],
        is_verbose_workers: Callable[[], bool],
    ) -> None:
        self._mask = mask
        self._fun = fun
        self._log = log
        self._cache_id = cache_id
        self._cache = cache
        self._cache_method = cache_method
        self._cache_section = cache_section
        self._thread_factory = thread_factory
        self._name_prefix = name_prefix
        self._soft_worker_death = soft_worker_death
        self._get_max_chunk_size = get_max_chunk_size
        self._is_verbose_workers = is_verbose_workers

    # -- what a subclass provides ------------------------------------------------------------------

    @abstractmethod
    def is_done(self, key: str) -> bool:
        """Whether there is nothing to wait for; True for unknown keys."""

    @abstractmethod
    def add_cargo(self, content: str) -> list[str]:
        """Keep a long result in pieces of at most ``get_max_chunk_size()``; their keys."""

    @abstractmethod
    def remove_cargo(self, key: str) -> str:
        """A piece, which is forgotten; KeyError: there is none."""

    @abstractmethod
    def remove_worker(self, key: str) -> Taken:
        """Forget a job, and stop it if it runs.

        Returns:
            ``(result, None)``, or ``(None, (message, trace))``; ``trace`` is None when there is no
            such job. After ``PreventDefaultResponse``: ``"__pdr"`` with the code, and its text.

        """

    @abstractmethod
    def get_key(self) -> str:
        """A key nobody can guess."""

    @abstractmethod
    def reserve_worker(self) -> str:
        """A key that stands for a job from now on."""

    @abstractmethod
    def add_task(
        self, key: str, get_thread: Callable[[], threading.Thread], soft_death: bool
    ) -> None:
        """The job runs on that thread."""

    @abstractmethod
    def set_task_result(self, key: str, result: str) -> None:
        """The job is done; ``result`` is JSON text."""

    @abstractmethod
    def set_task_pdr(self, key: str, pdr: PreventDefaultResponse) -> None:
        """The job has answered by an exception."""

    @abstractmethod
    def set_task_err(self, key: str, error: BaseException) -> None:
        """The job has failed."""

    @abstractmethod
    def remove_from_cancelled(self, key: str) -> None:
        """The thread of a job that was stopped has ended."""

    # -- what a subclass may change ----------------------------------------------------------------

    def make_link(self, key: str) -> Link | None:
        """What ``progress`` and ``is_worker_alive`` of a job talk to; None: nothing."""
        return None

    def on_error(self, post: dict[str, Any]) -> None:
        """A request has failed; the payload is none of the log's business."""
        action = str(post.get("action"))[:20]
        self._log(f"Error processing worker command: {action} of {self._mask}")

    # -- running -----------------------------------------------------------------------------------

    def start_worker(self, args: Any, key: str, get_thread: Callable[[], threading.Thread]) -> None:
        """Call the function and keep what it gives: the body of a job's thread."""
        try:
            self.add_task(key, get_thread, self._soft_worker_death)
            self.set_task_result(key, self._computed(args, key))
        except WorkerDeath:
            if self._is_verbose_workers():
                self._log(f"killed worker {key[-6:]}")
        except PreventDefaultResponse as prevented:
            self.set_task_pdr(key, prevented)
        except Exception as error:  # noqa: BLE001 user code
            self.set_task_err(key, error)
        finally:
            self.remove_from_cancelled(key)

    def _computed(self, args: Any, key: str) -> str:
        link, cache = self.make_link(key), self.cache_use(args)

        def compute() -> str:
            if link is None:
                return json_dumps(self._fun(args))
            with running(link):
                return json_dumps(self._fun(args))

        return compute() if cache is None else cache.text(compute)

    def cache_use(self, args: Any) -> CacheUse | None:
        """Where the result for this payload is cached; None: nowhere."""
        if self._cache_id is None or self._cache is None:
            return None
        found = self._cache_id(args)
        if found is None:
            return None
        cache = self._cache.get() if isinstance(self._cache, CurrentCache) else self._cache
        if cache is None:
            return None
        return CacheUse(cache, found, self._cache_section, self._cache_method)

    # -- the protocol ------------------------------------------------------------------------------

    def compute_worker(self, req: Any, post: dict[str, Any]) -> WorkerResponse:
        """The answer to a request of the protocol.

        Args:
            req: the request.
            post: its body: ``action`` with ``payload`` or ``token``.

        Raises:
            HTTPError: it cannot be answered, or the job has failed.
            PreventDefaultResponse: raised by the job.

        """
        action = post.get("action")
        try:
            if action == "start":
                return self._start(req, post.get("payload", {}), post)
            if action == "get":
                return self._get(req, _token(post), post)
            if action == "stop":
                return self._stop(req, _token(post), post)
            if action == "cargo":
                return self._cargo(req, _token(post))
        except PreventDefaultResponse:
            raise
        except Exception:
            self.on_error(post)
            raise
        raise HTTPError(400, 'action is "start", "get", "stop" or "cargo"')

    def _start(self, req: Any, payload: Any, post: dict[str, Any]) -> WorkerResponse:
        key = self.reserve_worker()
        ended = threading.Event()
        threads: list[threading.Thread] = []

        def body() -> None:
            try:
                self.start_worker(payload, key, lambda: threads[0])
            finally:
                ended.set()

        name = f"{self._name_prefix}-{key[-6:]}"
        thread = self._thread_factory(target=body, args=(), name=name)
        thread.daemon = True
        threads.append(thread)
        thread.start()
        ended.wait(_START_WAIT)
        return self._get(req, key, post)

    def _get(self, req: Any, token: str | int, post: dict[str, Any]) -> WorkerResponse:
        key = str(token)
        if not self.is_done(key):
            return answer(token, more=True)
        result, failure = self.remove_worker(key)
        if failure is not None:
            message, trace = failure
            if trace is None:
                return answer(token)
            if message.startswith(PREVENTED):
                raise PreventDefaultResponse(int(message[len(PREVENTED) :]), trace)
            self._log(f"{self._mask}: {message}\n{trace}")
            raise HTTPError(500, "worker error")
        assert result is not None
        if len(result) > self._get_max_chunk_size():
            return answer(token, self.add_cargo(result), done=True, more=True)
        return answer(token, result, done=True)

    def _stop(self, req: Any, token: str | int, post: dict[str, Any]) -> WorkerResponse:
        self.remove_worker(str(token))
        return answer(token, done=True)

    def _cargo(self, req: Any, token: str | int) -> WorkerResponse:
        try:
            return answer(token, self.remove_cargo(str(token)), done=True)
        except KeyError:
            raise HTTPError(404, NO_CARGO) from None


def _token(post: dict[str, Any]) -> str | int:
    token = post.get("token")
    if not isinstance(token, (str, int)) or isinstance(token, bool):
        raise HTTPError(400, "token is text or a whole number")
    return token


def answer(
    token: Any,
    result: str | list[str] | None = None,
    *,
    done: bool = False,
    more: bool = False,
    extra: dict[str, Any] | None = None,
) -> WorkerResponse:
    """An answer of the protocol; ``extra`` fields are passed over by clients of quick_server."""
    fields: Any = {"token": token, "done": done, "result": result, "continue": more}
    if extra:
        fields.update(extra)
    made: WorkerResponse = fields
    return made
