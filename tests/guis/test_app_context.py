"""What the engine of an app is given."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.engines.base import InstanceContext
from quick_htag.guis.app_context import AppContext
from quick_htag.messages.request import Request

LIMIT = 30.0


def _context(app: Any, hook: Any = None) -> AppContext:
    request = Request("GET", "/")
    return AppContext(app, app, request, {}, None, False, hook)


def test_it_has_all_that_engines_may_ask_for() -> None:
    """Each field and method of the tuple that stands for it in tests, with the same arguments."""
    wanted = {*InstanceContext._fields, "failed", "send_for"}
    assert {name for name in wanted if not hasattr(AppContext, name)} == set()
    for name in ("failed", "send_for"):
        theirs, ours = getattr(InstanceContext, name), getattr(AppContext, name)
        assert [*inspect.signature(ours).parameters] == [*inspect.signature(theirs).parameters]


def test_hooks_take_the_app_alone_or_with_its_request() -> None:
    """By the number of their parameters; without one nothing happens."""
    told: list[Any] = []
    app = SimpleNamespace(handling=None)
    _context(app).built("x")
    _context(app, lambda app: told.append(app)).built("app")
    _context(app, lambda app, request: told.append((app, request.path))).built("app")
    assert told == ["app", ("app", "/")]


def test_the_last_payload_goes_out_with_the_word_that_the_event_is_done() -> None:
    """Others do not wait for it."""
    app = SimpleNamespace(
        handling=None, send=lambda *what: ("now", *what), send_last=lambda *what: what
    )
    context = _context(app)
    assert context.send("a") == ("now", "a")  # type: ignore[comparison-overlap]
    assert context.send_for("a", {"p": "b"}) == ("now", "a", {"p": "b"})  # type: ignore[comparison-overlap]
    assert context.send_for("a", {}, last=True) == ("a", {}, None)  # type: ignore[comparison-overlap]
    assert context.send_last("a", {}, "p") == ("a", {}, "p")  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("name", ["desk", "transfers"])
def test_helpers_are_made_once(world: Any, name: str) -> None:
    """When somebody asks for them, and the engine gets the same."""
    visitor = world.visit()
    app = world.host._table.live()[0].app
    assert getattr(app, f"_{name}") is None
    made = getattr(app, name)
    assert getattr(app, name) is made
    assert name != "desk" or visitor.app.context.desk is made


def test_helpers_of_an_app_that_has_ended_do_nothing(world: Any) -> None:
    """Nobody answers a question, and nothing is followed, also when it is asked for then only."""
    world.visit()
    app = world.host._table.live()[0].app
    world.host.clear()
    assert app.desk.ask({}, LIMIT).answer.cancelled()
    left: list[str] = []
    app._services = SimpleNamespace(
        uploads=SimpleNamespace(follow=lambda *_: lambda: left.append("x"))
    )
    app.transfers._services = app._services
    app.transfers.follow(print)
    assert left == ["x"]


def test_helpers_end_with_the_app(world: Any) -> None:
    """Those that were made before."""
    world.visit()
    desk = world.host._table.live()[0].app.desk
    question = desk.ask({}, LIMIT)
    world.host.clear()
    assert question.answer.cancelled()
