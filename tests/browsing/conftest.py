"""A folder with apps for the installed htag, and a server that shows it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag import MessageLog

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 30.0  # seconds


@pytest.fixture
def folder(tmp_path: Path, clean_imports: None, app_source: Callable[..., str]) -> Path:
    """With an app, one that fails, a page, a text, and something beside it."""
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "clock.py").write_text(app_source("'tick'", "Clock"))
    (root / "broken.py").write_text("x = 1\ndef (x\n")
    (root / "page.html").write_text("<p>here</p>")
    (root / "notes.md").write_text("# one\n<two>\n")
    (root / ".dot-file").write_text("secret")
    (tmp_path / "outside.py").write_text("secret")
    return root


class Site:
    """A served folder, and its log."""

    def __init__(self, server: Any, said: StringIO) -> None:
        self.server = server
        self.url = server.url
        self.said = said

    def get(self, path: str, **headers: str) -> requests.Response:
        """The answer to a GET."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(self.url + path, headers=named, timeout=LIMIT)


@pytest.fixture
def serve(start_server: Callable[..., Any]) -> Callable[..., Site]:
    """``serve(folder, *options)``: as the command line serves it."""
    from quick_htag.command_line.arguments import argument_parser
    from quick_htag.command_line.program import _browse

    def serve(folder: Path, *options: str) -> Site:
        said = StringIO()
        given = argument_parser().parse_args(options)

        def setup(server: Any) -> None:
            server.debug = given.debug is not False
            _browse(given, folder, server)

        return Site(start_server(setup, log=MessageLog(said)), said)

    return serve


@pytest.fixture
def site(serve: Callable[..., Site], folder: Path) -> Site:
    """The served folder."""
    return serve(folder)
