"""Messages over the page: who shows them, and what cannot be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag import ConfigurationError, GuiError, gui
from quick_htag.testing import Notice


def test_the_page_that_was_clicked_shows_it(serve: Callable[..., Any]) -> None:
    """Another tab of the visitor does not; texts are texts."""

    def note(app: Any) -> None:
        assert gui.notify(app, "saved <b>", "success")

    site = serve(note)
    with site.page() as page, site.page() as other:
        page.click("button")
        assert page.notices == [Notice("saved <b>", "success")]
        other.click("button")
        assert other.notices == [Notice("saved <b>", "success")]


def test_from_a_thread_all_pages_show_it(serve: Callable[..., Any]) -> None:
    """What happens in the background concerns every tab."""

    def later(app: Any) -> None:
        threading.Thread(target=gui.notify, args=(app, "done")).start()

    site = serve(later)
    with site.page() as page, site.page() as other:
        page.click("button")
        for one in (page, other):
            one.wait_until(lambda one=one: one.notices == [Notice("done", "info")])


def test_a_page_that_was_away_shows_it_once(serve: Callable[..., Any]) -> None:
    """It is a payload like others: numbered, and sent again."""
    site = serve()
    with site.page() as page:
        page.drop()
        assert gui.notify(site.app, "meanwhile")
        page.connect()
        page.wait_until(lambda: len(page.notices) == 1)
        page.drop()
        page.connect()
        assert gui.notify(site.app, "last")
        page.wait_until(lambda: len(page.notices) == 2)


def test_an_app_that_has_ended_is_told(serve: Callable[..., Any]) -> None:
    """So that a thread can stop."""
    site = serve()
    with site.page():
        site.server.guis.clear()
        assert not gui.notify(site.app, "hello?")


def test_what_cannot_be_is_said(serve: Callable[..., Any]) -> None:
    """A level nobody knows, no time at all, and a tag that is in no app."""
    with serve().page():
        with pytest.raises(ConfigurationError, match="info, success, warning, error"):
            gui.notify(None, "", "bad")  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="above 0"):
            gui.notify(None, "", seconds=0)
        with pytest.raises(GuiError, match="notify is for handlers"):
            gui.notify(gui.element("p"), "")


def test_messages_of_the_page_are_encrypted_too(serve: Callable[..., Any]) -> None:
    """With ``parano`` as everything else."""
    pytest.importorskip("Cryptodome")

    def note(app: Any) -> None:
        gui.notify(app, "secret")

    with serve(note, parano=True).page() as page:
        page.click("button")
        assert page.notices == [Notice("secret", "info")]
