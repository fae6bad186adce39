"""Who gets how long to take what is left."""

from __future__ import annotations

import pytest

from quick_htag.transports.ending import CLOSE_LIMIT, Ending


@pytest.mark.parametrize(
    ("waiting", "looks"),
    [
        ([0, 0], 1),
        ([10, 10], 1),
        ([10, 9, 5, 0, 0], 4),
        ([10, 5, 5, 0], 2),
    ],
)
def test_who_takes_something_gets_more_time(waiting: list[int], looks: int) -> None:
    """As long as there was less than the last time; then the client is dropped, once."""
    left = iter(waiting)
    due: list[tuple[float, object]] = []
    dropped: list[bool] = []
    ending = Ending(
        lambda: next(left),
        lambda delay, function: due.append((delay, function)),
        lambda: dropped.append(True),
    )
    ending.begin()
    ending.begin()
    for number in range(looks):
        assert (len(due), dropped) == (number + 1, [])
        delay, function = due[-1]
        assert delay == CLOSE_LIMIT
        assert callable(function)
        function()
    assert (len(due), dropped) == (looks, [True])
