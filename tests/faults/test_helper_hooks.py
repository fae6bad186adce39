"""What helpers of an app call, failing: reported once, the page and all others go on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag import UploadProgress, check, follow_upload, gui
from quick_htag.messages.request import Request
from quick_htag.testing import GuiPage, TestClient

htag = pytest.importorskip("htag", exc_type=ImportError)

Base: Any = htag.Tag.App if hasattr(htag, "State") else htag.Tag.body
TEXT = "a fault of a helper's"


class Broken(Exception):
    """Raised by every hook here."""


def fail(*_: Any, **__: Any) -> Any:
    """What any hook may be."""
    raise Broken(TEXT)


def _job(work: Callable[[Any], Any], **hooks: Any) -> Callable[[Any], Any]:
    def build(app: Any) -> Any:
        app.bar = gui.JobBar(**hooks)
        app.begin = lambda: app.bar.start(work, {})
        return app.bar.tag

    return build


def _endless(payload: Any) -> None:
    while True:
        check()
        time.sleep(0.01)


def _stopped(app: Any) -> Any:
    tag = _job(_endless, on_cancelled=fail)(app)
    start = app.begin

    def begin() -> None:
        start()
        app.bar.cancel()

    app.begin = begin
    return tag


def _subscribed(app: Any) -> Any:
    app.begin = lambda: gui.publish("news", 1)
    gui.subscribe("news", fail)
    return gui.element("i")


JOBS: dict[str, Callable[[Any], Any]] = {
    "on_done": _job(lambda payload: 1, on_done=fail),
    "on_failed": _job(lambda payload: int("no number"), on_failed=fail),
    "on_cancelled": _stopped,
    "subscribe": _subscribed,
}


def open_app(faulty: Any, build: Callable[[Any], Any]) -> tuple[Any, GuiPage, list[Any]]:
    """A server with an app that has what ``build`` makes, its page, and the app.

    A button "press" calls ``app.begin``, "show" changes the page.
    """
    apps: list[Any] = []

    class App(Base):  # type: ignore[misc]
        imports = ()

        def init(self) -> None:
            self.shown = gui.element("p", "nothing")
            self += self.shown
            self += build(self)
            for handler in (self.press, self.show):
                self += gui.element("button", handler.__name__, _onclick=handler)

        def press(self, *_: Any) -> None:
            self.begin()

        def show(self, *_: Any) -> None:
            self.shown.clear(gui.text("good"))

    one = faulty(lambda server: server.bind_htag("/app", App, on_instance=apps.append))
    return one, GuiPage(TestClient(one.server.app), "/app"), apps


def click(page: GuiPage, name: str) -> None:
    """Click a button; the page may hear of the failure just then."""
    with contextlib.suppress(AssertionError):
        page.click("button", name)


def goes_on(one: Any, page: GuiPage, most: int = 1) -> None:
    """It is in the log, once for each call, and the page does as before."""
    one.until_logged(TEXT)
    click(page, "show")
    page.wait_for("good", "p", 30.0)
    reports = [report for report in one.log.split("ERROR in ") if TEXT in report]
    assert len(reports) <= most, one.log


@pytest.mark.parametrize("name", JOBS)
def test_a_call_of_the_app(faulty: Any, name: str) -> None:
    """Of a job that the app has started, or of a message that it hears."""
    one, page, _ = open_app(faulty, JOBS[name])
    with page:
        click(page, "press")
        goes_on(one, page)


@pytest.mark.parametrize("kind", ["alert", "confirm", "prompt"])
def test_what_follows_an_answer(faulty: Any, kind: str) -> None:
    """Of each dialog."""

    def build(app: Any) -> Any:
        app.begin = lambda: getattr(gui, kind)(app, "well?", fail)
        return gui.element("i")

    one, page, _ = open_app(faulty, build)
    with page:
        click(page, "press")
        page.wait_until(lambda: bool(page.questions), 30.0, "a question")
        page.answer({"alert": None, "confirm": True, "prompt": "so"}[kind])
        goes_on(one, page)


def test_an_upload(faulty: Any) -> None:
    """That has come by a field of the app."""
    one, page, _ = open_app(faulty, lambda app: gui.UploadField(fail).tag)
    with page:
        page.upload("quick-htag-upload", ("a.txt", b"text"))
        goes_on(one, page)


def test_the_progress_of_an_upload(faulty: Any) -> None:
    """Each time it is told, and no more than that."""
    field = lambda app: gui.UploadField(lambda upload: None, on_progress=fail).tag  # noqa: E731
    one, page, _ = open_app(faulty, field)
    with page:
        key, name = page.find("quick-htag-upload").get("data-key"), "abcdefghijklmnopqrst"
        page.send({"helper": {"upload": [key, name, "x.txt"]}})
        uploads = one.server.app.uploads
        uploads.tell(name, UploadProgress(5, 5, "received"))
        goes_on(one, page)


def test_a_followed_upload(faulty: Any) -> None:
    """To any address."""

    def build(app: Any) -> Any:
        tag = gui.element("i")

        def begin() -> None:
            app.name = follow_upload(tag, fail)

        app.begin = begin
        return tag

    one, page, apps = open_app(faulty, build)
    with page:
        click(page, "press")
        watch = one.server.app.uploads.begin(Request("POST", f"/f?upload={apps[0].name}"), 10)
        assert watch is not None
        watch.received(10)
        watch.ended(complete=True)
        goes_on(one, page, most=2)
