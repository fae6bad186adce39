"""What can be read from counts in buckets."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from quick_htag.monitor.histogram import BOUNDS, Histogram


def histogram_of(*durations):
    """The histogram of some durations."""
    counts = [0] * (len(BOUNDS) + 1)
    for seconds in durations:
        counts[bisect_left(BOUNDS, seconds)] += 1
    return Histogram(tuple(counts), sum(durations))


def test_nothing_was_counted():
    """Without requests there is no mean and no percentile."""
    assert (Histogram().total, Histogram().mean, Histogram().percentile(50)) == (0, None, None)


def test_mean_and_total():
    """They are exact."""
    found = histogram_of(0.001, 0.003)
    assert (found.total, found.mean) == (2, 0.002)


@pytest.mark.parametrize("percent", [10, 50, 90, 99])
def test_a_percentile_is_in_the_bucket_of_the_true_one(percent):
    """Of 1000 durations between 0 and 1 s, evenly spread, it is nearly exact."""
    found = histogram_of(*(number / 1000 for number in range(1000)))
    assert found.percentile(percent) == pytest.approx(percent / 100, rel=0.05)


def test_what_is_above_the_last_bound_counts_as_that():
    """A percentile is never infinite."""
    assert histogram_of(1000.0).percentile(50) == BOUNDS[-1]


def test_a_single_slow_request_shows_at_the_end():
    """One of a hundred moves p99.5 and not p50."""
    found = histogram_of(*[0.0005] * 99, 3.0)
    assert found.percentile(50) <= 0.0005
    assert found.percentile(99.5) > 2.0
