"""The example of dialogs asks before it does something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag.testing import GuiPage, open_app

pytest.importorskip("htag", exc_type=ImportError)


@pytest.fixture
def page(load_example: Callable[[str], Any]) -> Iterator[GuiPage]:
    """The list."""
    with open_app(load_example("dialogs").Shopping) as page:
        yield page


def _names(page: GuiPage) -> list[str]:
    return [one.text for one in page.document.select("li")]


def test_a_name_is_asked_for(page: GuiPage) -> None:
    """It is on the list, and the visitor is told."""
    page.answers.append("<tea>")
    page.click("button.add")
    assert _names(page) == ["milk", "bread", "<tea>"]
    assert page.notices[0].text == "<tea> is on the list"


def test_nothing_is_forgotten_by_accident(page: GuiPage) -> None:
    """Only who is sure gets an empty list."""
    page.click("button.clear")
    page.answer(False)
    page.wait_until(lambda: page.notices != [], 20.0)
    assert len(_names(page)) == 2
    page.click("button.clear")
    page.answer(True)
    page.wait_until(lambda: _names(page) == [], 20.0)
