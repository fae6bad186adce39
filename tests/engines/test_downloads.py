"""What a handler may call ``download`` with, with whichever htag is installed."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag import GuiError, download
from quick_htag.testing import open_app

htag = pytest.importorskip("htag", exc_type=ImportError)
Base = htag.Tag.App if hasattr(htag, "State") else htag.Tag.div


class Plain(Base):  # type: ignore[misc,valid-type]
    """An app without anything."""

    imports: tuple[Any, ...] = ()


class Early(Base):  # type: ignore[misc,valid-type]
    """An app that is too early."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        with pytest.raises(GuiError, match="in no app that is served"):
            download(self, "x")


def test_a_tag_alone_has_no_page() -> None:
    """The developer is told, and nothing is kept."""
    with pytest.raises(GuiError, match="in no app that is served"):
        download(htag.Tag.b("x"), "x")


def test_an_app_that_is_being_built_has_no_page() -> None:
    """There is nobody to save anything yet."""
    with open_app(Early) as page:
        assert not page.offers


def test_an_app_that_has_ended() -> None:
    """Who goes on in a thread is told that there is nobody, and what it had is closed."""
    apps: list[Any] = []
    with open_app(Plain, on_instance=apps.append) as page:
        assert download(apps[0], "x", "x.txt") is True
        page.wait_until(lambda: bool(page.offers))
    assert download(apps[0], "x") is False
