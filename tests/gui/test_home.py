"""Which instance a tag, or code, belongs to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag import GuiError, gui
from quick_htag.gui.home import desk_of, own_desk
from quick_htag.testing import TestClient


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


def test_something_to_save_is_for_one_visitor_and_one_time(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    """From an event: bytes, a file, or what a generator makes meanwhile; as a helper, too."""
    (tmp_path / "x.dat").write_bytes(b"file")
    things = [b"bytes", tmp_path / "x.dat", (part for part in ("gene", "rator"))]

    def save(app: Any) -> None:
        gui.download(app, things.pop(0), "x.txt")

    site = serve(save)
    with site.page() as page:
        for content in (b"bytes", b"file", b"generator"):
            page.click("button")
            address = page.offers[0]
            assert TestClient(site.server.app).get(address).status == 404
            answer = page.download()
            assert (answer.content, answer.headers["content-disposition"].count("x.txt")) == (
                content,
                1,
            )
            assert site.client.get(address).status == 404
