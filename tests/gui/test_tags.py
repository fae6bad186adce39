"""Tags that are made alike with either htag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from quick_htag import gui

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


def test_text_is_text(serve: Any) -> None:
    """Nothing in it becomes an element, in the first page or later."""

    def change(app: Any) -> None:
        app.box.clear(gui.text("<i>"))
        app.box["data-a"] = "2"

    def parts(app: Any) -> list[Any]:
        app.box = gui.element("x_box", gui.text("<b>&"), _class="shown", _data_a="1")
        return [app.box]

    with serve(change, parts=parts).page() as page:
        assert page.find("x-box.shown").text == "<b>&"
        page.click("button")
        shown = page.find("x-box.shown")
        assert (shown.text, shown.get("data-a")) == ("<i>", "2")


def test_children_are_in_order(serve: Any) -> None:
    """Tags and texts, and an element has as many as one likes."""

    def parts(app: Any) -> list[Any]:
        return [gui.element("ol", gui.element("li", "a"), gui.element("li", "b"))]

    with serve(parts=parts).page() as page:
        assert [one.text for one in page.document.select("ol > li")] == ["a", "b"]
