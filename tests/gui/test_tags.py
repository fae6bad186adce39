"""Tags that are made alike with either htag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quick_htag import gui
from quick_htag.testing import open_app

WITHOUT = """
import json, sys
sys.modules["htag"] = None
from quick_htag import EngineMissing, gui
try:
    gui.element("p")
except EngineMissing as error:
    print(json.dumps(str(error)))
"""


def test_without_htag_the_first_use_says_what_to_install() -> None:
    """The package can be imported, for programs whose pages are somewhere else."""
    command = [sys.executable, "-c", WITHOUT]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
    assert "pip install htag" in json.loads(done.stdout), done.stderr


def _app(base: Any) -> Any:
    class App(base):
        imports = ()

        def init(self) -> None:
            self.shown = gui.element("x_box", gui.text("<b>&"), _class="shown", _data_a="1")
            self += self.shown
            self += gui.element("button", "go", _onclick=self.clicked)

        def clicked(self, *_: Any) -> None:
            self.shown.clear(gui.text("<i>"))
            self.shown["data-a"] = "2"

    return App


@pytest.fixture
def app() -> Any:
    """An app of the installed htag."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return _app(htag.Tag.App if hasattr(htag, "State") else htag.Tag.body)


def test_text_is_text(app: Any) -> None:
    """Nothing in it becomes an element, in the first page or later."""
    with open_app(app) as page:
        assert page.find("x-box.shown").text == "<b>&"
        page.click("button")
        shown = page.find("x-box.shown")
        assert (shown.text, shown.get("data-a")) == ("<i>", "2")
