"""What is sent of any tree after any event is what htag's own ``handle_event`` sends."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

try:
    from htag import State, Tag
    from htag.core import HTML, GTag
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.base import InstanceContext
from quick_htag.engines.detect import load_engine
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from tests.same_examples import same_examples

assert AppRunner


class Styled(Tag.div):
    """Brings statics of its class."""

    statics = [  # noqa: RUF012 as apps have it
        Tag.style("styled {}"),
        Tag.title("a title"),
    ]


class Row(Tag.tr):
    """A tag with content of its own."""

    def init(self) -> None:
        self.cell = Tag.td("cell")
        self += self.cell


class Equal(Tag.li):
    """Says that it is what it is not."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    __hash__ = object.__hash__


class Loud(Tag.em):
    """Writes itself."""

    def __str__(self) -> str:
        return super().__str__().upper()


class Called(Tag.a):
    """htag calls it when it is the child of a tag."""

    def __call__(self) -> str:
        return "called"


KINDS: list[Any] = [Tag.div, Tag.span, Tag.input, Row, Styled, Equal, Loud, Called]
VALUES: list[Any] = ["a", "", 0, 1, 1.0, True, False, None, "<&>", HTML("<hr>")]
OPERATIONS = st.tuples(st.integers(0, 18), st.integers(0, 40), st.integers(0, 40))


class World:
    """One app with its tags by number, which does what it is told."""

    def __init__(self) -> None:
        self.tags: list[Any] = []
        self.made: dict[int, Any] = {}  # by the words of callables, which give them again
        self.changed: dict[int, str] = {}  # by callables that change others
        self.alive: list[Any] = []  # tags that were made, whose addresses are names
        self.orders: list[Any] = []
        self.sent: list[Any] = []
        world = self

        class App(Tag.App):
            def init(self) -> None:
                world.tags.append(self)
                self["onclick"] = world.run
                self["class"] = "app"
                for kind in (Tag.span, Tag.div, Styled):
                    world.tags.append(kind("text"))
                    self.add(world.tags[-1])

        self.kind = App
        self.word = State("w")
        self.app: Any = None

    def run(self, event: Any) -> Any:
        """The handler: does all orders, as a generator if they ask for one."""
        if "yield" in self.orders:
            return self.steps()
        for order in self.orders:
            self.do(*order)
        return len(self.orders)

    def steps(self) -> Iterator[None]:
        for order in self.orders:
            if order == "yield":
                yield
            else:
                self.do(*order)

    def do(self, what: int, where: int, how: int) -> None:
        """One change, the same in every world."""
        tag, other = (self.tags[number % len(self.tags)] for number in (where, how))
        value = VALUES[how % len(VALUES)]
        if what == 0:
            tag.text = value
        elif what in (1, 2):
            self.tags.append(KINDS[how % len(KINDS)](_onclick=self.run))
            tag.add(self.tags[-1])
        elif what == 3 and tag is not self.app:
            tag.remove()
        elif what == 4:
            tag[("title", "value", "id", "class")[where % 4]] = value or "v"
        elif what == 5:
            tag.toggle_class("abc"[how % 3])
        elif what == 6 and other is not self.app and not self.is_inside(tag, other):
            tag.add(other)
        elif what == 7:
            tag.add(lambda: self.reactive(how))
        elif what == 8:
            tag.add(self.word)
        elif what == 9:
            self.word.value = f"w{how % 4}"
        elif what == 10:
            tag.call_js(f"js({how})")
        elif what == 11:
            tag.statics = [Tag.style(f"s{how % 2}"), "text", Styled.statics[0]]
        elif what == 12:
            tag.childs.append("in place")
        elif what == 13 and how % 11 == 0:
            raise ValueError("the app")
        else:
            self.do_more(what, tag, other, how)

    def do_more(self, what: int, tag: Any, other: Any, how: int) -> None:
        """Changes that no method of htag is asked for, and callables that do something."""
        if what == 14:
            self.alive.append(KINDS[how % len(KINDS)](_title="no parent"))
            tag.childs.insert(0, self.alive[-1])
        elif what == 15 and tag.parent is not None:
            self.tags.append(type(tag)(_onclick=self.run))  # which may say that it is the same one
            self.tags[-1].parent, tag.parent = tag.parent, None
            parent = self.tags[-1].parent
            parent.childs = [self.tags[-1] if one is tag else one for one in parent.childs]
        elif what == 16:
            tag.add(lambda: self.changing(other, how))
        elif what == 17:
            tag.id = f"mine{how % 3}"
        elif what == 18:
            tag["id"] = other.id

    def changing(self, other: Any, how: int) -> str:
        """A callable that changes another tag while it is rendered, the first time with a word."""
        if self.changed.get(how) != self.word.value:
            self.changed[how] = self.word.value
            if how % 3 == 0 and any(isinstance(child, GTag) for child in other.childs):
                other["title"] = f"changed by {how}"  # not without the tag that is rendered
            elif how % 3 == 0:
                other.text = f"changed by {how}"
            elif how % 3 == 1:
                other.call_js(f"by({how})")
            else:
                self.alive.append(Tag.b("new"))
                self.alive[-1].call_js(f"new({how})")
                other.add(self.alive[-1])
        return f"changing {how}"

    def reactive(self, how: int) -> Any:
        """What a callable shows: new tags or old ones, or a failure."""
        word = self.word.value
        if (word, how % 5) == ("w3", 4):
            raise ValueError("a render")
        if how % 3 == 0:
            self.alive += [Tag.b(word), Tag.i("new", _onclick=self.run)]
            return self.alive[-2:]
        return self.made.setdefault(how, Tag.u(word)) if how % 3 == 1 else word

    def is_inside(self, tag: Any, other: Any) -> bool:
        while tag is not None and tag is not other:
            tag = tag.parent
        return tag is not None

    def told(self) -> list[str]:
        """What was sent, with numbers for addresses; tracebacks differ."""
        places = itertools.count()
        names: dict[str, str] = {str(id(tag)): f"tag{n}" for n, tag in enumerate(self.tags)}

        def name(found: re.Match[str]) -> str:
            return names.setdefault(found[0], f"new{next(places)}")

        for payload in self.sent:
            payload.pop("traceback", None)
        text = re.sub(r"\d{9,}", name, json.dumps(self.sent))
        self.sent = []
        return [text]


