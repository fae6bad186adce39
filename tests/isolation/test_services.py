"""What processes share."""

from __future__ import annotations

import dataclasses

from quick_htag.isolation.services import ProcessServices


def test_it_does_not_change() -> None:
    """Every process of a server has the same."""
    assert ProcessServices.__dataclass_params__.frozen
    assert {"log", "executor", "sessions"} <= {
        one.name for one in dataclasses.fields(ProcessServices)
    }
