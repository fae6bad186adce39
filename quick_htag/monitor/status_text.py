"""A status as text for people."""

from __future__ import annotations

from collections.abc import Mapping

from .status import PERCENTS, Status
from .tables import latency, plural, short_duration, size, table


def status_text(status: Status) -> str:
    """The whole text: a line for each subject, slow routes below."""
    up = short_duration(status.uptime)
    rows = [
        ("server", f"quick_htag {status.version}, process {status.pid}, up {up}"),
        ("requests", _requests(status)),
        ("latency", _latency(status)),
        ("connections", _present(status.connections)),
        ("threads", _threads(status)),
        ("sessions", f"{status.sessions}, {_apps(status)}"),
        ("jobs", _present(status.jobs)),
        ("tokens", "in a store" if status.tokens is None else str(status.tokens)),
        ("memory", _memory(status.memory)),
        *_slow_routes(status),
    ]
    return table(rows)


def _requests(status: Status) -> str:
    counts = status.requests
    parts = [f"{counts.total} in all", f"{counts.per_second:.1f}/s"]
    return ", ".join([*parts, *(f"{number} {name}" for name, number in counts.by_status.items())])


def _latency(status: Status) -> str:
    found = status.requests.latency
    percentiles = [f"p{percent} {latency(found.percentile(percent))}" for percent in PERCENTS]
    return ", ".join([*percentiles, f"mean {latency(found.mean)}"])


def _present(numbers: Mapping[str, int]) -> str:
    """The numbers that are not 0."""
    return ", ".join(f"{number} {kind}" for kind, number in numbers.items() if number) or "none"


def _threads(status: Status) -> str:
    found = f"{_present(status.threads)}"
    return f"{found}; {status.queued} queued" if status.queued else found


def _apps(status: Status) -> str:
    apps, pages = plural(status.instances, "live app"), plural(status.pages, "connected page")
    return f"{apps}, {pages}"


def _memory(memory: Mapping[str, int]) -> str:
    return ", ".join(f"{size(amount)} {kind}" for kind, amount in memory.items()) or "-"


def _slow_routes(status: Status) -> list[tuple[str, str]]:
    lines = [f"{latency(one.seconds)} {one.method} {one.mask}" for one in status.slow_routes]
    heads = ["slow routes", *[""] * len(lines)]
    return list(zip(heads, lines, strict=False))
