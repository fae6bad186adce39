"""Callbacks, called as htag calls them."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

try:
    from htag import Tag
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag1_image import Image
from quick_htag.engines.htag1_invoke import called
from quick_htag.engines.htag1_message import read_call
from quick_htag.engines.htag1_scope import Scope
from quick_htag.engines.htag1_steps import Steps

assert HRenderer

EVENT = {"clientX": 3, "type": "click"}


class Bound(Tag.div):
    """A button, whose callback is made by ``bind``, and a place for what it does."""

    imports = ()
    bind_button: Callable[[Any], Any]

    def init(self) -> None:
        self.log: list[Any] = []
        self.shown = Tag.b("0")
        self.button = Tag.button("go")
        self += self.button + self.shown
        self.button["onclick"] = type(self).bind_button(self)

    def note(self, *args: Any, **kargs: Any) -> None:
        """Tags by their names."""
        told = ["button" if one is self.button else one for one in args]
        self.log.append((told, kargs, self.button.event))
        self.shown.clear(str(len(self.log)))

    def with_event(self, ev: Any, *args: Any) -> None:
        self.log.append((ev._fields, ev.target is self.button, ev.clientX, args))
        self.shown.clear("event")

    async def later(self, tag: Any) -> None:
        self.note(tag)

    def steps(self, tag: Any) -> Iterator[Any]:
        self.note(tag)
        yield "given"
        self.note(tag)

    async def steps_later(self, tag: Any) -> AsyncIterator[Any]:
        self.note(tag)
        yield None
        self.note(tag)

    async def iterator_later(self, tag: Any) -> Any:
        return self.steps(tag)

    def value(self, tag: Any) -> int:
        self.note(tag)
        return 1

    def raising(self, tag: Any) -> None:
        self.note(tag)
        raise ValueError("the app")


class OwnButton(Tag.button):
    """A button with a callback of its own."""

    def init(self) -> None:
        self.calls = 0

    def press(self, *args: Any) -> None:
        self.calls += 1
        self.clear(f"{args} {self.event}")


class Overridden(Tag.button):
    """Decides itself how callbacks are called."""

    async def __on__(self, name: str, *args: Any) -> AsyncIterator[Any]:
        self.clear(f"mine {args}")
        yield None


def own_button(app: Any) -> Any:
    """A method of the tag itself."""
    app.button.remove()
    app.button = OwnButton()
    app += app.button
    return app.button.bind(app.button.press, 1)


def overridden(app: Any) -> Any:
    """A callback of a tag that has a say in it."""
    app.button.remove()
    app.button = Overridden()
    app += app.button
    return app.button.bind(app.note, "x")


WAYS: dict[str, Callable[[Any], Any]] = {
    "method": lambda app: app.note,
    "function": lambda app: lambda tag: app.note(tag),
    "arguments": lambda app: app.button.bind(app.note, 1, b"this.value", a="b"),
    "chained": lambda app: app.button.bind(app.note, 1).bind(app.note, 2),
    "list": lambda app: [app.note, app.later],
    "event": lambda app: app.with_event,
    "event and more": lambda app: app.button.bind(app.with_event, 1),
    "event, chained": lambda app: app.button.bind(app.with_event, 1).bind(app.with_event, 2),
    "asynchronous": lambda app: app.later,
    "generator": lambda app: app.steps,
    "asynchronous generator": lambda app: app.steps_later,
    "generator, given later": lambda app: app.iterator_later,
    "value": lambda app: app.value,
    "failure": lambda app: app.raising,
    "own": own_button,
    "overridden": overridden,
}


class Twin:
    """One of two equal apps, of which htag has one and we have the other."""

    def __init__(self, bind: Callable[[Any], Any]) -> None:
        kind = type("App", (Bound,), {"bind_button": staticmethod(bind), "imports": ()})
        self.scope = Scope(Tag)
        with self.scope.entered():
            self.renderer = HRenderer(kind, "js")
        self.app = self.scope.root = self.renderer.tag

    def message(self) -> dict[str, Any]:
        """What a click sends."""
        shown = html.unescape(str(self.app.button))
        found = re.search(r"interact\( ({.*}) \)", shown)
        assert found is not None
        text = found[1].replace("jevent(event)", json.dumps(EVENT))
        sent: dict[str, Any] = json.loads(text.replace("this.value", '"typed"'))
        return sent

    def told(self, actions: Any) -> str:
        """Actions with names for the ids of tags."""
        names = {id(self.app): "app", id(self.app.button): "button", id(self.app.shown): "b"}
        text = json.dumps(actions)
        for number, name in names.items():
            text = text.replace(str(number), name)
        return text

    async def of_htag(self) -> list[str]:
        sent, replies = self.message(), []
        arguments = [sent["id"], sent["method"], sent["args"], sent["kargs"], sent["event"]]
        while True:
            with self.scope.entered():
                reply = await self.renderer.interact(*arguments)
            more = reply.pop("next", None)
            replies.append("error" if "err" in reply else self.told(reply))
            if not more:
                return replies
            (key,) = self.renderer._loop
            arguments = [key, None, None, None, None]

    async def of_ours(self, engine: Any) -> list[str]:
        steps = Steps(self.renderer, Image(self.app, engine.kinds), engine.writer)
        call = read_call(self.message())
        tag = self.app if call.tag_id == id(self.app) else self.app.button
        replies = []
        with self.scope.entered():
            reply = await steps.start(tag, engine.invoker.invoked, tag, call)
            while True:
                replies.append("error" if reply.error else self.told(reply.actions))
                if reply.error or reply.key is None:
                    return replies
                reply = await steps.go_on(reply)


@pytest.mark.parametrize("way", WAYS)
def test_callbacks_are_called_as_by_htag(engine: Any, way: str) -> None:
    """With the same arguments and event, and the same replies step by step."""
    theirs, ours = Twin(WAYS[way]), Twin(WAYS[way])
    assert theirs.message().keys() == ours.message().keys()
    assert asyncio.run(ours.of_ours(engine)) == asyncio.run(theirs.of_htag())
    assert ours.app.log == theirs.app.log
    assert ours.app.log or way in ("own", "overridden")


def test_a_callback_that_gives_a_value_says_so(engine: Any) -> None:
    """As the assertion that htag has there does not."""
    twin = Twin(WAYS["value"])
    steps = Steps(twin.renderer, Image(twin.app, engine.kinds), engine.writer)
    tag, call = twin.app.button, read_call(twin.message())
    reply = asyncio.run(steps.start(tag, engine.invoker.invoked, tag, call))
    assert "must return nothing" in str(reply.error)


def test_a_function_may_give_what_is_awaited() -> None:
    """What comes of it does not matter."""

    async def later() -> int:
        return 1

    async def awaited() -> Any:
        result = called(later)
        return await result.awaitable

    assert asyncio.run(awaited()) is None
    assert called(lambda: 5) is None
