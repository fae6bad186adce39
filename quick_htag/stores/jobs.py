"""Every job of one server and what is known of it: states, results.

    reserved -> queued -> running -> done | failed
                  any of these three -> cancelled | expired

There is no thread, no HTTP and no function here. A finished job waits to be fetched, once; who
does not come in time finds nothing. Cancelled jobs are forgotten at once, their functions see it by
``Job.state``.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..deadline import Clock, monotonic
from ..errors import HTTPError, NoCapacity
from ..messages.networks import PROXY_ADVICE
from .job import Failure, Job, Listener, State, new_token
from .job_lines import JobLines

if TYPE_CHECKING:
    from ..settings import Settings


class JobTable:
    """The jobs of one server. Any thread.

    Args:
        settings: ``max_jobs``, ``max_jobs_per_address``, ``max_job_items``, ``job_result_ttl``.
        clock: the monotonic clock.
        on_deadline: told, without a lock held, that ``next_deadline`` may have come nearer.

    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = monotonic,
        on_deadline: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_deadline = on_deadline
        # guards every table here and the fields of every job; nothing is called under it
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._by_client: Counter[str] = Counter()
        self._finished: OrderedDict[str, float] = OrderedDict()  # token: until; the next one first
        self._limited: set[Job] = set()  # those running that have a time limit
        self._lines = JobLines()
        self._watched: set[Job] = set()  # those with listeners, told when their line moves

    def __len__(self) -> int:
        return len(self._jobs)

    # -- the way of a job --------------------------------------------------------------------------

    def reserve(
        self, group: str, owner: str | None, limit: float | None = None, client: str = ""
    ) -> Job:
        """A new job.

        Args:
            group: the endpoint it belongs to.
            owner: the session it belongs to; None: none.
            limit: seconds it may run; None: any time.
            client: the address it counts for; empty: none.

        Raises:
            NoCapacity: there are too many.
            HTTPError: 429, this client has too many.

        """
        with self._lock:
            if len(self._jobs) >= self._settings.max_jobs:
                raise NoCapacity(f"more than {self._settings.max_jobs} jobs")
            if client and self._by_client[client] >= self._settings.max_jobs_per_address:
                raise _too_many_of(client, self._settings.max_jobs_per_address)
            token = new_token()
            while token in self._jobs:
                token = new_token()
            job = self._jobs[token] = Job(token, group, owner, client)
            if client:
                self._by_client[client] += 1
            job.limit = limit
            job.created = self._clock()
        return job

    def enqueue(self, job: Job, line: Hashable) -> bool:
        """It waits now, behind those that wait for the same ``line``; False: it is over."""
        with self._lock:
            if job.state != "reserved":
                return False
            job.state = "queued"
            self._lines.join(job, line)
            return True

    def begin(self, job: Job) -> bool:
        """It runs now; False: it is over and must not."""
        with self._lock:
            if job.state not in ("reserved", "queued"):
                return False
            moved = self._leave_line(job)
            job.state = "running"
            if job.limit is not None:
                job.until = self._clock() + job.limit
                self._limited.add(job)
        if job.until is not None:
            self._on_deadline(job.until)
        self._tell(job, *moved)
        return True

    def finish(self, job: Job, result: str) -> bool:
        """It is done; False: it was over before."""
        with self._lock:
            if not job.alive:
                return False
            job.result = result
            end = self._end(job, "done")
        self._ended(job, *end)
        return True

    def fail(self, job: Job, failure: Failure) -> bool:
        """It has failed; False: it was over before."""
        with self._lock:
            if not job.alive:
                return False
            job.failure = failure
            end = self._end(job, "failed")
        self._ended(job, *end)
        return True

    def cancel(self, job: Job, state: Literal["cancelled", "expired"] = "cancelled") -> bool:
        """Nobody wants it any more: it is forgotten; False: it was over before.

        A result that nobody has fetched is forgotten as well.
        """
        with self._lock:
            self._drop(job.token)
            self._finished.pop(job.token, None)
            if not job.alive:
                return False
            end = self._end(job, state)
        self._ended(job, *end)
        return True

    def _drop(self, token: str) -> Job | None:
        """It is forgotten, and counts for its client no more. The lock is held."""
        job = self._jobs.pop(token, None)
        if job is not None and job.client:
            self._by_client[job.client] -= 1
            if not self._by_client[job.client]:
                del self._by_client[job.client]
        return job

    def _end(self, job: Job, state: State) -> tuple[float | None, list[Job]]:
        """The lock is held. The value: when it is forgotten, and who has moved up."""
        moved = self._leave_line(job)
        self._limited.discard(job)
        job.state = state
        if job.token not in self._jobs:
            return None, moved
        until = self._clock() + self._settings.job_result_ttl
        self._finished[job.token] = until
        return until, moved

    def _leave_line(self, job: Job) -> list[Job]:
        """The lock is held. The value: who has moved up and is watched."""
        line = self._lines.leave(job)
        return [one for one in self._watched if one.line is line] if line else []

    def _ended(self, job: Job, until: float | None, moved: list[Job]) -> None:
        job.ended.set()
        if until is not None:
            self._on_deadline(until)
        self._tell(job, *moved)

    # -- what it says meanwhile --------------------------------------------------------------------

    def progress(self, job: Job, fraction: float | None, text: str) -> None:
        """It is so far; nothing happens when it is over."""
        with self._lock:
            if job.state != "running":
                return
            job.fraction, job.text = fraction, text
            job.told += 1
        self._tell(job)

    def add_item(self, job: Job, text: str) -> bool:
        """One more partial result, as JSON text; False: there were too many.

        One that comes after the end of the job is dropped.
        """
        with self._lock:
            if job.state != "running":
                return True
            if len(job.items) >= self._settings.max_job_items:
                return False
            job.items.append(text)
        self._tell(job)
        return True

    def position(self, job: Job) -> int | None:
        """Its place in the line, 1: the next; None: it does not wait."""
        with self._lock:
            return self._lines.position(job)

    def listen(self, job: Job, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each change, on the thread that made it; the value undoes it.

        It tells only that something has changed, so that it need not keep up.
        """
        with self._lock:
            job.listeners = (*job.listeners, listener)
            self._watched.add(job)

        def undo() -> None:
            with self._lock:
                job.listeners = tuple(one for one in job.listeners if one != listener)
                if not job.listeners:
                    self._watched.discard(job)

        return undo

    def _tell(self, *jobs: Job) -> None:
        for job in jobs:
            for listener in job.listeners:
                listener()

    # -- those who come for it ---------------------------------------------------------------------

    def find(self, token: str, group: str, owner: str | None) -> Job | None:
        """The job with this name, if it belongs to them."""
        job = self._jobs.get(token)
        if job is None or job.group != group or job.owner not in (None, owner):
            return None
        return job

    def named(self, token: str) -> Job | None:
        """The job with this name, whoever it belongs to."""
        return self._jobs.get(token)

    def take(self, job: Job) -> bool:
        """Somebody has fetched how it ended; False: somebody was faster."""
        with self._lock:
            self._finished.pop(job.token, None)
            return self._drop(job.token) is not None

    # -- time --------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Monotonic time at which ``expire`` has something to do; None: it never has."""
        with self._lock:
            times = [job.until for job in self._limited if job.until is not None]
            if self._finished:
                times.append(next(iter(self._finished.values())))
        return min(times, default=None)

    def expire(self) -> Expired:
        """Forget what nobody came for; name the jobs that have run for too long."""
        now = self._clock()
        found = Expired([], [])
        with self._lock:
            while self._finished and next(iter(self._finished.values())) <= now:
                token, _ = self._finished.popitem(last=False)
                job = self._drop(token)
                assert job is not None
                job.state = "expired"
                found.results.append(token)
            found.late.extend(
                job for job in self._limited if job.until is not None and job.until <= now
            )
        return found

    def snapshot(self) -> list[Job]:
        """Every job, the oldest first; those that are over have a result nobody has fetched."""
        with self._lock:
            return list(self._jobs.values())

    def live(self) -> list[Job]:
        """Those that are not over."""
        with self._lock:
            return [job for job in self._jobs.values() if job.alive]


def _too_many_of(client: str, limit: int) -> HTTPError:
    text = f"the limit of {limit} jobs for {client} is reached{PROXY_ADVICE}"
    return HTTPError(429, text, [("Retry-After", "10")])


@dataclass(frozen=True)
class Expired:
    """What the time has done.

    Attributes:
        results: names of results that were forgotten.
        late: running jobs whose time is up; nothing has been done about them.

    """

    results: list[str]
    late: list[Job]
