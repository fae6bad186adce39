"""HTML and JavaScript that the pages show, in a real browser."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import Response, progress
from tests.docs.blocks import PAGES, ROOT, Block, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

# what the page around the script of docs/jobs.rst has
AROUND = """<!doctype html><progress id="bar" max="1"></progress><ul id="list"></ul>
<button id="cancelButton">cancel</button>
<script>
const show = (result) => (window.shown = result), tell = (text) => (window.told = text);
</script>
"""


def _blocks(page: str, kind: str) -> list[Block]:
    return [block for block in read(ROOT / "docs" / f"{page}.rst") if block.kind == kind]


def _python_with(page: str, text: str) -> str:
    """The first Python block with some text in it."""
    return next(block.source for block in _blocks(page, "python") if text in block.source)


@pytest.fixture
def visit(
    chromium: Browser, start_server: Callable[..., Any], tmp_path: Path, monkeypatch: Any
) -> Iterator[Callable[..., Page]]:
    """``visit(setup, path)``: the page at a path of a server that ``setup`` has prepared."""
    monkeypatch.chdir(tmp_path)
    contexts: list[Any] = []

    def open_page(setup: Callable[[Any], Any], path: str) -> Page:
        server = start_server(setup)
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.goto(server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_the_job_of_the_tutorial_shows_its_result(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    """The page of the tutorial follows its job to the end."""
    (page,) = _blocks("tutorial", "html")

    def setup(server: Any) -> None:
        (tmp_path / page.caption).parent.mkdir()
        (tmp_path / page.caption).write_text(page.source, encoding="utf-8")
        source = _python_with("tutorial", "@server.json_worker")
        exec(source, {"server": server, "progress": progress})

    shown = visit(setup, "static/primes.html")
    shown.wait_for_function("document.querySelector('output').value === '17984 primes'")


@pytest.mark.browser
def test_the_page_of_jobs_follows_one(visit: Callable[..., Page]) -> None:
    """The script of the page about jobs gets the result, and cancels."""
    (block,) = _blocks("jobs", "html")
    html = AROUND + block.source.replace("1e8", "10")

    def setup(server: Any) -> None:
        exec(
            _python_with("jobs", '"/api/sum"').replace("server.cache =", "_ ="), {"server": server}
        )
        server.link_legacy_worker_js("/js/worker.js")
        server.text_get("/page", 0)(lambda req, args: Response(html, ctype="text/html"))

    page = visit(setup, "page")
    page.wait_for_function("window.shown === 45")
    page.click("button")
    assert page.evaluate("window.told") is None


@pytest.mark.browser
def test_the_module_of_the_example_is_used_like_that(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    """The module in the page about jobs finds identical files."""
    (block,) = _blocks("jobs", "javascript")
    script = f'<script type="module">{block.source}window.found = identical;</script>'
    (tmp_path / "lib").mkdir()
    for name in ("one", "two"):
        (tmp_path / "lib" / name).write_text("the same")

    def setup(server: Any) -> None:
        runpy.run_path(str(ROOT / "example/worker/main.py"))["add_worker"](server, tmp_path)
        server.text_get("/page", 0)(lambda req, args: Response(script, ctype="text/html"))

    page = visit(setup, "page")
    page.wait_for_function("window.found")
    assert page.evaluate("window.found") == [["lib/one", "lib/two"]]


def test_every_script_is_tested() -> None:
    """A new one gets a test here."""
    tested = {("tutorial", "html"): 1, ("jobs", "html"): 1, ("jobs", "javascript"): 1}
    found: dict[tuple[str, str], int] = {}
    for path in PAGES:
        for block in read(path):
            if block.kind in ("html", "javascript"):
                key = (path.stem, block.kind)
                found[key] = found.get(key, 0) + 1
    assert found == tested
