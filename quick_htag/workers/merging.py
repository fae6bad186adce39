"""What several workers tell of themselves, put together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from ..monitor.histogram import Histogram
from ..monitor.request_counter import RequestCounts
from ..monitor.rows import JobRow, Row, SessionRow, TokenRow
from ..monitor.status import SlowRoute, Status

ROWS: Final[dict[str, type[Any]]] = {"sessions": SessionRow, "tokens": TokenRow, "jobs": JobRow}
"""The kinds of rows, by name."""

_SLOW_ROUTES: Final = 10


def packed(status: Status) -> dict[str, Any]:
    """A status, for a message."""
    return asdict(status)


def unpacked(told: Mapping[str, Any]) -> Status:
    """The status in a message."""
    requests = dict(told["requests"])
    latency = requests.pop("latency")
    counts = Histogram(tuple(latency["counts"]), latency["seconds"])
    routes = tuple(SlowRoute(**route) for route in told["slow_routes"])
    more = {"requests": RequestCounts(latency=counts, **requests), "slow_routes": routes}
    return Status(**{**told, **more})


def merged_status(found: Sequence[Status], rows: Sequence[Any], pid: int) -> Status:
    """One status of all workers, in which numbers are added up.

    Args:
        found: those of the workers, one at least.
        rows: the sessions of all of them, each once, as a visitor may be known to several.
        pid: of the supervisor.

    """
    first = found[0]
    apps = [row for row in rows if row.app]
    routes = sorted(
        (route for one in found for route in one.slow_routes), key=lambda one: -one.seconds
    )
    counted = [one.tokens for one in found if one.tokens is not None]
    return Status(
        version=first.version,
        pid=pid,
        started=min(one.started for one in found),
        uptime=max(one.uptime for one in found),
        requests=_requests([one.requests for one in found]),
        connections=_sum(one.connections for one in found),
        threads=_sum(one.threads for one in found),
        queued=sum(one.queued for one in found),
        sessions=len({row.session for row in rows}),
        instances=len(apps),
        pages=sum(row.pages for row in apps if row.transport != "-"),
        jobs=_sum(one.jobs for one in found),
        tokens=sum(counted) if counted else None,
        memory=_sum(one.memory for one in found),
        slow_routes=tuple(routes[:_SLOW_ROUTES]),
    )


def _sum(found: Iterable[Mapping[str, int]]) -> dict[str, int]:
    added: Counter[str] = Counter()
    names: dict[str, None] = {}  # in the order of the first that has them, zeros too
    for one in found:
        names |= dict.fromkeys(one)
        added.update(one)
    return {name: added[name] for name in names}


def _requests(found: Sequence[RequestCounts]) -> RequestCounts:
    columns = zip(*(one.latency.counts for one in found), strict=True)
    latency = Histogram(tuple(map(sum, columns)), sum(one.latency.seconds for one in found))
    by_status = dict(sorted(_sum(one.by_status for one in found).items()))
    rate = sum(one.per_second for one in found)
    return RequestCounts(by_status, latency, rate, sum(one.polls for one in found))


def merged_rows(kind: str, found: Iterable[Iterable[Mapping[str, Any]]]) -> list[Row]:
    """The rows of all workers, each thing once.

    Args:
        kind: one of ``ROWS``.
        found: the rows of each worker.

    """
    rows: list[Row] = [ROWS[kind](**row) for told in found for row in told]
    if kind == "jobs":
        return rows
    if kind == "tokens":
        return list({row.token: row for row in rows if isinstance(row, TokenRow)}.values())
    return list(_sessions([row for row in rows if isinstance(row, SessionRow)]))


def _sessions(rows: Sequence[SessionRow]) -> list[SessionRow]:
    """A session is known to each worker that its visitor came to, and so is his app."""
    merged: dict[tuple[str, str, str], SessionRow] = {}
    for row in rows:
        key = (row.session, row.app, row.at)
        known = merged.get(key)
        if known is None or row.idle < known.idle:
            merged[key] = row
    with_app = {row.session for row in merged.values() if row.app}
    return [row for row in merged.values() if row.app or row.session not in with_app]


def merged_text(values: Iterable[tuple[int, str]]) -> str:
    """What workers say to a command: once, if all say the same, else each by its name."""
    said = [(index, text) for index, text in values if text]
    if len({text for _, text in said}) <= 1:
        return said[0][1] if said else ""
    lines = ((index, line) for index, text in said for line in text.split("\n"))
    return "\n".join(f"worker {index}: {line}" for index, line in lines)
