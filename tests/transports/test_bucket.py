"""Rates with room for bursts."""

from __future__ import annotations

from quick_htag.transports.bucket import Bucket


def test_a_burst_passes() -> None:
    """Ten seconds' worth may come at once, no more."""
    bucket = Bucket(2.0, 0.0)
    assert [bucket.take(0.0) for _ in range(21)] == [True] * 20 + [False]


def test_the_rate_passes_for_ever() -> None:
    """Who keeps to it is never refused."""
    bucket = Bucket(2.0, 0.0)
    assert all(bucket.take(number / 2) for number in range(1000))


def test_above_the_rate_is_refused_soon() -> None:
    """Twice the rate lasts as long as the burst does."""
    bucket = Bucket(2.0, 0.0)
    refused = next(number for number in range(1000) if not bucket.take(number / 4))
    assert refused == 39


def test_silence_saves_no_more_than_a_burst() -> None:
    """An hour of silence does not allow an hour's worth at once."""
    bucket = Bucket(2.0, 0.0)
    assert [bucket.take(3600.0) for _ in range(21)].count(True) == 20


def test_no_rate_is_no_limit() -> None:
    """0 lets everything pass."""
    bucket = Bucket(0.0, 0.0)
    assert all(bucket.take(0.0) for _ in range(1000))
