"""Which instance a tag, or code, belongs to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag import GuiError
from quick_htag.gui.home import desk_of, own_desk


def test_code_knows_its_app(serve: Callable[..., Any]) -> None:
    """While it is built, in handlers, and not on other threads."""
    found: list[Any] = []

    def look(app: Any) -> None:
        found.append(own_desk("it"))
        thread = threading.Thread(target=outside)
        thread.start()
        thread.join()

    def outside() -> None:
        with pytest.raises(GuiError, match="it is made by code of an app"):
            own_desk("it")
        found.append(None)

    def parts(app: Any) -> list[Any]:
        found.append(own_desk("it"))
        return []

    site = serve(look, parts=parts)
    with site.page() as page:
        page.click("button")
        assert found == [found[0], found[0], None]
        assert desk_of(site.app.shown, "it") is found[0]


def test_an_app_that_is_being_built_has_no_pages(serve: Callable[..., Any]) -> None:
    """Whoever wants to tell them something is told."""

    def parts(app: Any) -> list[Any]:
        with pytest.raises(GuiError, match="it is for handlers"):
            desk_of(app, "it")
        return []

    with serve(parts=parts).page():
        pass
