"""A status as text for Prometheus, exposition format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Final

from .histogram import BOUNDS, Histogram
from .status import Status

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_PREFIX: Final = "quick_htag_"
_NONE: Final = dict.fromkeys(("2xx", "3xx", "4xx", "5xx"), 0)  # a rate needs the 0 before the 1
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Sample = tuple[Mapping[str, str], float]
"""The labels and the value."""


def exposition(status: Status) -> str:
    """The whole text."""
    requests = status.requests
    by_status = {**_NONE, **requests.by_status}
    of_status = [({"status": one}, by_status[one]) for one in sorted(by_status)]
    routes = [({"method": r.method, "route": r.mask}, r.seconds) for r in status.slow_routes]
    parts = [
        _family("info", "gauge", "Version.", [({"version": status.version}, 1)]),
        _one("start_time_seconds", "When the server was made.", status.started),
        _family("requests_total", "counter", "Answered requests.", of_status),
        _family("polls_total", "counter", "Waiting polls.", [({}, requests.polls)]),
        _histogram("request_duration_seconds", "Until the head of the answer.", requests.latency),
        _kinds("connections", "Open connections.", "kind", status.connections),
        _kinds("threads", "Threads.", "kind", status.threads),
        _one("queued_requests", "Work that waits for a thread.", status.queued),
        _one("sessions", "Sessions of visitors.", status.sessions),
        _one("gui_instances", "Live htag apps.", status.instances),
        _one("gui_pages", "Connected pages of htag apps.", status.pages),
        _kinds("jobs", "Jobs.", "state", status.jobs),
        _kinds("memory_bytes", "Memory of the process.", "kind", status.memory),
        _family("route_seconds", "gauge", "Recent duration of slow routes.", routes),
    ]
    if status.tokens is not None:
        parts.append(_one("tokens", "Live tokens.", status.tokens))
    return "".join(parts)


def _one(name: str, text: str, value: float) -> str:
    return _family(name, "gauge", text, [({}, value)])


def _kinds(name: str, text: str, label: str, values: Mapping[str, int]) -> str:
    samples = [({label: kind}, value) for kind, value in values.items()]
    return _family(name, "gauge", text, samples)


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    lines = [_line(name, labels, value) for labels, value in samples]
    return "".join([*_head(name, kind, text), *lines]) if lines else ""


def _histogram(name: str, text: str, histogram: Histogram) -> str:
    bounds = [*map(repr, BOUNDS), "+Inf"]
    reached = accumulate(histogram.counts)
    buckets = [
        _line(f"{name}_bucket", {"le": bound}, count)
        for bound, count in zip(bounds, reached, strict=True)
    ]
    end = [
        _line(f"{name}_sum", {}, histogram.seconds),
        _line(f"{name}_count", {}, histogram.total),
    ]
    return "".join([*_head(name, "histogram", text), *buckets, *end])


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {_PREFIX}{name} {text}\n", f"# TYPE {_PREFIX}{name} {kind}\n"]


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    pairs = ",".join(f'{key}="{text.translate(_ESCAPES)}"' for key, text in labels.items())
    return f"{_PREFIX}{name}{{{pairs}}} {value!r}\n" if pairs else f"{_PREFIX}{name} {value!r}\n"
