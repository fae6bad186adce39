"""A status as a value."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from quick_htag.monitor.histogram import BOUNDS, Histogram
from quick_htag.monitor.request_counter import RequestCounts
from quick_htag.monitor.status import SlowRoute, Status

COUNTS = (4, *[0] * (len(BOUNDS) - 1), 0)
STATUS = Status(
    "1.2",
    42,
    1000.0,
    60.0,
    requests=RequestCounts({"2xx": 4}, Histogram(COUNTS, 0.0002), 0.5, 7),
    slow_routes=(SlowRoute("GET", "/a/:b", 1.5),),
)


def test_it_is_json():
    """With percentiles in the place of the buckets."""
    found = json.loads(json.dumps(STATUS.as_json()))
    assert found["requests"]["total"] == 4
    assert found["requests"]["p50"] == pytest.approx(0.00005)
    assert found["requests"]["polls"] == 7
    assert found["slow_routes"] == [{"method": "GET", "mask": "/a/:b", "seconds": 1.5}]


def test_nobody_can_change_it():
    """It is the state of one moment."""
    with pytest.raises(FrozenInstanceError):
        STATUS.pid = 1
