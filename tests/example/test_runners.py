"""Each of the scripts with a runner, started as a program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).resolve().parents[2] / "example" / "runners"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "hello")
LIMIT = 20.0  # seconds

pytest.importorskip("htag", exc_type=ImportError)


@pytest.fixture
def run() -> Iterator[Callable[[str], str]]:
    """``run("app_server")``: its address, once it serves. It finds no browser."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), "0"],
            env={**os.environ, "PYTHONPATH": str(FOLDER.parents[1]), "PATH": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"listens at (http://\S+)", line):
                return found[1]
        raise AssertionError(said)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_they_are_short() -> None:
    """All together."""
    assert sum(len(path.read_text().splitlines()) for path in FOLDER.glob("*.py")) < 60


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_serves_the_app(run: Callable[[str], str], name: str) -> None:
    """At the printed address."""
    url, visitor = run(name), requests.Session()
    text = visitor.get(url, timeout=LIMIT).text
    if name == "htag_server":
        assert 'href="./hello"' in text
        text = visitor.get(url.partition("?")[0] + "hello", timeout=LIMIT).text
    assert "click me" in text
    if name == "app_server":
        assert visitor.get(f"{url}row/5", timeout=LIMIT).json() == {"row": 5}


def test_clicks_are_counted(live_apps: Path, run: Callable[[str], str]) -> None:
    """The app works with either htag."""
    from gui_client import Page

    page = Page(run("runner")).open()
    page.click("more")
    assert "1 clicks" in page.visitor.get(page.url, timeout=LIMIT).text
    page.close()
