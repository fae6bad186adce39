"""Content that comes later, as a value: who is first decides."""

from __future__ import annotations

import threading
from typing import Any

from quick_htag.messages.later_body import LaterBody


class Owner:
    """Gives the late answer and hears of a client that has left."""

    def __init__(self) -> None:
        self.left = 0

    def late(self) -> bytes:
        return b"late"

    def note(self) -> None:
        self.left += 1

    def body(self, timeout: float = 60.0) -> LaterBody:
        """A body of this owner."""
        return LaterBody(timeout, self.late, self.note)


def test_what_is_delivered_is_passed_on_once() -> None:
    """The first delivery counts."""
    got: list[bytes] = []
    body = Owner().body()
    body.park(got.append)
    assert body.deliver(b"one")
    assert not body.deliver(b"two")
    assert got == [b"one"]


def test_a_delivery_may_come_before_the_transport_is_ready() -> None:
    """It is passed on as soon as it can be."""
    got: list[bytes] = []
    body = Owner().body()
    body.deliver(b"early")
    body.park(got.append)
    assert got == [b"early"]


def test_the_time_can_be_up() -> None:
    """Then the owner says what the answer is."""
    got: list[bytes] = []
    body = Owner().body()
    body.park(got.append)
    body.expire()
    body.expire()
    assert got == [b"late"]


def test_a_client_that_leaves_is_told_once() -> None:
    """And nothing can be delivered any more."""
    owner = Owner()
    body = owner.body()
    body.leave()
    body.leave()
    assert owner.left == 1
    assert not body.deliver(b"x")


def test_leaving_after_the_delivery_is_not_told() -> None:
    """Whether the answer arrives is not known to anybody."""
    owner = Owner()
    body = owner.body()
    body.deliver(b"x")
    body.close()
    assert owner.left == 0


def test_looking_finds_the_end() -> None:
    """An empty read is the client leaving; anything else is not."""
    owner = Owner()
    body = owner.body()
    assert body.look(lambda: None) is None
    assert body.look(lambda: b"GET") == b"GET"
    assert (owner.left, body.look(lambda: b"")) == (0, b"")
    assert owner.left == 1


def test_nobody_looks_at_a_connection_that_is_answered() -> None:
    """It belongs to another thread then."""
    looked: list[Any] = []
    body = Owner().body()
    body.deliver(b"x")
    assert body.look(lambda: looked.append(1)) is None  # type: ignore[func-returns-value]
    assert not looked


def test_a_thread_may_wait_for_it() -> None:
    """For a transport that cannot park."""
    body = Owner().body()
    timer = threading.Timer(0.05, body.deliver, [b"x"])
    timer.start()
    assert list(body) == [b"x"]
    timer.join()


def test_a_thread_does_not_wait_for_ever() -> None:
    """After the timeout it gets the late answer."""
    assert list(Owner().body(0.01)) == [b"late"]
