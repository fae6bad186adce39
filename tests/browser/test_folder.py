"""The page of a folder in a real browser: the filter, the keyboard, and apps at a click."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.browser

APP = """from htag import Tag


class {0}(Tag.App if {1} else Tag.body):
    '''Counts {0}.'''

    def init(self):
        self.number = Tag.b("0", _class="number")
        click = self.clicked if {1} else self.bind.clicked()
        self += Tag.button("more", _class="more", _onclick=click)
        self += self.number

    def clicked(self, *_):
        self.number.clear({2})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """With two apps, a broken file, a page and a folder."""
    htag2 = hasattr(pytest.importorskip("htag", exc_type=ImportError), "State")
    (tmp_path / "apples.py").write_text(APP.format("Apples", htag2, "'1'"))
    (tmp_path / "pears.py").write_text(APP.format("Pears", htag2, "'1'"))
    (tmp_path / "broken.py").write_text("x = 1\ndef (x\n")
    (tmp_path / "notes.md").write_text("words\n" * 100)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "hidden treasure.md").write_text("")
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    for name in ("apples", "pears"):
        sys.modules.pop(name, None)


@pytest.fixture
def opened(folder: Path, start_server: Callable[..., Any], chromium: Any) -> Iterator[Any]:
    """``opened(**context)``: the page, in a context with these options."""
    from quick_htag.command_line.arguments import argument_parser
    from quick_htag.command_line.program import _browse

    given = argument_parser().parse_args([])
    server = start_server(partial(_browse, given, folder))
    contexts = []

    def show(**options: Any) -> Any:
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto(server.url)
        return page

    yield show
    for context in contexts:
        context.close()


def shown(page: Any) -> list[str]:
    """The names of the files that can be seen."""
    names: list[str] = page.locator(".files li:visible a:first-of-type").all_inner_texts()
    return [name for name in names if not name.startswith(("line", "source"))]


def test_an_app_is_a_click_away(opened: Any, folder: Path) -> None:
    """It is live, and comes back changed when its file has changed."""
    page = opened()
    page.get_by_role("link", name="Apples").first.click()
    page.locator(".more").click()
    page.locator(".number", has_text="1").wait_for()
    source = (folder / "apples.py").read_text()
    (folder / "apples.py").write_text(source.replace("'1'", "'other'"))
    page.reload()
    page.locator(".more").click()
    page.locator(".number", has_text="other").wait_for()


def test_the_filter_follows_each_letter(opened: Any) -> None:
    """Apps and files; the end of it shows everything again. The policy lets its script run."""
    page = opened()
    assert page.locator(".cards li:visible").count() == 2
    page.keyboard.press("/")
    page.keyboard.type("pea")
    page.wait_for_function("document.querySelectorAll('.cards li:not([hidden])').length === 1")
    assert (shown(page), page.input_value("input")) == (["pears.py"], "pea")
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelectorAll('li[hidden]').length === 0")
    assert page.said == []


def test_the_keyboard_is_enough(opened: Any) -> None:
    """To find something, go there and open it."""
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("apples")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".more").wait_for()


def test_a_search_goes_down(opened: Any) -> None:
    """With Enter, and what it finds can be opened."""
    page = opened()
    page.fill("input", "treasure")
    page.keyboard.press("Enter")
    page.get_by_text("1 found for").wait_for()
    page.get_by_role("link", name="hidden treasure.md").click()
    page.wait_for_url("**/deep/hidden%20treasure.md?source")


def test_it_works_without_a_script(opened: Any) -> None:
    """All but the filter."""
    page = opened(java_script_enabled=False)
    assert "broken.py" in shown(page)
    page.get_by_role("link", name="line 2:").click()
    page.wait_for_url("**/broken.py#L2")
    page.get_by_role("navigation").get_by_role("link").click()
    page.fill("input", "treasure")
    page.locator("input").press("Enter")
    page.get_by_text("1 found for").wait_for()


def test_both_themes_can_be_read(opened: Any) -> None:
    """What is written stands out, in light and in dark."""
    for scheme in ("light", "dark"):
        page = opened(color_scheme=scheme)
        text, card = page.evaluate(
            "() => [getComputedStyle(document.body).color,"
            " getComputedStyle(document.querySelector('.files')).backgroundColor]"
        )
        assert contrast(text, card) > 7


def contrast(first: str, second: str) -> float:
    """That of two colours, as WCAG 2 has it."""

    def light(colour: str) -> float:
        parts = [int(one) / 255 for one in colour[4:-1].split(",")]
        linear = [
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(first), light(second)))
    return (high + 0.05) / (low + 0.05)
