"""Apps that listen to topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag import GuiError, gui
from tests.patience import until


def listening(fun: Callable[[Any, Any], Any]) -> Callable[[Any], list[Any]]:
    """For ``serve(parts=...)``: ``fun(app, data)`` hears the topic "news"."""

    def parts(app: Any) -> list[Any]:
        app.undo = gui.subscribe("news", lambda data: fun(app, data))
        return []

    return parts


def show(app: Any, data: Any) -> None:
    """The plain listener."""
    app.show(f"heard {data['text']}")


def test_every_page_shows_it(serve: Callable[..., Any]) -> None:
    """Two visitors see what an endpoint has published, without a step of theirs."""
    site = serve(parts=listening(show))
    with site.page() as one, site.page() as other:
        site.server.publish("news", {"text": "hello"})
        one.wait_for("heard hello")
        other.wait_for("heard hello")


def steps(app: Any, data: Any) -> Iterator[None]:
    """A generator: its pages follow each step."""
    app.show("begun")
    yield
    app.show(f"heard {data['text']}")


async def later(app: Any, data: Any) -> None:
    """A coroutine."""
    await asyncio.sleep(0)
    app.show(f"heard {data['text']}")


@pytest.mark.parametrize("fun", [steps, later])
def test_listeners_are_handlers(serve: Callable[..., Any], fun: Any) -> None:
    """Generators and coroutines are driven as those of events are."""
    site = serve(parts=listening(fun))
    with site.page() as page:
        site.server.publish("news", {"text": "hello"})
        page.wait_for("heard hello")


def test_an_app_publishes(serve: Callable[..., Any]) -> None:
    """By a handler, to all apps of the server, its own too."""

    def say(app: Any) -> None:
        gui.publish("news", {"text": "me"})

    site = serve(say, parts=listening(show))
    with site.page() as page:
        page.click("button", "say")
        page.wait_for("heard me")


def test_order(serve: Callable[..., Any]) -> None:
    """Messages come in the order in which they were published."""
    heard: list[int] = []
    site = serve(parts=listening(lambda app, data: heard.append(data)))
    with site.page():
        for number in range(200):
            site.server.publish("news", number)
        until(lambda: len(heard) == 200)
    assert heard == list(range(200))


def test_it_ends_with_the_app(serve: Callable[..., Any]) -> None:
    """An app that has ended is not called, and nothing of it is kept."""
    site = serve(parts=listening(show))
    with site.page():
        assert site.server.topics.listeners() == {"news": 1}
        site.server.guis.close(10.0)
        until(lambda: not site.server.topics.listeners())
    site.server.publish("news", {"text": "nobody"})
    assert "failed" not in site.log


def test_undo(serve: Callable[..., Any]) -> None:
    """An app may stop to listen while it lives."""
    site = serve(parts=listening(show))
    with site.page():
        site.app.undo()
        site.app.undo()
        assert site.server.topics.listeners() == {}


def test_a_listener_that_fails(serve: Callable[..., Any]) -> None:
    """It is reported as a handler that fails, and the next message comes."""
    site = serve(parts=listening(show))
    with site.page() as page:
        site.server.publish("news", {})
        site.server.publish("news", {"text": "next"})
        page.wait_for("heard next")
        until(lambda: "KeyError" in site.log)


def test_not_in_an_app() -> None:
    """The error says what to do."""
    for call in (lambda: gui.subscribe("news", print), lambda: gui.publish("news", 1)):
        with pytest.raises(GuiError, match="made by code of an app"):
            call()
