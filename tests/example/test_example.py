"""The example: its figures, its search, and the whole of it as a user starts it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from quick_htag import QuickServer

TIMEOUT = 60.0  # seconds
TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of different size, one of them deeper and with a name that is HTML."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "small.txt").write_bytes(b"x" * 10)
    (tmp_path / "large.txt").write_bytes(b"x" * 3000)
    (tmp_path / "deep" / "<b>middle&.txt").write_bytes(b"x" * 200)
    return tmp_path


def test_the_main_file_is_short() -> None:
    """One can read the example in a minute."""
    import main

    assert len(Path(main.__file__).read_text(encoding="utf-8").splitlines()) < 120


def test_figures_are_those_of_a_machine() -> None:
    """Memory and disk have a size, and no more is used than there is."""
    from monitor import MONITOR

    sample = MONITOR.now
    assert sample.memory is not None
    for space in (sample.memory, sample.disk):
        assert 0 < space.used < space.total


@pytest.mark.parametrize(
    ("before", "after", "busy"),
    [((0, 0), (100, 100), 0.0), ((0, 0), (25, 100), 0.75), ((5, 50), (5, 50), None)],
)
def test_busy_share(before: tuple[int, int], after: tuple[int, int], busy: float | None) -> None:
    """What was not idle was busy; without time between two looks nothing is known."""
    from monitor import busy_share

    assert busy_share(before, after, None) == busy


def test_a_chart_without_figures_is_empty() -> None:
    """In the first second there is nothing to draw, and that is valid."""
    import view
    from monitor import Sample, Space

    nothing = Sample(cpu=None, memory=None, disk=Space(1, 2), load=None, uptime=None)
    assert view.chart([nothing]).count('points=""') == 3


def test_the_monitor_ends() -> None:
    """The thread that samples ends with the block."""
    from monitor import Monitor

    with Monitor() as monitor:
        assert "monitor" in [thread.name for thread in threading.enumerate()]
    assert not monitor._thread.is_alive()


def test_largest_files_come_first(folder: Path) -> None:
    """Files of every depth, by size."""
    from finder import Search

    assert Search(str(folder)).run() == [
        (3000, "large.txt"),
        (200, os.path.join("deep", "<b>middle&.txt")),
        (10, "small.txt"),
    ]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_links_are_not_followed(folder: Path) -> None:
    """A link to the folder above does not make a search endless."""
    from finder import Search

    (folder / "deep" / "up").symlink_to(folder, target_is_directory=True)
    assert len(Search(str(folder)).run()) == 3


def test_a_cancelled_search_ends(folder: Path) -> None:
    """A search that nobody waits for stops looking."""
    from finder import Search

    search = Search(str(folder))
    search.cancel()
    assert search.run() == []


def _shown(start: Callable[[object], None]) -> list[str]:
    """What a finder shows until its search is over."""
    from finder import Finder

    shown: list[str] = []

    async def look() -> None:
        async def show(html: str) -> None:
            shown.append(html)

        finder = Finder(show)
        start(finder)
        await asyncio.wait_for(finder._task, TIMEOUT)

    asyncio.run(look())
    return shown


def test_names_are_escaped(folder: Path) -> None:
    """The name of a file is text, not HTML."""
    (last,) = _shown(lambda finder: finder.start(str(folder)))[-1:]
    assert "&lt;b&gt;middle&amp;.txt" in last
    assert "<b>middle" not in last


def test_a_name_that_is_no_unicode_can_be_sent() -> None:
    """Bytes that are no text become question marks."""
    import view

    assert view.safe("bad\udcff") == "bad?"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """The user is told what is wrong with what was typed."""
    (last,) = _shown(lambda finder: finder.start(str(tmp_path / "gone")))
    assert "There is no such folder" in last


def test_a_new_search_ends_the_one_before(folder: Path) -> None:
    """Only the last of two searches gives a result."""

    def start(finder) -> None:
        finder.start("/")
        finder.start(str(folder))

    results = [html for html in _shown(start) if "<table>" in html]
    assert len(results) == 1
    assert "large.txt" in results[0]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1536, "1.5 kB"), (200 << 20, "200 MB"), (3 << 40, "3.0 TB")],
)
def test_sizes_are_for_people(number: int, text: str) -> None:
    """Bytes are told in the unit in which they are a small number."""
    import view

    assert view.size(number) == text


def test_it_starts_answers_and_quits(example: Path) -> None:
    """Started as in the README it serves page, figures and stylesheet, and ends with 0."""
    command = [sys.executable, TOOLS / "check_example.py", example / "main.py"]
    environment = {**os.environ, "PYTHONPATH": str(example.parent)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_commands_answer(
    start_server: Callable[..., QuickServer], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two commands of the example tell what they are for."""
    import main

    server = start_server(main.add_commands)
    server.handle_cmd("load")
    server.handle_cmd(f"biggest {folder}")
    server.handle_cmd(f"biggest {folder / 'gone'}")
    said = capsys.readouterr().err
    assert "memory" in said
    assert "2.9 kB  large.txt" in said
    assert "No such file" in said


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture
def page(chromium: Browser, start_server: Callable[..., QuickServer]) -> Iterator[Page]:
    """The page of the example, open."""
    import main

    with main.MONITOR:
        server = start_server(main.add_pages)
        context = chromium.new_context()
        page = context.new_page()
        page.goto(server.url)
        yield page
        context.close()


@pytest.mark.browser
def test_the_chart_moves_while_one_types(page: Page) -> None:
    """The picture changes by itself and leaves the text that is being typed alone."""
    before = page.inner_html(".chart")
    page.fill("input", "")
    page.type("input", "/some/folder")
    page.wait_for_function("old => document.querySelector('.chart').innerHTML !== old", arg=before)
    page.keyboard.type("/more")
    assert page.input_value("input") == "/some/folder/more"


@pytest.mark.browser
def test_a_folder_is_searched(page: Page, folder: Path) -> None:
    """Typing a folder and Enter shows its largest files."""
    page.fill("input", str(folder))
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer table")
    assert page.locator(".answer tr").all_inner_texts()[0].startswith("large.txt")


@pytest.mark.browser
def test_a_search_can_be_stopped(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button that stops is there while there is something to stop."""
    import finder

    def endless(search: finder.Search) -> finder.Found:
        search._cancelled.wait(TIMEOUT)
        return []

    monkeypatch.setattr(finder.Search, "run", endless)
    assert not page.is_visible(".stop")
    page.fill("input", os.sep)
    page.keyboard.press("Enter")
    page.click(".stop")
    page.wait_for_function("document.querySelector('.answer').innerText.includes('Stopped')")
    assert not page.is_visible(".stop")


@pytest.mark.browser
def test_a_missing_folder_is_an_error_in_the_page(page: Page) -> None:
    """A wrong folder is answered in the page, and the page lives on."""
    page.fill("input", "/there/is/no/such/folder")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .error")
    before = page.inner_html(".chart")
    page.wait_for_function("old => document.querySelector('.chart').innerHTML !== old", arg=before)
