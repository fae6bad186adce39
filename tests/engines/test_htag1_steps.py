"""Interactions with any tree: what is sent is what htag's own ``interact`` gives."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

try:
    from htag import Tag, expose
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.detect import load_engine
from quick_htag.engines.htag1_image import Image
from quick_htag.engines.htag1_message import Call
from quick_htag.engines.htag1_scope import Scope
from quick_htag.engines.htag1_steps import Steps
from tests.same_examples import same_examples

pytestmark = pytest.mark.usefixtures("engine")  # which patches htag


class Thing:
    """A child whose text the app decides on."""

    def __init__(self) -> None:
        self.shown = "thing"

    def __str__(self) -> str:
        return self.shown

    __repr__ = __str__


class Row(Tag.tr):
    """Makes its children anew whenever htag asks it to."""

    world: Any

    def render(self) -> None:
        self.world.log.append(f"render {self.number}")
        self.clear(Tag.td(self.world.words[0]))
        if self.world.words[1] == "x":
            self += self.world.words[1]


class Panel(Tag.section):
    """Has a method that pages may call, and a script."""

    js = "panel(self)"

    @expose
    def save(self) -> None:
        """Nothing."""

    @property
    def odd(self) -> int:
        """Looked at by htag, when it looks for such methods."""
        return 1


class Equal(Tag.li):
    """Says that it is what it is not."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    __hash__ = object.__hash__


KINDS: list[Any] = [Tag.div, Tag.span, Tag.button, Tag, Row, Panel, Equal]
VALUES: list[Any] = ["a", "b", "", 0, 1, 1.0, True, False, None, b"b()", "<&>", [1], (2,)]
OPERATIONS = st.tuples(st.integers(0, 15), st.integers(0, 40), st.integers(0, 40))


class World:
    """One app with its tags by number, which does what it is told."""

    def __init__(self) -> None:
        self.words = ["w", "v"]
        self.log: list[str] = []
        self.tags: list[Any] = []
        self.things: list[Thing] = []
        self.kept: list[Any] = []  # htag overlooks a callback at the address of the one before
        self.scope = Scope(Tag)
        self.orders: list[Any] = []
        world = self

        class App(Tag.div):
            imports = ()

            def init(self) -> None:
                self.number = world.add(self)
                self["class"] = "app"
                for kind in (Tag.span, Tag.div, Panel):
                    child = kind("text")
                    child.number = world.add(child)
                    self.add(child)

            def run(self) -> Any:
                return world.run()

        with self.scope.entered():
            self.renderer = HRenderer(App, "js")
        self.app = self.scope.root = self.renderer.tag

    def add(self, tag: Any) -> int:
        self.tags.append(tag)
        return len(self.tags) - 1

    def run(self) -> Any:
        """What the handler does: all orders; a generator if they ask for one."""
        if any(order == "yield" for order in self.orders):
            return self.steps()
        for order in self.orders:
            self.do(*order)
        return None

    def steps(self) -> Iterator[Any]:
        for number, order in enumerate(self.orders):
            if order == "yield":
                yield (None, "given", [Tag.i("x"), "y"])[number % 3]
            else:
                self.do(*order)

    def do(self, what: int, where: int, how: int) -> None:
        """One change, the same in every world."""
        tag = self.tags[where % len(self.tags)]
        other = self.tags[how % len(self.tags)]
        value = VALUES[how % len(VALUES)]
        if tag.tag is None and what in (4, 5, 6, 7, 8, 9):
            return  # a placeholder has no attributes
        if what == 0:
            tag.clear(value)
        elif what in (1, 2):
            kind = KINDS[how % len(KINDS)]
            made = kind(**({"_class": "c"} if how % 2 and kind is not Tag else {}))
            made.number, made.world = self.add(made), self
            tag.add(made)
        elif what == 3 and tag is not self.app:
            tag.remove()
        elif what == 4:
            tag[("title", "value", "id", "onclick")[where % 4]] = value
        elif what == 5:
            tag["class"].toggle("abc"[how % 3])
        elif what == 6:
            tag["class"] = "abc"[how % 3]
        elif what == 7:
            tag["style"].set("color", "rgb"[how % 3], unique=True)
        elif what == 8:
            tag["onclick"] = (self.plain, self.with_event)[how % 2]
            self.kept.append(tag["onclick"])
        elif what == 9:
            tag["onclick"] = tag.bind(self.plain, b"this.value", how)
            self.kept.append(tag["onclick"])
        elif what == 10 and other is not self.app and not self.is_inside(tag, other):
            other.remove()
            tag.add(other)
        elif what == 11:
            self.things.append(Thing())
            tag.add(self.things[-1])
        elif what == 12:
            self.words[how % 2] = "wvx"[how % 3]
            for thing in self.things:
                thing.shown = self.words[0]
        elif what == 13:
            tag.js = f"js{how % 3}"
        elif what == 14 and tag.tag is not None and tag.root is self.app:
            tag.call(f"called{how}")
        elif what == 15 and how % 9 == 0:
            raise ValueError("the app")
        elif what == 15 and how % 9 == 1:
            tag.render = partial(self.log.append, f"late {tag.number}")

    def is_inside(self, tag: Any, other: Any) -> bool:
        while tag is not None and tag is not other:
            tag = tag.parent
        return tag is not None

    def plain(self, tag: Any, *args: Any) -> None:
        """A callback."""

    def with_event(self, ev: Any) -> None:
        """A callback that takes the event."""

    def told(self, actions: Any) -> str:
        """Actions with numbers of tags for their ids, which differ."""
        names = {str(id(tag)): f"tag{number}" for number, tag in enumerate(self.tags)}
        places = itertools.count()

        def name(found: re.Match[str]) -> str:
            if found[0] not in names:  # made by a render(), or given by a generator
                names[found[0]] = f"new{next(places)}"
            return names[found[0]]

        return re.sub(r"\d{9,}", name, json.dumps(actions))


