"""What a server tells about itself, and how it is operated, from code."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from .access_log import AccessLog
from .deadline import monotonic
from .errors import ConfigurationError
from .later import made
from .monitor.request_counter import RequestCounter
from .version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from .app import App
    from .guis import GuiHost
    from .jobs.service import JobService
    from .logs import MessageLog
    from .monitor.rows import JobRow, SessionRow, TokenRow
    from .monitor.status import Status
    from .sockets.handlers import Handlers
    from .stores.job import Job
    from .stores.session import Session
    from .stores.sessions import Sessions
    from .stores.tokens import Tokens
    from .transports.sidecar import Sidecar
    from .transports.threaded import HttpTransport
    from .transports.unbound import Unbound

_KILLED = "the session was ended by the server's owner"
_SLOW_ROUTES = 10  # in a status


class MonitorMethods(ABC):
    """Base of ``QuickServer``.

    Where words are taken they are those of the prompt: conditions as "idle>1h" and "app=Shop*",
    "sort=-idle"; see ``docs/operating.rst``. Any thread.
    """

    app: App
    log: MessageLog
    sessions: Sessions
    tokens: Tokens
    _transport: HttpTransport | Unbound

    def _set_up_monitor(self) -> None:
        self._born, self._born_at = monotonic(), time.time()
        self._monitored: tuple[str, ...] = ()  # paths; replaced as a whole
        self._counter = RequestCounter()
        self._access_log = AccessLog(self.log, self._counter)

    def status(self) -> Status:
        """The state of the server now."""
        from .monitor.status import SlowRoute, Status
        from .process.memory import memory

        slow = self.app.slow_routes()[:_SLOW_ROUTES]
        guis: GuiHost | None = made(self, "guis")
        return Status(
            version=__version__,
            pid=os.getpid(),
            started=self._born_at,
            uptime=monotonic() - self._born,
            requests=self._counter.counts(),
            connections={**self._transport.connection_kinds(), **self._channel_kinds()},
            threads=self._thread_kinds(),
            queued=self._transport.counts()["queued"],
            sessions=len(self.sessions),
            instances=0 if guis is None else len(guis),
            pages=0 if guis is None else guis.connected_pages(),
            jobs=self._job_states(),
            tokens=self.tokens.count(),
            memory=memory(),
            slow_routes=tuple(SlowRoute(one.method, one.mask, one.cost) for one in slow),
        )

    def _channel_kinds(self) -> dict[str, int]:
        sidecar: Sidecar | None = made(self, "_sidecar")
        none = {"websocket": 0, "event stream": 0, "tunnel": 0}
        return none if sidecar is None else sidecar.kinds()

    def _thread_kinds(self) -> dict[str, int]:
        counts = self._transport.counts()
        handlers: Handlers | None = made(self, "_handlers")
        return {
            "workers": counts["threads"],
            "waiting": counts["waiting_threads"],
            "gui": self._gui_threads(),
            "handlers": 0 if handlers is None else handlers.counts()[0],
            "process": threading.active_count(),
        }

    @abstractmethod
    def _gui_threads(self) -> int:
        """How many threads run apps, or loops that apps share."""

    def _job_states(self) -> dict[str, int]:
        found = {"queued": 0, "running": 0, "finished": 0}
        for job in self._known_jobs():
            state = "queued" if job.state == "reserved" else job.state
            found[state if state in found else "finished"] += 1
        return found

    def _known_jobs(self) -> list[Job]:
        jobs: JobService | None = made(self, "jobs")
        return [] if jobs is None else jobs.table.snapshot()

    # -- sessions ----------------------------------------------------------------------------------

    def list_sessions(self, *words: str) -> list[SessionRow]:
        """The sessions of this process, a row for each live app.

        Raises:
            ConfigurationError: a word makes no sense.

        """
        from .monitor.rows import SessionRow
        from .monitor.selection import select
        from .server_rows import session_rows

        return select(words, SessionRow).rows(session_rows(self.sessions, made(self, "guis")))

    def end_session(self, session_id: str) -> bool:
        """End a session, its apps and its data; its pages are told.

        Args:
            session_id: the short one of a row, or a beginning that fits one session only.

        Returns:
            False when no session, or more than one, fits.

        """
        session = self._session(session_id)
        return session is not None and self.sessions.remove(session, _KILLED)

    def end_sessions(self, *words: str) -> int:
        """End every session all of whose rows fit; how many there were. Without words: all.

        Raises:
            ConfigurationError: a word makes no sense.

        """
        from .monitor.rows import SessionRow
        from .monitor.selection import select
        from .server_rows import session_rows

        rows = session_rows(self.sessions, made(self, "guis"))
        fitting = select(words, SessionRow).rows(rows)
        kept = {row.session for row in rows if row not in fitting} if words else set()
        ending = {row.session for row in fitting} - kept
        found = [one for one in self.sessions.snapshot() if one.short_id in ending]
        return sum(self.sessions.remove(session, _KILLED) for session in found)

    def _session(self, session_id: str) -> Session | None:
        known = self.sessions.snapshot()
        found = [one for one in known if session_id and one.short_id.startswith(session_id)]
        return found[0] if len(found) == 1 else None

    # -- tokens and jobs ---------------------------------------------------------------------------

    def list_tokens(self, *words: str) -> list[TokenRow]:
        """The tokens with their time left and size, at most 10,000; never a whole one.

        Raises:
            ConfigurationError: a word makes no sense.

        """
        from .monitor.rows import TokenRow
        from .monitor.selection import select
        from .server_rows import token_rows

        return select(words, TokenRow).rows(token_rows(self.tokens))

    def list_jobs(self, *words: str) -> list[JobRow]:
        """The jobs that wait, run, or have a result nobody has fetched.

        Raises:
            ConfigurationError: a word makes no sense.

        """
        from .monitor.rows import JobRow
        from .monitor.selection import select
        from .server_rows import job_rows

        jobs: JobService | None = made(self, "jobs")
        rows = [] if jobs is None else job_rows(jobs.table, self.sessions)
        return select(words, JobRow).rows(rows)

    def cancel_job(self, job_id: str) -> bool:
        """Stop a job, or forget its result.

        Args:
            job_id: the last digits of its name, as many as fit one job only.

        Returns:
            False when no job, or more than one, fits.

        """
        jobs: JobService | None = made(self, "jobs")
        job = self._job(job_id)
        if jobs is None or job is None:
            return False
        jobs.cancel(job)
        return True

    def _job(self, job_id: str) -> Job | None:
        found = [job for job in self._known_jobs() if job_id and job.token.endswith(job_id)]
        return found[0] if len(found) == 1 else None

    def _readers(self) -> dict[str, Callable[..., Any]]:
        """What gives the status and the rows, by name."""
        return {
            "status": self.status,
            "sessions": self.list_sessions,
            "tokens": self.list_tokens,
            "jobs": self.list_jobs,
        }

    def _monitor_token(self, path: str) -> str | None:
        """One that all workers have; None: any will do."""
        return None

    # -- over HTTP ---------------------------------------------------------------------------------

    def enable_monitor(
        self, path: str = "/-/", *, token: str | None = None, plain_http: bool = False
    ) -> str:
        """Let who knows a token read the state of the server over HTTP; it cannot change it.

        ``status``, ``sessions``, ``tokens`` and ``jobs`` below the path are JSON, ``metrics`` is
        text for Prometheus. Each request has the field ``Authorization: Bearer`` and the token.

        Args:
            path: where; begins and ends with a slash.
            token: at least 16 characters of plain ASCII; None: a new one, the same in all workers.
            plain_http: answer without TLS too, not only to this machine: the token can then be read
                on the way. For networks that are safe.

        Returns:
            the token.

        Raises:
            ConfigurationError: the path or the token cannot be used, or it is there already.

        """
        from .monitor_endpoint import MonitorEndpoint

        if path in self._monitored:
            raise ConfigurationError(f"there is a monitor at {path} already, with its own token")
        readers = self._readers()
        endpoint = MonitorEndpoint(
            path, self._monitor_token(path) if token is None else token, readers, plain_http
        )
        self._monitored = (*self._monitored, path)
        for name, handler in endpoint.handlers():
            self.app.add_direct_target("monitor", "GET", name, handler)
        return endpoint.token
