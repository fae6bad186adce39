"""Events on their way into an app."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

LIMIT = 30.0


@pytest.fixture
def visitor(world: Any) -> Any:
    """One whose connection is served on the thread of the app."""
    world.home = object()
    return world.visit()


def _there(world: Any, function: Any) -> None:
    """Call a function on the thread of the app, and wait for it."""
    done = threading.Event()
    failures: list[BaseException] = []

    def call() -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)
        done.set()

    assert world.runners[-1].post(call)
    assert done.wait(LIMIT)
    assert not failures, failures


def test_a_plain_handler_is_done_when_its_event_was_received(
    world: Any, visitor: Any, click: Any
) -> None:
    """On the thread of the app nothing is handed over, and nothing waits for a round.

    It is not acknowledged besides: that it is done says more.
    """
    sent: list[Any] = []

    def receive() -> None:
        visitor.receiver.received(click(1))
        sent.extend(visitor.channel.sent)

    _there(world, receive)
    assert sent == [{"hello": 0}, {"n": 1, "p": {"value": 1}}, {"done": 1}]


def test_no_event_overtakes_one_that_was_posted(world: Any, visitor: Any, click: Any) -> None:
    """A page may change its transport between two of them."""
    order: list[str] = []
    for name in ("first", "second"):
        setattr(visitor.app, f"do_{name}", partial(_note, order, name))

    def receive() -> None:
        posting = threading.Thread(target=visitor.receiver.received, args=[click(1, "first")])
        posting.start()
        posting.join(LIMIT)
        visitor.receiver.received(click(2, "second"))
        assert order == []

    _there(world, receive)
    visitor.channel.wait(lambda channel: {"done": 2} in channel.sent)
    assert order == ["first", "second"]


async def _note(order: list[str], name: str) -> None:
    order.append(name)


def test_a_handler_that_waits_lets_the_next_begin(world: Any, visitor: Any, click: Any) -> None:
    """Its page is told that the event has come, and hears of its end later."""

    def receive() -> None:
        visitor.receiver.received(click(1, "sleep"))
        visitor.receiver.received(click(2))

    _there(world, receive)
    visitor.channel.wait(lambda channel: {"done": 2} in channel.sent)
    assert {"ack": 1} in visitor.channel.sent
    assert {"done": 1} not in visitor.channel.sent


def test_who_is_asked_for_depends_on_the_task(world: Any, visitor: Any, click: Any) -> None:
    """Outside of events, and on other threads, no page has asked."""
    seen: list[Any] = []

    async def look() -> None:
        seen.append(visitor.app.context.asker())

    visitor.app.do_look = look
    _there(world, lambda: visitor.receiver.received(click(1, "look")))
    visitor.channel.wait(lambda channel: {"done": 1} in channel.sent)
    assert seen == [visitor.page["page"]]
    assert visitor.app.context.asker() is None