def done(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def of_htag(world: World) -> list[str]:
    """What htag replies to a click, step by step."""
    replies = []
    known = set(world.renderer._loop)
    with world.scope.entered():
        reply = done(world.renderer.interact(id(world.app), "run", [], {}, {}))
        while True:
            keys = world.renderer._loop.keys() - known
            more = bool(reply.pop("next", None))
            replies.append("error" if "err" in reply else world.told(reply))
            if not more:
                break
            (key,) = keys
            reply = done(world.renderer.interact(key, None, None, None, None))
    world.renderer._loop.clear()
    return replies


def of_ours(world: World, steps: Steps) -> list[str]:
    """What we reply."""
    replies = []
    engine: Any = load_engine()
    call = Call(id(world.app), "run", [], {}, {})
    with world.scope.entered():
        reply = done(steps.start(world.app, engine.invoker.invoked, world.app, call))
        while True:
            replies.append("error" if reply.error else world.told(reply.actions))
            if reply.error or reply.key is None:
                break
            reply = done(steps.go_on(reply))
    world.renderer._loop.clear()
    return replies


CLICK = st.tuples(
    st.lists(OPERATIONS, max_size=3),  # by a timer, before the click
    st.lists(st.one_of(OPERATIONS, OPERATIONS, st.just("yield")), max_size=6),
)


@pytest.mark.filterwarnings("ignore:The 'warn' method")  # htag's own, about ids
@same_examples
@given(st.lists(CLICK, max_size=6))
def test_replies_are_those_of_htag(story: list[Any]) -> None:
    """Whatever handlers and timers do: the same updates, scripts, streams, calls of ``render``."""
    engine: Any = load_engine()
    theirs, ours = World(), World()
    steps = Steps(ours.renderer, Image(ours.app, engine.kinds), engine.writer)
    assert [theirs.told(theirs.app._getAllJs())] == [ours.told(engine.writer.scripts(ours.app))]
    for between, orders in story:
        for world in (theirs, ours):
            world.orders = orders
            with world.scope.entered():
                for order in between:
                    if order[0] != 15 and order[0] != 14:
                        world.do(*order)
        assert of_ours(ours, steps) == of_htag(theirs)
        assert ours.log == theirs.log
        with theirs.scope.entered():
            page = theirs.told(str(theirs.app))
        with ours.scope.entered():
            assert ours.told(engine.writer.html(ours.app)) == page
