"""What waits for one listener."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quick_htag.topics.subscription import Subscription


class Starts:
    """Calls that are to be made, made by the test."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], Any]] = []
        self.alive = True

    def __call__(self, function: Callable[[], Any]) -> bool:
        self.calls.append(function)
        return self.alive

    def run(self) -> None:
        """Make them all."""
        while self.calls:
            self.calls.pop(0)()


def test_messages_come_in_order() -> None:
    """One call each, with a copy of the data."""
    got: list[Any] = []
    starts = Starts()
    subscription = Subscription(got.append, starts, 10, lambda: None)
    for text in ("1", '{"a":[2]}', "null"):
        subscription.deliver(text)
    assert got == []
    starts.run()
    assert got == [1, {"a": [2]}, None]


def test_the_oldest_are_given_up() -> None:
    """A listener that is behind costs bounded memory, and its owner is told once each time."""
    got: list[Any] = []
    drops: list[int] = []
    starts = Starts()
    subscription = Subscription(got.append, starts, 2, lambda: drops.append(1))
    for number in range(5):
        subscription.deliver(str(number))
    assert (len(starts.calls), drops) == (2, [1])
    starts.run()
    assert got == [3, 4]
    for number in range(5, 8):
        subscription.deliver(str(number))
    starts.run()
    assert (got, drops) == ([3, 4, 6, 7], [1, 1])


def test_after_the_end_nothing_comes() -> None:
    """Neither what waits nor what arrives."""
    got: list[Any] = []
    starts = Starts()
    subscription = Subscription(got.append, starts, 10, lambda: None)
    subscription.deliver("1")
    subscription.end()
    subscription.deliver("2")
    starts.run()
    assert got == []


def test_a_listener_that_is_gone_takes_no_more() -> None:
    """What cannot be called keeps nothing in memory."""
    starts = Starts()
    starts.alive = False
    subscription = Subscription(lambda _: None, starts, 10, lambda: None)
    subscription.deliver("1")
    subscription.deliver("2")
    assert len(starts.calls) == 1
