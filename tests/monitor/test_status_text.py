"""A status as text."""

from __future__ import annotations

from quick_htag.monitor.status import SlowRoute, Status
from quick_htag.monitor.status_text import status_text


def test_what_is_there_is_told():
    """A line for each subject; numbers that are 0 are left out."""
    status = Status(
        "1.2",
        42,
        0.0,
        3700.0,
        connections={"idle": 3, "busy": 0, "websocket": 1},
        threads={"workers": 2},
        queued=5,
        tokens=9,
        memory={"resident": 3 << 20},
        slow_routes=(SlowRoute("GET", "/a", 1.5), SlowRoute("GET", "/b", 0.5)),
    )
    lines = [line.split(None, 1) for line in status_text(status).splitlines()]
    assert ["server", "quick_htag 1.2, process 42, up 1h01m"] in lines
    assert ["connections", "3 idle, 1 websocket"] in lines
    assert ["threads", "2 workers; 5 queued"] in lines
    assert ["memory", "3.0 MB resident"] in lines
    assert lines[-2:] == [["slow", "routes  1.5s GET /a"], ["500ms", "GET /b"]]


def test_what_is_not_known_is_no_number():
    """A new server has no latency; tokens in a store are not counted."""
    text = status_text(Status("1.2", 42, 0.0, 1.0))
    assert "p50 -, p90 -, p99 -, mean -" in text
    assert "in a store" in text
