"""What several workers say, put together."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from quick_htag.monitor.histogram import BOUNDS, Histogram
from quick_htag.monitor.request_counter import RequestCounts
from quick_htag.monitor.rows import JobRow, SessionRow, TokenRow
from quick_htag.monitor.status import SlowRoute, Status
from quick_htag.workers.merging import (
    merged_rows,
    merged_status,
    merged_text,
    packed,
    unpacked,
)

COUNTS = (1, *([0] * (len(BOUNDS) - 1)), 2)
STATUS = Status(
    version="1",
    pid=7,
    started=100.0,
    uptime=5.0,
    requests=RequestCounts({"2xx": 3}, Histogram(COUNTS, 4.0), 1.5, 2),
    connections={"idle": 1, "busy": 0},
    jobs={"running": 1},
    memory={"resident": 10},
    slow_routes=(SlowRoute("GET", "/slow", 0.5),),
)
ROW = SessionRow("abc", "ann", "Shop", "/", 5.0, 2.0, "websocket", "::1", 1, 0)


def test_a_status_survives_the_way():
    """Through JSON and back."""
    assert unpacked(json.loads(json.dumps(packed(STATUS)))) == STATUS


def test_numbers_are_added_up():
    """Of requests, connections, jobs and memory."""
    other = replace(STATUS, started=90.0, uptime=15.0, slow_routes=(SlowRoute("GET", "/x", 1.0),))
    found = merged_status([STATUS, other], [ROW], 99)
    assert (found.requests.total, found.requests.per_second, found.requests.polls) == (6, 3.0, 4)
    assert found.connections == {"idle": 2, "busy": 0}
    assert (found.jobs, found.memory) == ({"running": 2}, {"resident": 20})
    assert (found.pid, found.started, found.uptime) == (99, 90.0, 15.0)
    assert [route.mask for route in found.slow_routes] == ["/x", "/slow"]
    assert (found.sessions, found.instances, found.pages) == (1, 1, 1)


def test_a_session_of_two_workers_is_one():
    """With the worker's say who has seen the visitor last, and with its app."""
    bare = replace(ROW, app="", at="", transport="")
    rows = merged_rows("sessions", [[asdict(replace(ROW, idle=9.0))], [asdict(ROW), asdict(bare)]])
    assert rows == [ROW]


def test_tokens_of_the_store_are_listed_once():
    """Each worker sees all of them."""
    row = asdict(TokenRow("a...", 5.0, 3, 1))
    assert len(merged_rows("tokens", [[row], [row]])) == 1


def test_jobs_are_those_of_all():
    """A job is in one worker."""
    rows = [asdict(JobRow(str(job), "/x", "running", None, None, "", 1.0, "")) for job in (1, 2)]
    assert len(merged_rows("jobs", [[rows[0]], [rows[1]]])) == 2


def test_the_same_is_said_once():
    """What differs has the name of its worker before each line."""
    assert merged_text([(1, "level all"), (2, "level all")]) == "level all"
    assert merged_text([(1, "a\nb"), (2, "c")]) == "worker 1: a\nworker 1: b\nworker 2: c"
    assert merged_text([(1, ""), (2, "c")]) == "c"
    assert merged_text([]) == ""
