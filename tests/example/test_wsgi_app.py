"""The example of an application without a port, called by two WSGI servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from quick_htag.testing import GuiPage
from tests.hosts.conftest import Host

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[[str], tuple[str, subprocess.Popen[str]]]

GUNICORN = ("-m", "gunicorn", "-b", "127.0.0.1:0", "--threads", "8")
LIMIT = 20.0


@pytest.fixture(params=["wsgiref", "gunicorn"])
def url(request: Any, run_example: Run, example: Path) -> Iterator[str]:
    """Where it is, as one of its first lines says."""
    if request.param == "wsgiref":
        yield run_example("wsgi_app")[0]
        return
    host = Host("gunicorn", [*GUNICORN, "--chdir", str(example / "wsgi_app"), "main:application"])
    yield host.url
    host.stop()


def test_it_is_short(example: Path) -> None:
    """Nobody reads a long example."""
    assert len((example / "wsgi_app" / "main.py").read_text().splitlines()) < 60


def test_it_does_what_it_says(url: str, live_apps: Path) -> None:
    """The page, the upload, and the live app."""
    from gui_lines import SocketVisitor

    assert "Called by WSGI" in requests.get(url, timeout=LIMIT).text
    files = {"file": ("a.txt", b"12345")}
    assert requests.post(f"{url}size", files=files, timeout=LIMIT).text == "5 bytes"
    with SocketVisitor(url, "sse") as visitor, GuiPage(visitor, "/counter") as page:
        page.click("button")
        page.wait_for("1", "b", LIMIT)
