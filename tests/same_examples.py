"""Tests of hypothesis that try the same examples each time, and take as long as they need."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

same_examples = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # so is a busy machine
)
