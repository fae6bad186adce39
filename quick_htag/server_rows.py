"""What a server has of sessions, tokens and jobs, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from .deadline import monotonic
from .errors import HTTPError, NotStorable
from .monitor.rows import JobRow, SessionRow, TokenRow, shortened
from .stores.job import Job
from .stores.jobs import JobTable
from .stores.session import Session
from .stores.sessions import Sessions
from .stores.tokens import Tokens
from .stores.values import encode

if TYPE_CHECKING:
    from .guis import GuiHost

_MOST_TOKENS: Final = 10_000  # that are looked at; in a store, each is a question


def session_rows(sessions: Sessions, guis: GuiHost | None) -> list[SessionRow]:
    """Every session of this process: a row for each of its live apps, or one without an app."""
    now = monotonic()
    known = sessions.snapshot()
    users = {session.short_id: session.user or "" for session in known}
    infos = [] if guis is None else guis.sessions_snapshot()
    rows = [
        SessionRow(
            session=info.short_id,
            user=users.get(info.short_id, ""),
            app=info.app,
            at=info.mount,
            age=info.age,
            idle=info.idle,
            transport=info.transport,
            address=info.address,
            pages=info.pages,
            tasks=info.tasks,
        )
        for info in infos
    ]
    busy = {info.short_id for info in infos}
    return rows + [_without_app(one, now) for one in known if one.short_id not in busy]


def _without_app(session: Session, now: float) -> SessionRow:
    return SessionRow(
        session=session.short_id,
        user=session.user or "",
        app="",
        at="",
        age=now - session.created,
        idle=now - session.last_used,
        transport="",
        address=session.address,
        pages=0,
        tasks=0,
    )


def token_rows(tokens: Tokens) -> list[TokenRow]:
    """The tokens, at most 10,000; none of them lives longer because of this."""
    return list(_token_rows(tokens))


def _token_rows(tokens: Tokens) -> Iterator[TokenRow]:
    for key in islice(tokens.all(), _MOST_TOKENS):
        left = tokens.ttl(key)
        try:
            data = dict(tokens.open(key, readonly=True))
        except HTTPError:  # it is gone, or was put into the store by somebody else
            continue
        if left != 0.0:
            yield TokenRow(token=shortened(key), ttl=left, size=_size(data), keys=len(data))


def _size(data: dict[str, Any]) -> int | None:
    try:
        return len(encode(data, name="token"))
    except (NotStorable, RuntimeError):  # any object may be in it; or another thread changes it
        return None


def job_rows(table: JobTable, sessions: Sessions) -> list[JobRow]:
    """The jobs, the oldest first."""
    now = monotonic()
    names = {session.uid: session.short_id for session in sessions.snapshot()}
    return [_job_row(table, job, names, now) for job in table.snapshot()]


def _job_row(table: JobTable, job: Job, names: dict[str, str], now: float) -> JobRow:
    return JobRow(
        job=job.token[-6:],
        endpoint=job.group,
        state=job.state,
        position=table.position(job),
        progress=None if job.fraction is None else job.fraction * 100.0,
        text=job.text,
        age=now - job.created,
        session=names.get(job.owner or "", ""),
    )
