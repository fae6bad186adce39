"""Every place where an htag app is called, failing: it is logged once, and all goes on."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from quick_htag import MessageLog, Runner
from tests.patience import until

htag = pytest.importorskip("htag", exc_type=ImportError)

MAJOR = 2 if hasattr(htag, "State") else 1
Tag = htag.Tag
Base: Any = Tag.App if MAJOR == 2 else Tag.div
TEXT = "a fault of the app's"


class Broken(Exception):
    """Raised by every hook here."""


def fail(*_: Any, **__: Any) -> Any:
    """What any hook may be."""
    raise Broken(TEXT)


class App(Base):  # type: ignore[misc]
    """Buttons for every kind of handler; subclasses fail elsewhere."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        handlers = [self.plain, self.awaited, self.steps, self.task, self.good]
        for handler in handlers:
            name = handler.__name__
            call = handler if MAJOR == 2 else getattr(self.bind, name)()
            self.add(Tag.button(name, _class=name, _onclick=call))

    def plain(self, *_: Any) -> None:
        fail()

    async def awaited(self, *_: Any) -> None:
        await asyncio.sleep(0)
        fail()

    def steps(self, *_: Any) -> Iterator[None]:
        yield
        fail()

    def task(self, *_: Any) -> None:
        asyncio.ensure_future(self.awaited())  # noqa: RUF006 it ends before anybody forgets it

    def good(self, *_: Any) -> None:
        pass


class BrokenAtFirst(App):
    """Cannot be built."""

    def init(self) -> None:
        fail()


class BrokenText:
    """A child that cannot be drawn."""

    __str__ = __repr__ = fail


class BrokenDrawing(App):
    """Can be built and not drawn."""

    def init(self) -> None:
        super().init()
        self.add(BrokenText())


class BrokenMount(App):
    """Fails when it is shown; htag 2 has such calls."""

    on_mount = fail


class BrokenEnd(App):
    """Fails when it ends."""

    on_destroy = fail


def once(faulty: Any) -> None:
    """It is reported once, and the server answers."""
    faulty.until_logged(TEXT)
    assert faulty.serves()
    assert [TEXT in report for report in faulty.log.split("ERROR in ")].count(True) == 1, faulty.log


@pytest.mark.parametrize("name", ["plain", "awaited", "steps"])
def test_a_handler(faulty: Any, open_page: Callable[..., Any], name: str) -> None:
    """The page goes on with its app."""
    one = faulty(lambda server: server.bind_htag("/app", App))
    page = open_page(f"{one.url}app/")
    page.click(name)
    page.click("good")
    once(one)


def test_a_task(faulty: Any, open_page: Callable[..., Any]) -> None:
    """What an app does in the background fails alone."""
    one = faulty(lambda server: server.bind_htag("/app", App))
    page = open_page(f"{one.url}app/")
    page.click("task")
    page.click("good")
    once(one)


@pytest.mark.parametrize(
    "app", [BrokenAtFirst, BrokenDrawing, *([BrokenMount] if MAJOR == 2 else [])]
)
def test_an_app_without_a_page(faulty: Any, app: type) -> None:
    """The visitor is told so, others have their apps."""

    def setup(server: Any) -> None:
        server.bind_htag("/broken", app)
        server.bind_htag("/app", App)

    one = faulty(setup)
    assert one.get("broken/").status_code == 500
    assert one.get("app/").status_code == 200
    once(one)
    assert len(one.server.guis) == 1


@pytest.mark.skipif(MAJOR == 1, reason="htag 1 has no such call")
def test_the_end_of_an_app(faulty: Any, open_page: Callable[..., Any]) -> None:
    """It ends all the same."""
    one = faulty(lambda server: server.bind_htag("/app", BrokenEnd))
    open_page(f"{one.url}app/").click("good")
    one.server.guis.clear()
    once(one)
    assert (len(one.server.guis), one.server.guis.left_behind()) == (0, 0)


def test_on_instance(faulty: Any) -> None:
    """Who is told of each instance and fails spoils this one, which leaves nothing."""
    one = faulty(lambda server: server.bind_htag("/app", App, on_instance=fail))
    assert one.get("app/").status_code == 500
    once(one)
    assert len(one.server.guis) == 0


class Leaving(App):
    """Ends itself by a click."""

    def good(self, *_: Any) -> None:
        self.exit()


def test_on_exit(faulty: Any, open_page: Callable[..., Any]) -> None:
    """The app has ended all the same."""
    one = faulty(lambda server: server.bind_htag("/app", Leaving, on_exit=fail))
    page = open_page(f"{one.url}app/")
    page.send(page.event_of("good"))
    once(one)
    until(lambda: len(one.server.guis) == 0)


@pytest.mark.parametrize("way", ["plain", "async"])
def test_a_route_of_a_runner(way: str) -> None:
    """500, and the runner goes on."""

    async def later(request: Any) -> str:
        return str(fail())

    log = io.StringIO()
    runner: Any = Runner(App, host="127.0.0.1", port=0, log=MessageLog(log))
    try:
        runner.add_route("/hook", fail if way == "plain" else later)
        runner.add_route("/ok", lambda request: "ok")
        runner.start()
        answers = [requests.get(f"{runner.url}{path}", timeout=30.0) for path in ("hook", "ok")]
        assert [answer.status_code for answer in answers] == [500, 200]
        assert TEXT in log.getvalue()
    finally:
        runner.close()