class Theirs(World):
    """Served by htag: this is what its channel gets."""

    def __init__(self) -> None:
        super().__init__()
        self.app = self.kind()
        self.app.debug = False
        self.app.websockets.add(self)
        self.app._trigger_mount()
        self.app._render_page()

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))

    async def click(self, message: Any) -> None:
        await self.app.handle_event(message, self)


class Ours(World):
    """Served by us: this is what the page of the event gets."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Any] = []
        request = Request("GET", "/", Headers([]))
        context = InstanceContext(
            request=request,
            session={},
            send=lambda text: self.send(text, {}),
            send_each=self.send,
            leave=lambda: None,
            error=lambda *failure: self.failures.append(failure),
            debug=False,
            closed=lambda: False,
            asker=lambda: "page",
        )
        self.instance = load_engine().build(self.kind, context)
        self.app = self.instance._app  # type: ignore[attr-defined]
        self.instance.page(request)
        self.instance.connected()

    def send(self, text: str, own: Any) -> bool:
        self.sent.append(json.loads(own.get("page", text)))
        return True

    async def click(self, message: Any) -> None:
        await self.instance.receive(message)


def compared(payloads: list[str]) -> list[Any]:
    """Payloads but the errors, which we send with more, and the empty answers that follow them."""
    found = [one for one in json.loads(payloads[0]) if one["action"] != "error"]
    return [one for one in found if one["updates"] or one["js"] or one["statics"]]


CLICK = st.tuples(
    st.integers(0, 9),  # the tag that is clicked
    st.lists(OPERATIONS, max_size=3),  # by a timer, before the click
    st.lists(st.one_of(OPERATIONS, OPERATIONS, st.just("yield")), max_size=6),
)


@same_examples
@given(st.lists(CLICK, max_size=6))
def test_payloads_are_those_of_htag(story: list[Any]) -> None:
    """Whatever handlers and timers do: the same updates, scripts, statics and answers."""

    async def play() -> None:
        theirs, ours = Theirs(), Ours()
        for clicked, between, orders in story:
            failing = any(order[0] == 13 for order in orders)
            for world in (theirs, ours):
                world.orders = orders
                for order in between:
                    if order[0] not in (9, 13):  # a State pushes at once
                        world.do(*order)
                tag_id = world.tags[clicked % len(world.tags)].id
                await world.click({"id": tag_id, "event": "click", "data": {"callback_id": "c"}})
            if failing or ours.failures:  # we send what was changed before, htag does not
                return
            assert compared(ours.told()) == compared(theirs.told())

    asyncio.run(play())
