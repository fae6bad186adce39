"""The state of a server at one moment, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from .request_counter import RequestCounts

PERCENTS: Final = (50, 90, 99)


@dataclass(frozen=True)
class SlowRoute:
    """A route whose latest requests were slow.

    Attributes:
        method: the request method.
        mask: the path as it was registered.
        seconds: what its requests take lately; quick ones let it fade.

    """

    method: str
    mask: str
    seconds: float


@dataclass(frozen=True)
class Status:
    """What ``server.status()`` gives.

    Attributes:
        version: of quick_htag.
        pid: the process.
        started: when the server was made, in seconds since the epoch.
        uptime: seconds since then.
        requests: numbers, rate and durations.
        connections: by what they do: "idle", "reading", "busy", "waiting" (for an event),
            "sending", "closing"; "websocket", "event stream", "tunnel".
        threads: "workers" of HTTP and how many of them are "waiting"; "gui" apps; "handlers" of
            websockets and events; "process": all there are, whoever started them.
        queued: pieces of work that wait for a worker.
        sessions: sessions of visitors in this process.
        instances: live htag apps.
        pages: their pages that are connected.
        jobs: by state: "queued", "running", and "finished", whose results nobody has fetched.
        tokens: how many there are; None: they are in a store that would have to be searched.
        memory: bytes of the process in memory: "resident" and "peak"; empty: it cannot be told.
        slow_routes: the slowest first.

    """

    version: str
    pid: int
    started: float
    uptime: float
    requests: RequestCounts = field(default_factory=RequestCounts)
    connections: dict[str, int] = field(default_factory=dict)
    threads: dict[str, int] = field(default_factory=dict)
    queued: int = 0
    sessions: int = 0
    instances: int = 0
    pages: int = 0
    jobs: dict[str, int] = field(default_factory=dict)
    tokens: int | None = None
    memory: dict[str, int] = field(default_factory=dict)
    slow_routes: tuple[SlowRoute, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as dicts, lists and numbers, with the percentiles in seconds."""
        latency = self.requests.latency
        found = asdict(self)
        found["requests"] = {
            "total": self.requests.total,
            "polls": self.requests.polls,
            "per_second": self.requests.per_second,
            "by_status": self.requests.by_status,
            "mean": latency.mean,
            **{f"p{percent}": latency.percentile(percent) for percent in PERCENTS},
        }
        found["slow_routes"] = [asdict(route) for route in self.slow_routes]
        return found
