"""A page of a program that is stopped or killed and started again has its state."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("htag", exc_type=ImportError)
pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """The example that keeps notes, as its user starts it."""

    def __init__(self, folder):
        self._command = [sys.executable, str(ROOT / "example" / "persist" / "main.py")]
        self._folder = folder
        self.port = "0"
        self.process = None

    def start(self):
        """Start it, at the port it had before."""
        self.process = subprocess.Popen(
            [*self._command, self.port, "notes.db"],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = re.search(r":(\d+)/", self._first_line("open http")).group(1)

    def _first_line(self, text):
        return next(line for line in self.process.stderr if text in line)

    def end(self, way):
        """Stop it by ``quit`` at its prompt, or kill it."""
        if way == "kill":
            self.process.kill()
        self.process.communicate(None if way == "kill" else "quit\n", timeout=60)


@pytest.fixture
def program(tmp_path):
    """Started; killed at the end."""
    program = Program(tmp_path)
    program.start()
    yield program
    program.end("kill")


def notes(page):
    """The notes that the page shows."""
    return page.locator("li").all_inner_texts()


@pytest.mark.parametrize("way", ["quit", "kill"])
def test_a_page_comes_back_with_its_state(chromium, program, way):
    """Nobody touches it: what was noted and what was being typed is there, and it goes on."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{program.port}/")
    page.wait_for_function("() => window.quick_htag?.state === 'open'")
    for note in ("one", "two"):
        page.locator("input").press_sequentially(note)
        page.click(".add")
        page.get_by_text(note).wait_for()
    page.locator("input").press_sequentially("half")
    page.locator("input").blur()  # for the app of htag 1, which hears of it then
    page.wait_for_function("() => !document.body.classList.contains('interacting')")
    page.evaluate("window.old = true")
    program.end(way)
    page.wait_for_function("() => quick_htag.state === 'lost'")
    program.start()
    page.wait_for_function("() => !window.old && window.quick_htag?.state === 'open'")
    assert notes(page) == ["one", "two"]
    assert page.locator("input").input_value() == "half"
    page.click(".add")
    page.get_by_text("half").wait_for()
    assert notes(page) == ["one", "two", "half"]
    context.close()
