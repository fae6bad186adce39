"""The text for Prometheus, read by a strict parser."""

from __future__ import annotations

import math
import re

import pytest

from quick_htag.monitor.histogram import BOUNDS
from quick_htag.monitor.prometheus import exposition
from quick_htag.monitor.request_counter import RequestCounter
from quick_htag.monitor.status import SlowRoute, Status

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
SUFFIXES = ("_bucket", "_sum", "_count")


def parse(text):
    """Samples by name and labels; what the format does not allow fails."""
    assert text.endswith("\n")
    samples, types, open_family = {}, {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            _, word, name, rest = line.split(" ", 3)
            assert word in ("HELP", "TYPE")
            assert name not in types, "a family is told once"
            if word == "TYPE":
                assert (rest in ("counter", "gauge", "histogram"), open_family) == (True, name)
                types[name] = rest
            open_family = name
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        family = name
        if types.get(open_family) == "histogram":
            family = next(name.removesuffix(end) for end in SUFFIXES if name.endswith(end))
        assert family == open_family, "samples follow their own head"
        assert (name, labels) not in samples
        samples[name, labels] = float(value)
    return samples, types


@pytest.fixture
def status():
    """Something of everything."""
    counter = RequestCounter()
    for seconds in (0.00005, 0.003, 0.003, 99.0):
        counter.note(200, seconds)
    counter.note(404, 0.02)
    return Status(
        "1.2",
        42,
        1000.0,
        60.0,
        requests=counter.counts(),
        connections={"idle": 2},
        jobs={"running": 1},
        tokens=5,
        slow_routes=(SlowRoute("GET", '/a"b\\c\n', 1.5),),
    )


def test_counters_and_gauges(status):
    """Every number has its name and labels, and counters are called so."""
    samples, types = parse(exposition(status))
    assert samples["quick_htag_requests_total", 'status="2xx"'] == 4.0
    assert samples["quick_htag_requests_total", 'status="5xx"'] == 0.0
    assert samples["quick_htag_connections", 'kind="idle"'] == 2.0
    assert samples["quick_htag_tokens", None] == 5.0
    assert {name for name, kind in types.items() if kind == "counter"} == {
        name for name in types if name.endswith("_total")
    }


def test_the_histogram_adds_up(status):
    """Buckets are cumulative; the last one is the count."""
    samples, _ = parse(exposition(status))
    name = "quick_htag_request_duration_seconds"
    bounds = [*map(str, BOUNDS), "+Inf"]
    counts = [samples[f"{name}_bucket", f'le="{bound}"'] for bound in bounds]
    assert counts == sorted(counts)
    assert counts[-1] == samples[f"{name}_count", None] == 5.0
    assert math.isclose(samples[f"{name}_sum", None], 99.02605)


def test_labels_are_escaped(status):
    """A route may have quotes and backslashes in it."""
    samples, _ = parse(exposition(status))
    assert samples["quick_htag_route_seconds", 'method="GET",route="/a\\"b\\\\c\\n"'] == 1.5


def test_what_is_not_known_is_left_out():
    """No sample, no head."""
    samples, types = parse(exposition(Status("1.2", 42, 0.0, 1.0)))
    assert not {"quick_htag_tokens", "quick_htag_memory_bytes"} & types.keys()
    assert ("quick_htag_sessions", None) in samples
