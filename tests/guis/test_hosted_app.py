"""The app of an instance: its pages, events and pushes, and when another takes its place."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.guis.options import GuiOptions

LIMIT = 30.0


def test_the_app_is_told_of_connections(world: Any, click: Any) -> None:
    """connected() is called for each connection, on the thread of the app."""
    visitor = world.visit()
    _, receiver = world.connect(visitor.session, world.open(visitor.session))
    receiver.received(click(1))
    visitor.channel.wait(lambda channel: channel.payloads())
    assert visitor.app.connections == 2


def test_a_page_too_far_behind_is_redrawn(worlds: Any, click: Any) -> None:
    """When the ring is too short the page gets everything anew, then what follows."""
    world = worlds(replay_messages=2)
    visitor = world.visit()
    for number in range(1, 6):
        visitor.receiver.received(click(number))
    visitor.channel.wait(lambda channel: {"done": 5} in channel.sent)
    channel, receiver = world.connect(visitor.session, visitor.page, seen=1)
    receiver.received(click(6))
    channel.wait(lambda channel: {"done": 6} in channel.sent)
    assert {"n": 5, "p": {"all": 5}, "full": True} in channel.sent
    assert channel.payloads() == [{"all": 5}, {"value": 6}]


def test_a_failing_event_is_reported_and_done(world: Any, click: Any) -> None:
    """An exception of the app reaches the log, and the page is not left waiting."""
    visitor = world.visit()
    visitor.receiver.received(click(1, "fail"))
    visitor.receiver.received(click(2))
    visitor.channel.wait(lambda channel: {"done": 2} in channel.sent)
    assert {"done": 1} in visitor.channel.sent
    assert "an event failed" in world.errors[0][0]


def test_pushes_after_the_end_are_refused(world: Any) -> None:
    """An app that pushes for ever learns that it is over."""
    visitor = world.visit()
    assert visitor.app.context.send("{}")
    world.host.clear()
    assert not visitor.app.context.send("{}")
    assert visitor.app.context.closed()


def test_any_exception_of_an_engine_is_a_failed_app(world: Any) -> None:
    """What an engine did not expect is told in the same way, cause attached."""
    with pytest.raises(AppFailed) as info:
        world.open(world.session(), "crash")
    assert isinstance(info.value.__cause__, ZeroDivisionError)


def test_the_hook_gets_each_new_app(world: Any) -> None:
    """``on_instance`` is called once per app, with the request where it takes two arguments."""
    seen: list[Any] = []
    world.mount.on_instance = lambda app: seen.append(app)
    session = world.session()
    world.open(session)
    world.open(session)
    world.mount.on_instance = lambda app, request: seen.append(request.query_string)
    world.open(session, "x")
    assert seen == [world.engine.built[0], "x"]


def test_recreate_on_query(world: Any) -> None:
    """True: another query is another instance, False: never, None: as the engine says."""
    session = world.session()
    for option, built in ((True, [1, 1, 2]), (False, [3, 3, 3]), (None, [4, 4, 5])):
        world.host.clear()
        session = world.session()
        world.mount.options = GuiOptions(recreate_on_query=option)
        counts = []
        for query in ("a", "a", "b"):
            world.open(session, query)
            counts.append(len(world.engine.built))
        assert counts == built


def test_recreate_on_reload(world: Any) -> None:
    """Every load of the page is another instance; the page of before is told."""
    world.mount.options = GuiOptions(recreate_on_reload=True)
    visitor = world.visit()
    world.open(visitor.session)
    assert visitor.channel.code() == 4001
    assert len(world.engine.built) == 2


def test_a_changed_app_replaces_the_instance(world: Any) -> None:
    """When the file of an app has changed, the next page is one of the new app."""
    session = world.session()
    world.open(session)
    world.mount.source = lambda: int
    world.open(session)
    world.open(session)
    assert len(world.engine.built) == 2
