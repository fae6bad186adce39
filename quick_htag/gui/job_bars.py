"""A job with its progress and a button to cancel it, in the page of an app."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from ..deadline import monotonic
from ..errors import ConfigurationError, GuiError, HTTPError, NoCapacity
from ..jobs.executors import check_plan
from ..jobs.running_job import JobPlan
from .home import own_desk
from .tags import element, text

if TYPE_CHECKING:
    from ..guis.desk import Desk
    from ..jobs.running_job import ExecutorChoice
    from ..jobs.service import JobService
    from ..stores.job import Job

State = Literal["idle", "waiting", "running", "done", "failed", "cancelled"]

INTERVAL: Final = 0.1  # seconds between two changes that are shown
WORDS: Final = {
    "cancel": "Cancel",
    "waiting": "waiting, place {0}",
    "running": "",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
_STATES: Final[Mapping[str, State]] = {
    "reserved": "waiting",
    "queued": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "cancelled",
}


class JobBar:
    """Shows one job at a time; hidden until the first is started.

    Jobs are as those of ``server.json_worker``: functions of one payload that may call ``progress``
    and ``check``, run by ``server.executor``, listed by ``jobs`` at the prompt. They go on while
    the page is away, and are cancelled when the app ends. It is made by code of the app, in
    ``init`` say; callbacks are called as its event handlers.

    Args:
        on_done: called with the result, which has been JSON; a generator's is the list of its
            items.
        on_failed: called with a text for the visitor; the log has what has happened.
        on_cancelled: called without arguments.
        label: what the jobs are, for screen readers.
        words: texts in the place of those in ``WORDS``.

    Attributes:
        tag: what is put into the page, ``self += bar.tag``.

    Raises:
        ConfigurationError: there are no such words.
        EngineMissing: htag is not installed.
        GuiError: the caller is code of no app.

    """

    def __init__(
        self,
        on_done: Callable[[Any], Any] | None = None,
        *,
        on_failed: Callable[[str], Any] | None = None,
        on_cancelled: Callable[[], Any] | None = None,
        label: str = "Progress",
        words: Mapping[str, str] | None = None,
    ) -> None:
        unknown = sorted(set(words or ()) - WORDS.keys())
        if unknown:
            known = ", ".join(WORDS)
            raise ConfigurationError(f"{', '.join(unknown)}: words are {known}")
        self.words = {**WORDS, **(words or {})}
        self._desk: Desk = own_desk("a JobBar")
        self._callbacks: dict[State, Callable[..., Any] | None] = {
            "done": on_done,
            "failed": on_failed,
            "cancelled": on_cancelled,
        }
        self._lock = threading.Lock()  # guards _run
        self._run: _Run | None = None
        self._bar = element("progress", _max="1", _aria_label=label)
        self._note = element("span", _class="note")
        self._news = element("span", _class="state", _role="status")
        self._button = element("button", _type="button", _onclick=lambda *_: self.cancel())
        self._button.clear(text(self.words["cancel"]))
        self.tag = element("div", _class="quick-htag-job", _role="group", _aria_label=label)
        for part in (self._bar, self._note, self._news, self._button):
            self.tag += part
        self.tag["hidden"] = True

    @property
    def state(self) -> State:
        """What has become of the last job. Any thread."""
        run = self._run
        return "idle" if run is None else run.state

    def start(
        self,
        fun: Callable[[Any], Any],
        payload: Any = None,
        *,
        executor: ExecutorChoice = None,
        time_limit: float | None = None,
    ) -> bool:
        """Start a job. Any thread; does not wait for it.

        Args:
            fun: called with the payload, on another thread than the app's: it uses values and no
                tags.
            payload: what JSON can hold.
            executor: runs it, as for ``json_worker``; None: ``server.executor``.
            time_limit: seconds it may take; None: any time.

        Returns:
            False: one is running already, and nothing was started.

        Raises:
            ConfigurationError: something of it cannot work.
            GuiError: the app has ended, or its server runs no jobs.
            NoCapacity: there are too many jobs, of all visitors or of those with his address.

        """
        if time_limit is not None and not (0.0 < time_limit < math.inf):
            raise ConfigurationError(f"time_limit is in seconds above 0, or None: {time_limit!r}")
        service = self._desk.jobs()
        if service is None:
            raise GuiError("this app is served by nothing that runs jobs")
        group = getattr(fun, "__qualname__", None) or type(fun).__name__
        plan = JobPlan(fun, group, executor, time_limit)
        check_plan(plan)
        with self._lock:
            if self._run is not None and self._run.job.alive:
                return False
            self._run = run = _Run(self, self._desk, service, plan)
        run.begin(payload)
        return True

    def cancel(self) -> None:
        """Stop the job, if one runs. Any thread."""
        run = self._run
        if run is not None:
            run.cancel()

    # -- on the thread of the app ------------------------------------------------------------------

    def draw(self, run: _Run) -> Any:
        """Show how a job is; at its end, call who wants to know."""
        if run is not self._run:
            return None
        job, state = run.job, run.state
        over = not job.alive
        self.tag["hidden"] = None
        self.tag["data-state"] = state
        self._bar["value"] = self._value(job, state)
        self._bar["hidden"] = True if over and state != "done" else None
        self._note.clear(text("" if over else job.text))
        self._news.clear(text(self.words[state].format(run.position or 1)))
        self._button["hidden"] = True if over else None
        return self._told(run, state) if run.ends() else None

    @staticmethod
    def _value(job: Job, state: State) -> str | None:
        """None: something is done, nobody knows how far."""
        if state == "done":
            return "1"
        return None if job.fraction is None else f"{job.fraction:.4g}"

    def _told(self, run: _Run, state: State) -> Any:
        callback = self._callbacks.get(state)
        if callback is None:
            return None
        if state == "done":
            return callback(json.loads(run.job.result or "null"))
        if state == "failed":
            failure = run.job.failure
            return callback("" if failure is None else failure.message or "")
        return callback()


class _Run:
    """One job of a bar: between its changes, which come on any thread, and the app."""

    def __init__(self, bar: JobBar, desk: Desk, service: JobService, plan: JobPlan) -> None:
        try:
            self.job = service.reserve(plan, desk.owner, desk.client)
        except HTTPError as error:  # there is no request to answer
            raise NoCapacity(error.detail) from error
        self._bar = bar
        self._desk = desk
        self._service = service
        self._plan = plan
        self._page = desk.asker()  # who has started it hears of its end
        self._undo: list[Callable[[], object]] = []
        self._lock = threading.Lock()  # guards what follows
        self._pending = False  # a change is going to be shown
        self._not_before = 0.0  # monotonic time of the next
        self._ended = False  # and that was shown

    @property
    def state(self) -> State:
        """For people."""
        return _STATES[self.job.state]

    @property
    def position(self) -> int | None:
        """Its place among those that wait."""
        return self._service.table.position(self.job)

    def begin(self, payload: Any) -> None:
        """Start it, and show that."""
        self._undo = [
            self._service.table.listen(self.job, self._changed),
            self._desk.at_end(self.cancel),
        ]
        self._service.start(self.job, self._plan, payload)
        self._changed()

    def cancel(self) -> None:
        """Stop it; one that is over stays as it is."""
        if self.job.alive:
            self._service.cancel(self.job)

    def ends(self) -> bool:
        """Whether it is over and nobody was told yet."""
        with self._lock:
            if self.job.alive or self._ended:
                return False
            self._ended = True
        for undo in self._undo:
            undo()
        self._service.table.take(self.job)  # nobody else comes for it
        return True

    def _changed(self) -> None:
        """Any thread, also several."""
        with self._lock:
            if self._pending:
                return
            self._pending = True
            wait = self._not_before - monotonic()
        if wait > 0.0:
            self._desk.later(wait, self._show)
        else:
            self._show()

    def _show(self) -> None:
        self._desk.run(self._draw, self._page)

    def _draw(self) -> Any:
        with self._lock:
            self._pending = False
            self._not_before = monotonic() + INTERVAL
        return self._bar.draw(self)
