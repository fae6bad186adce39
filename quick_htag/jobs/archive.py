"""What of jobs outlives the process: results, and that a job was running when it ended.

In a store that other processes see, as a SQLite file, a job that was not done at once has a record
from then on. Whoever asks a later server for it gets the result, or is told that it was lost; one
that runs in another live process goes on. Each process with running jobs keeps a key in the store
that expires soon after the process died, and looks then whether others were asked to stop some.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from typing import Any, Final

from ..errors import StoreError
from ..interfaces import Log, Store
from ..logs import ERR_SOURCE_WORKER
from ..settings import Settings
from ..stores.job import Failure, Job
from ..stores.jobs import JobTable

_ALIVE: Final = 60.0  # seconds a process is believed to live after its last sign ...
_SIGN: Final = 20.0  # ... and between two signs
_STOPS: Final = ":stops"  # after the name of a process: some of its jobs are to stop
_LOST: Final = "the job was lost: the server has stopped while it ran"
Later = Callable[[float, Callable[[], object]], None]


def _key(token: str) -> str:
    """Files are read by many, and a token is all one needs where there is no session."""
    return f"job:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}"


class JobArchive:
    """The records of one server. Any thread; a store that fails is logged, and jobs go on.

    Args:
        store: gives the store of the server.
        table: the jobs.
        settings: ``job_store_ttl``.
        log: told of failures.
        later: ``later(seconds, function)`` calls it then.
        cancel: ends a job.

    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        table: JobTable,
        settings: Settings,
        log: Log,
        later: Later,
        cancel: Callable[[Job], object],
    ) -> None:
        self._store = store
        self._table = table
        self._settings = settings
        self._log = log
        self._later = later
        self._cancel = cancel
        self._name = f"jobs:{secrets.token_hex(8)}"  # of this process
        self._lock = threading.Lock()  # guards all that follows
        self._running: set[Job] = set()
        self._signing = False
        self._closed = False

    def _shared(self) -> Store | None:
        store = self._store()
        return store if store is not None and store.shared else None

    def _try(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except StoreError as error:
            self._log.error(ERR_SOURCE_WORKER, "the store of jobs has failed", error)
            return None

    # -- writing -----------------------------------------------------------------------------------

    def keep(self, job: Job) -> None:
        """A job that goes on after the answer to its start."""
        store = self._shared()
        if store is None:
            return
        job.kept = True
        with self._lock:
            self._running.add(job)
            sign, self._signing = not self._signing, True
        if sign:
            self._sign()
        self._try(lambda: self._write(store, job, {"state": "running"}))
        self._table.listen(job, lambda: self._changed(store, job))  # goes with the job
        self._changed(store, job)

    def _changed(self, store: Store, job: Job) -> None:
        if job.alive:
            return
        with self._lock:
            if job not in self._running or self._closed:  # told already, or it is to be lost
                return
            self._running.remove(job)
        self._try(lambda: self._finish(store, job))

    def _finish(self, store: Store, job: Job) -> None:
        if job.state == "done":
            self._write(store, job, {"state": "done", "result": job.result})
        elif job.failure is not None:
            failure = job.failure
            told = [failure.status, failure.message, failure.prevented]
            self._write(store, job, {"state": "failed", "failure": told})
        if self._table.named(job.token) is None:  # fetched already, or stopped
            store.delete(_key(job.token))

    def _write(self, store: Store, job: Job, record: dict[str, Any]) -> None:
        record |= {"group": job.group, "owner": job.owner, "process": self._name}
        store.put(_key(job.token), record, self._settings.job_store_ttl)

    def forget(self, token: str) -> None:
        """A job that was fetched, or is not wanted any more."""
        store = self._shared()
        if store is not None:
            self._try(lambda: store.delete(_key(token)))

    def _sign(self) -> None:
        """Say that this process lives, as long as it has running jobs; on the reaper's thread."""
        with self._lock:
            self._signing = bool(self._running) and not self._closed
            if not self._signing:
                return
        store = self._shared()
        if store is not None:
            self._try(lambda: store.put(self._name, True, _ALIVE))
            self._try(lambda: self._obey(store))
        self._later(_SIGN, self._sign)

    def _obey(self, store: Store) -> None:
        """End the jobs that other processes were asked to stop."""
        if store.get(self._name + _STOPS) is None:
            return
        store.delete(self._name + _STOPS)  # first: what comes while we look is seen the next time
        with self._lock:
            running = list(self._running)
        for job in running:
            record = store.get(_key(job.token))
            if isinstance(record, dict) and record.get("state") == "stopped":
                self._cancel(job)

    def stop(self, token: str) -> None:
        """A job that ``find`` has found is not wanted any more, wherever it runs."""
        store = self._shared()
        if store is not None:
            self._try(lambda: self._stop(store, _key(token)))

    def _stop(self, store: Store, key: str) -> None:
        record = store.get(key)
        if not isinstance(record, dict) or record.get("state") != "running":
            store.delete(key)
            return
        store.put(key, {**record, "state": "stopped"}, _ALIVE)
        store.put(record["process"] + _STOPS, True, _ALIVE)

    def close(self) -> None:
        """The server stops: what still runs is lost, and whoever asks will be told."""
        with self._lock:
            self._closed = True
            self._running.clear()
        store = self._shared()
        if store is not None:
            self._try(lambda: store.delete(self._name))

    # -- reading -----------------------------------------------------------------------------------

    def find(self, token: str, group: str, owner: str | None) -> Job | None:
        """A job of another process, as it was left; None: there is none of theirs.

        One that still runs there is alive. Nothing is done to the record, see ``forget``.
        """
        store = self._shared()
        if store is None:
            return None
        record = self._try(lambda: store.get(_key(token)))
        if not isinstance(record, dict) or record.get("group") != group:
            return None
        if record["owner"] not in (None, owner) or record["state"] == "stopped":
            return None
        job = Job(token, group, record["owner"])
        job.kept = True
        if record["state"] == "done":
            job.state, job.result = "done", record["result"]
        elif record["state"] == "failed":
            status, message, prevented = record["failure"]
            job.state, job.failure = "failed", Failure(status, message, prevented=prevented)
        elif self._try(lambda: store.get(record["process"])) is None:
            job.state, job.failure = "failed", Failure(410, _LOST)
        else:
            job.state = "running"
        return job
