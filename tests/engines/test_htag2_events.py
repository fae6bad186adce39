"""Events, handled here as htag's own ``handle_event`` handles them."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

try:
    from htag import Tag, core, runner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

from quick_htag.engines.htag2_events import event_words


class App(Tag.App):
    """Handlers of all kinds, each of which leaves a text."""

    def init(self) -> None:
        self.seen: list[Any] = []
        self.label = Tag.b("")
        self.field = Tag.input(_onchange=self.plain, _oninput="say('')")
        self += [self.label, self.field]
        for name in KINDS:
            self += Tag.button(name, _onclick=getattr(self, name))

    def on_mount(self) -> None:
        self.label.text = "mounted"

    def plain(self, event: Any) -> None:
        self.seen.append((event.id, event.name, event.value, event["value"], event.key))
        self.label.text = f"plain {event.value}"

    def gives(self, event: Any) -> Any:
        self.label.text = "gives"
        return {"a": [1, None, "<"]}

    def gives_a_tag(self, event: Any) -> Any:
        return self.label

    def generator(self, event: Any) -> Iterator[None]:
        for step in range(3):
            self.label.text = f"step {step}"
            yield
        return "end"

    def generator_of_a_tag(self, event: Any) -> Iterator[None]:
        yield
        return self.label

    async def waits(self, event: Any) -> str:
        await asyncio.sleep(0)
        self.label.text = "waited"
        return "result"

    async def waits_for_nothing(self, event: Any) -> None:
        self.label.text = "nothing"

    async def steps(self, event: Any) -> AsyncIterator[None]:
        for step in range(3):
            self.label.text = f"async step {step}"
            await asyncio.sleep(0)
            yield

    def gives_steps(self, event: Any) -> Any:
        return self.steps(event)

    def gives_a_generator(self, event: Any) -> Any:
        return (self.generator(event) for _ in range(1))

    def gives_a_coroutine(self, event: Any) -> Any:
        return self.waits(event)

    def fails(self, event: Any) -> None:
        self.label.text = "before"
        raise ValueError("secret")

    def fails_on_the_way(self, event: Any) -> Iterator[None]:
        self.label.text = "one step"
        yield
        raise ValueError("secret")

    def stops(self, event: Any) -> None:
        raise StopIteration("secret")

    def mounts(self, event: Any) -> None:
        self += Late()


class Late(Tag.p):
    """Goes on after it was mounted."""

    async def on_mount(self) -> None:
        await asyncio.sleep(0)
        self.text = "late"


KINDS = [
    name
    for name, found in vars(App).items()
    if callable(found) and not name.startswith("_") and name not in ("init", "on_mount")
]


class AsHtag(App):
    """The same, whose events htag handles."""

    async def handle_event(self, msg: Any, ws: Any) -> None:
        await super().handle_event(msg, ws)


def told(app: Any) -> str:
    """What was sent and reported, with names for addresses."""
    names: dict[str, str] = {}
    text = json.dumps([app.sent, [repr(one) for one in app.errors]])
    return re.sub(r"\d{9,}", lambda found: names.setdefault(found[0], f"{len(names)}"), text)


def both(host: Any, message: Any) -> Any:
    """Two apps after an event, ours and that of htag, which have sent the same."""
    apps = []
    for kind in (App, AsHtag):
        app = host(kind)
        app.page()
        app.connect()
        app.sent.clear()
        app.receive(message(app.instance._app))
        for _ in range(3):  # what was started goes on
            app.session.run(asyncio.sleep(0))
        apps.append(app)
    ours, theirs = apps
    assert ours.instance._events._known
    assert not theirs.instance._events._known
    assert told(ours) == told(theirs).replace("AsHtag", "App")
    return ours


def event_of(tag: Any, event: str, **data: Any) -> dict[str, Any]:
    """The message of a page."""
    return {"id": tag.id, "event": event, "data": {"callback_id": "c", **data}}


@pytest.mark.parametrize("name", KINDS)
def test_a_handler_of_any_kind_is_handled_as_htag_does(host: Any, name: str) -> None:
    """The same payloads, answers, errors and reports, in the same order."""
    number = KINDS.index(name) + 2
    assert both(host, lambda app: event_of(app.childs[number], "click", key="k")).sent


@pytest.mark.parametrize("name", ["change", "input", "unknown", "_onclick", ""])
def test_an_event_of_any_name_is_handled_as_htag_does(host: Any, name: str) -> None:
    """One with a handler, with JavaScript, with nothing; what was typed is kept."""
    data = {"value": "typed", "checked": True, "name": "other"}
    app = both(host, lambda app: event_of(app.field, name, **data))
    assert app.instance._app.field._get_attrs()["value"] == "typed"


@pytest.mark.parametrize("data", [{"callback_id": "c"}, {"callback_id": ""}, {}])
def test_an_event_of_no_tag_is_answered_as_htag_does(host: Any, data: Any) -> None:
    """If the page waits for an answer."""
    app = both(host, lambda app: {"id": "gone", "event": "click", "data": data})
    assert len(app.sent) == bool(data.get("callback_id"))


def test_a_partial_of_a_coroutine_function_is_awaited(host: Any) -> None:
    """As with htag."""

    def event(app: Any) -> Any:
        app.field["onfocus"] = functools.partial(app.waits)
        return event_of(app.field, "focus")

    assert "waited" in both(host, event).texts


def test_an_app_may_handle_or_send_itself(host: Any) -> None:
    """By its class, and by an attribute that it gets later."""

    class Sends(App):
        async def broadcast_updates(self, *args: Any, **options: Any) -> None:
            self.seen.append("sends")
            await super().broadcast_updates(*args, **options)

    app = host(Sends)
    root = app.instance._app
    app.receive(event_of(root.field, "change", value="x"))
    assert root.seen[1:] == ["sends"]
    assert ">plain x</b>" in app.texts

    async def handle(message: Any, channel: Any) -> None:
        root.seen.append(message["event"])

    root.handle_event = handle
    app.receive(event_of(root.field, "change"))
    assert root.seen[2:] == ["change"]


def test_another_htag_handles_its_events_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose method does something else, as the names it uses show."""
    assert event_words(runner, core.GTag).are_known

    async def handle_event(app: Any, msg: Any, ws: Any) -> None:
        await app.something_new(msg, ws)

    monkeypatch.setattr(runner.AppRunner, "handle_event", handle_event)
    assert not event_words(runner, core.GTag).are_known
