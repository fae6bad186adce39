"""The document of an htag 2 app."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from quick_htag.errors import AppFailed

try:
    from htag import Tag
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )

assert AppRunner


class Plain(Tag.App):
    """Shows a word."""

    def init(self) -> None:
        self += Tag.b("plain")


def test_the_page_is_complete(host: Any) -> None:
    """The page has a place for the host's scripts, no absolute link and no token."""
    parts = host(Plain).page()
    assert parts.html.count("<head>") == 1
    assert parts.html.index("<head>") < parts.html.index("htag_transport")
    assert "/logo.png" not in parts.html
    assert "window.HTAG_CSRF = null" in parts.html
    assert parts.script == ""


def test_a_forced_transport_is_not_obeyed(host: Any) -> None:
    """The cookie of htag's own server does not cut off our transport."""
    html = host(Plain).page("/", "htag_mode=http").html
    assert "window.WebSocket=" not in html


def test_a_static_that_fails_is_no_page(host: Any) -> None:
    """A static that raises fails the page; htag would leave all of them out without a word."""

    class Broken(Tag.App):
        statics = (Tag.style(lambda: 1 / 0),)

    with pytest.raises(AppFailed, match="ZeroDivisionError"):
        host(Broken).page()


@pytest.mark.parametrize("kind", ["class", "attribute"])
def test_the_app_may_draw_itself(host: Any, kind: str) -> None:
    """The method it has in place of htag's is called for each page, and kept."""
    drawn: list[Any] = []

    class Own(Plain):
        def init(self) -> None:
            super().init()
            if kind == "attribute":
                self.render_initial = lambda: draw(self)

    def draw(app: Any) -> str:
        drawn.append(app)
        return app.render_tag(app)

    if kind == "class":
        Own.render_initial = draw
    app = host(Own)
    assert ["plain</b>" in app.page().html for _ in range(2)] == [True, True]
    app.session.call(app.instance._app.render_initial)
    assert len(drawn) == 3


def test_the_last_failure_fails_the_page(host: Any) -> None:
    """The one of a static comes after that of the body; the next page is rendered anew."""

    class Broken(Plain):
        fails = True
        statics = (Tag.style(lambda: Broken.fails and {}["static"]),)

        def init(self) -> None:
            super().init()
            self += lambda: 1 / (not Broken.fails)

    app = host(Broken)
    with pytest.raises(AppFailed, match="KeyError"):
        app.page()
    Broken.fails = False
    assert "plain</b>" in app.page().html


def test_what_an_app_sets_while_it_is_rendered_stays(host: Any) -> None:
    """A method of its own, in place of one that is only there for the page."""
    done: list[bool] = []

    class Sets(Plain):
        def init(self) -> None:
            super().init()
            self += self.set_own

        def set_own(self) -> str:
            if not done:
                self.collect_statics = lambda tag, found: "own title"
                done.append(True)
            return ""

    app = host(Sets)
    assert ["<title>own title</title>" in app.page().html for _ in range(2)] == [True, True]


def test_nothing_of_ours_stays_in_the_app(host: Any) -> None:
    """Nor does a page that failed leave anything."""

    class Broken(Plain):
        statics = (Tag.style(lambda: 1 / 0),)

    for kind, fails in ((Plain, False), (Broken, True)):
        app = host(kind)
        with pytest.raises(AppFailed) if fails else nullcontext():
            app.page()
        assert vars(app.instance._app).keys().isdisjoint({"render_initial", "collect_statics"})
