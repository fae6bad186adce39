"""htag 1 apps, driven as a page would."""

from __future__ import annotations

import asyncio
import html
import json
import re
import sys
import threading
from typing import Any

import pytest

from quick_htag.errors import AppFailed

try:
    from htag import Tag, expose
    from htag.render import HRenderer
except ImportError:
    pytest.skip(
        "htag 1 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert HRenderer
CALL = re.compile(r"interact\( (\{.*?\}) \)")


def calls(text: str) -> list[dict[str, Any]]:
    """The messages the handlers in a page would send, in order."""
    found = CALL.findall(html.unescape(text))
    return [
        json.loads(call.replace("jevent(event)", "{}").replace("...arguments", ""))
        for call in found
    ]


def called(tag: Any, method: str, *args: Any, **kargs: Any) -> dict[str, Any]:
    """The message that calls a method of a tag."""
    return {"id": id(tag), "method": method, "args": list(args), "kargs": kargs, "event": {}}


class Counter(Tag.div):
    """A button and a number."""

    def init(self) -> None:
        self.count = 0
        self.label = Tag.b("0")
        self += Tag.button("+", _onclick=self.add_one) + self.label

    def add_one(self, _: Any = None) -> None:
        self.count += 1
        self.label.clear(str(self.count))


def test_the_page_is_complete(host: Any) -> None:
    """The first page has a place for the host's scripts and starts htag's own."""
    parts = host(Counter).page()
    assert parts.html.count("<head>") == 1
    assert "window.quick_htag.send(o)" in parts.html
    assert parts.script == "start()"


def test_the_page_is_that_of_htag(host: Any) -> None:
    """With the statics of the app."""

    class Looks(Tag.div):
        imports = ()
        statics = ["p {}", b"run()", Tag.link(_href="a.css")]  # noqa: RUF012 as apps have it
        js = "begin()"

        def init(self) -> None:
            self += Tag.p("text", _onclick=self.exit)

    app = host(Looks)
    assert app.page().html == app.session.call(str, app.instance._renderer)
    assert "begin()" in app.page().html


def test_a_click_sends_what_it_changed(host: Any) -> None:
    """One click is one payload with the changed tag."""
    app = host(Counter)
    app.receive(calls(app.page().html)[0])
    assert len(app.sent) == 1
    assert list(app.sent[0]) == ["update"]
    assert ">1</b>" in app.texts


def test_a_click_that_changes_nothing_sends_nothing(host: Any) -> None:
    """An empty reply stays here."""

    class Idle(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: None

    app = host(Idle)
    app.receive(calls(app.page().html)[0])
    assert (app.sent, app.errors) == ([], [])


def test_a_later_page_runs_the_scripts_of_the_tags(host: Any) -> None:
    """After F5 the scripts of tags there now run, and no one-shot call a second time."""

    class Scripts(Tag.div):
        js = "first"

        def init(self) -> None:
            self.call("once")

    app = host(Scripts)
    first = app.page().html
    script = app.page().script
    assert "once" in first
    assert script.startswith('action({"post": ')
    assert "first" in script
    assert "once" not in script


def test_an_async_handler_is_awaited(host: Any) -> None:
    """Both states of an async handler that updates in between reach the page, in order."""

    class Slow(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.run

        async def run(self, _: Any = None) -> None:
            self.clear("one")
            assert await self.update()
            self.clear("two")

    app = host(Slow)
    app.receive(calls(app.page().html)[0])
    assert ["one" in json.dumps(sent) for sent in app.sent] == [True, False]
    assert "two" in json.dumps(app.sent[1])


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_generator_is_driven_to_its_end(host: Any, kind: str) -> None:
    """Each step sends what changed; the page is never asked to continue."""

    class Steps(Tag.div):
        def init(self) -> None:
            self["onclick"] = {"sync": self.plain, "async": self.slow}[kind]

        def plain(self, _: Any = None) -> Any:
            for step in ("one", "two"):
                self.clear(step)
                yield
            self.clear("end")

        async def slow(self, _: Any = None) -> Any:
            for step in self.plain(_):
                await asyncio.sleep(0)
                yield step

    app = host(Steps)
    app.receive(calls(app.page().html)[0])
    assert re.findall(r">(\w*)</body>", app.texts) == ["one", "two", "end"]
    assert "next" not in app.texts
    assert app.instance._renderer._loop == {}


def test_what_a_generator_yields_is_streamed(host: Any) -> None:
    """Content a generator yields is appended in the page."""

    class Stream(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.run

        def run(self, _: Any = None) -> Any:
            yield "<i>1</i>"
            yield [Tag.b("2"), "3"]

    app = host(Stream)
    app.receive(calls(app.page().html)[0])
    streamed = [next(iter(sent["stream"].values())) for sent in app.sent]
    assert streamed[0] == "<i>1</i>"
    assert streamed[1].endswith("2</b>3")


def test_an_endless_generator_leaves_room_for_others(host: Any) -> None:
    """While a generator goes on, other events of the instance are handled."""

    class Endless(Tag.div):
        def init(self) -> None:
            self.going = True
            self += Tag.button("go", _onclick=self.go) + Tag.button("stop", _onclick=self.stop)

        def go(self, _: Any = None) -> Any:
            while self.going:
                yield

        def stop(self, _: Any = None) -> None:
            self.going = False

    app = host(Endless)
    go, stop = calls(app.page().html)
    running = app.session.start(app.instance.receive(go))
    app.receive(stop)
    running.result(10)
    assert app.errors == []


def test_an_ended_generator_is_finished(host: Any) -> None:
    """Ending the instance runs the finally of a generator that waits."""
    started, ended = threading.Event(), threading.Event()

    class Endless(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.go

        async def go(self, _: Any = None) -> Any:
            try:
                while True:
                    started.set()
                    yield
            finally:
                ended.set()

    app = host(Endless)
    running = app.session.start(app.instance.receive(calls(app.page().html)[0]))
    assert started.wait(10)
    app.close()
    running.result(10)
    assert ended.wait(10)
    assert app.instance._renderer._loop == {}


@pytest.mark.parametrize("how", ["raise", "exit", "value", "step"])
def test_a_failing_handler_leaves_a_consistent_page(host: Any, how: str) -> None:
    """The page hears of it and is redrawn with what did change; the app goes on."""

    class Crash(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.run

        def run(self, _: Any = None) -> Any:
            self.clear("half")
            if how == "raise":
                raise ValueError("secret")
            if how == "exit":
                sys.exit("secret")
            return "a value" if how == "value" else self.step()

        def step(self) -> Any:
            yield
            raise ValueError("secret")

    app = host(Crash)
    click = calls(app.page().html)[0]
    app.receive(click)
    assert app.errors
    assert "secret" not in app.texts
    if how != "exit":
        assert {"err": "the application failed, see the server's log"} in app.sent
        assert "half" in app.sent[-1]["update"]["0"]
    assert app.instance._renderer._loop == {}
    app.receive(click)  # not stuck


def test_a_failure_is_reported_with_its_exception(host: Any) -> None:
    """The host gets the exception of a handler, with its traceback."""

    class Crash(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: 1 / 0

    app = host(Crash)
    app.receive(calls(app.page().html)[0])
    text, error = app.errors[0]
    assert text == "an event handler of Crash failed"
    assert isinstance(error, ZeroDivisionError)
    assert error.__traceback__ is not None


def test_debug_tells_the_page_the_traceback(host: Any) -> None:
    """In debug mode the page shows what failed."""

    class Crash(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: 1 / 0

    app = host(Crash, debug=True)
    app.receive(calls(app.page().html)[0])
    assert "ZeroDivisionError" in app.sent[0]["err"]


def test_scripts_of_a_failed_handler_run_with_the_redraw(host: Any) -> None:
    """What a handler asked the page to run is not left for a later reply."""

    class Crash(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.run

        def run(self, _: Any = None) -> None:
            self.call("focus()")
            raise ValueError

    app = host(Crash)
    app.receive(calls(app.page().html)[0])
    assert "focus()" in app.sent[1]["post"]
    assert app.instance._renderer._interaction_scripts == []


def test_the_event_is_given(host: Any) -> None:
    """A handler with an ``ev`` parameter gets the fields of the event, spoofed ones left out."""
    seen: list[Any] = []

    class Keys(Tag.div):
        def init(self) -> None:
            self["onkeyup"] = self.pressed

        def pressed(self, ev: Any) -> None:
            seen.append(ev)

    app = host(Keys)
    message = calls(app.page().html)[0]
    app.receive({**message, "event": {"key": "a", "target": "evil", "class": 1}})
    app.receive({**message, "event": None})
    assert (seen[0].key, seen[0]._fields) == ("a", ("target", "key"))
    assert seen[0].target is app.instance._renderer.tag
    assert seen[1]._fields == ("target",)


def test_bound_and_exposed_methods_can_be_called(host: Any) -> None:
    """Methods the app wrote into the page are open to it, with arguments."""
    seen: list[Any] = []

    class Bound(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.bind.save("a", n=1)

        def save(self, *args: Any, **kargs: Any) -> None:
            seen.append((args, kargs))

        @expose
        def shown(self, text: str) -> None:
            seen.append(text)

    app = host(Bound)
    app.page()
    tag = app.instance._renderer.tag
    app.receive(called(tag, "save", "b", n=2))
    app.receive(called(tag, "shown", "c"))
    assert seen == [(("b",), {"n": 2}), "c"]


@pytest.mark.parametrize(
    "method", ["__setattr__", "__init__", "exit", "clear", "add", "remove", "private", "__on__"]
)
def test_an_undeclared_method_is_refused(host: Any, method: str) -> None:
    """What was never written into the page does not run, and is reported."""
    ran: list[str] = []

    class Closed(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: ran.append("click")

        def private(self, *args: Any) -> None:
            ran.append("private")

    app = host(Closed)
    before = app.page().html
    app.receive(called(app.instance._renderer.tag, method, "onclick", "x"))
    assert (ran, app.sent, app.left.is_set()) == ([], [], False)
    assert app.instance.reports.refused_count == 1
    assert f"Closed.{method} was never given to the page" in app.errors[0][0]
    assert app.page().html == before


def test_a_message_of_the_wrong_form_is_refused(host: Any) -> None:
    """A message htag would trip over is reported and changes nothing."""
    app = host(Counter)
    app.receive({"id": "1", "method": "__on__"})
    app.receive({"hello": "world"})
    assert app.instance.reports.refused_count == 2
    assert app.sent == []


def test_a_tag_of_another_instance_is_out_of_reach(host: Any) -> None:
    """The id of another visitor's tag is no tag here, though its method is open there."""
    mine, other = host(Counter), host(Counter)
    click = calls(other.page().html)[0]
    mine.receive(click)
    assert (mine.sent, other.sent) == ([], [])
    assert "there is no tag" in mine.errors[0][0]
    other.receive(click)
    assert ">1</b>" in other.texts


def test_a_reused_id_reaches_nobody_else(host: Any) -> None:
    """Ids are addresses: old ids of one session never run a button of the other."""
    ran: list[Any] = []

    class Rebuilds(Tag.div):
        def rebuild(self) -> Any:
            self.clear(Tag.button("x", _onclick=lambda tag: ran.append(self)))
            return self.childs[0]

    a, b = host(Rebuilds), host(Rebuilds)
    root_a, root_b = a.instance._renderer.tag, b.instance._renderer.tag
    seen: set[int] = set()
    hits = 0
    for _ in range(300):
        with a.instance._scope.entered():
            seen.add(id(root_a.rebuild()))
        root_a.clear()
        with b.instance._scope.entered():
            button = root_b.rebuild()
        if id(button) in seen:
            hits += 1
            a.receive(called(button, "__on__", f"onclick-{id(button)}"))
    assert hits, "no id was used again, so this showed nothing"
    assert ran == []


def test_a_tag_added_by_another_session_works(host: Any) -> None:
    """A button one visitor puts into another's page can be clicked there, and only there."""
    ran: list[str] = []

    class Board(Tag.div):
        def init(self) -> None:
            self.other: Any = None
            self["onclick"] = self.give

        async def give(self, _: Any = None) -> None:
            self.other += Tag.button("x", _onclick=lambda tag: ran.append("click"))
            assert await self.other.update()

    giver, taker = host(Board), host(Board)
    giver.instance._renderer.tag.other = taker.instance._renderer.tag
    giver.receive(calls(giver.page().html)[0])
    button = next(
        call
        for call in calls(taker.texts.replace("\\", ""))
        if call["id"] != id(taker.instance._renderer.tag)
    )
    giver.receive(button)
    assert ran == []
    taker.receive(button)
    assert ran == ["click"]


def test_a_task_of_the_app_pushes(host: Any) -> None:
    """A task started while the app is built pushes before any page has connected."""

    class Clock(Tag.div):
        def init(self) -> None:
            self.task = asyncio.ensure_future(self.tick())

        async def tick(self) -> None:
            for n in range(3):
                self.clear(f"tick {n}")
                assert await self.update()

    app = host(Clock)
    app.wait(lambda: len(app.sent) == 3)
    assert "tick 2" in app.texts


def test_closing_stops_the_pushes(host: Any) -> None:
    """An endless task hears that the instance is closed, and nothing is sent any more."""
    refused = threading.Event()

    class Clock(Tag.div):
        def init(self) -> None:
            self.task = asyncio.ensure_future(self.tick())

        async def tick(self) -> None:
            while await self.update():
                await asyncio.sleep(0)
            refused.set()

    app = host(Clock)
    app.wait(lambda: app.sent)
    app.close()
    count = len(app.sent)
    assert refused.wait(10)
    app.receive(called(app.instance._renderer.tag, "clear"))
    assert len(app.sent) == count


def test_exit_leaves(host: Any) -> None:
    """``exit()`` of the app ends its instance, by way of the host."""

    class Quits(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: self.exit()

    app = host(Quits)
    app.receive(calls(app.page().html)[0])
    assert app.left.is_set()
    assert app.errors == []


def test_exit_bound_to_a_button_leaves(host: Any) -> None:
    """An app may put ``exit`` itself into its page."""

    class Quits(Tag.div):
        def init(self) -> None:
            self["onclick"] = self.bind.exit()

    app = host(Quits)
    app.receive(calls(app.page().html)[0])
    assert app.left.is_set()


def test_the_session_is_shared(host: Any) -> None:
    """The app's session is the host's mapping, and its state lives in it."""
    store: dict[str, Any] = {"user": "Jim"}

    class Notes(Tag.div):
        def init(self) -> None:
            self.state["seen"] = self.session["user"]

    host(Notes, store=store)
    (name,) = set(store) - {"user"}
    assert store[name] == {"seen": "Jim"}


def test_a_page_that_cannot_be_rendered_fails(host: Any) -> None:
    """An exception in ``render`` is AppFailed for a page, and told for a redraw."""

    class Broken(Tag.div):
        def render(self) -> None:
            raise ValueError("secret")

    app = host(Broken)
    with pytest.raises(AppFailed, match="could not be rendered: ValueError"):
        app.page()
    assert app.snapshot() == {"err": "the application failed, see the server's log"}
    assert isinstance(app.errors[0][1], ValueError)


def test_a_snapshot_redraws_the_page(host: Any) -> None:
    """The whole body as it is now, and the scripts of its tags."""

    class Scripts(Tag.div):
        js = "again()"

    app = host(Scripts)
    app.page()
    app.session.call(app.instance._renderer.tag.clear, "now")
    payload = app.snapshot()
    assert payload["update"]["0"].endswith(">now</body>")
    assert "again()" in payload["post"]


def test_two_events_do_not_overlap(host: Any) -> None:
    """The second waits for the first, so neither sends half-done changes of the other."""
    order: list[str] = []

    class Slow(Tag.div):
        def init(self) -> None:
            self.gate = asyncio.Event()
            self += Tag.button("a", _onclick=self.first) + Tag.button("b", _onclick=self.second)

        async def first(self, _: Any = None) -> None:
            order.append("first")
            await asyncio.sleep(0)
            order.append("first done")

        async def second(self, _: Any = None) -> None:
            order.append("second")

    app = host(Slow)
    a, b = calls(app.page().html)
    runs = [app.session.start(app.instance.receive(message)) for message in (a, b)]
    for run in runs:
        run.result(10)
    assert order == ["first", "first done", "second"]


def test_blocked_sessions_do_not_know_each_other(host: Any) -> None:
    """A handler that blocks keeps nobody else waiting."""
    gate = threading.Event()

    class Blocks(Tag.div):
        def init(self) -> None:
            self["onclick"] = lambda tag: gate.wait(10) and None

    slow, quick = host(Blocks), host(Counter)
    running = slow.session.start(slow.instance.receive(calls_on(slow)[0]))
    quick.receive(calls_on(quick)[0])
    assert ">1</b>" in quick.texts
    assert not running.done()
    gate.set()
    running.result(10)


def calls_on(app: Any) -> list[dict[str, Any]]:
    """The messages of the page of ``app``."""
    return calls(app.page().html)
