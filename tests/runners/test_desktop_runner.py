"""What runners with a window share, seen through ``ChromeApp``."""

from __future__ import annotations

import socket
import sys
from io import StringIO
from typing import Any

from quick_htag import MessageLog, Settings
from quick_htag.runners import ChromeApp

LIMIT = 30.0
BRIEF = Settings(desktop_grace=0.05)


class Shown:
    """Stands for a window."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_it_ends_with_its_last_page(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """And closes what was opened."""
    shown = Shown()
    program = run_desktop(ChromeApp, app_name, settings=BRIEF, shown=shown)
    page = open_page(program.url)
    page.click("more")
    page.close()
    assert program.ended()
    assert shown.closed


def test_it_ends_when_its_window_has_gone(run_desktop: Any, app_name: str) -> None:
    """Also before a page was connected."""
    browser = [sys.executable, "-c", "pass"]
    program = run_desktop(ChromeApp, app_name, settings=BRIEF, browsers=[browser], opener=None)
    assert program.ended()


def test_a_reload_does_not_end_it(run_desktop: Any, app_name: str, open_page: Any) -> None:
    """Within the grace a page may leave and come back."""
    program = run_desktop(ChromeApp, app_name, settings=Settings(desktop_grace=60))
    page = open_page(program.url)
    page.close()
    open_page(program.url, page.visitor).click("more")
    assert not program.ended(0)


def test_a_port_in_use_is_not_waited_for(run_desktop: Any, app_name: str) -> None:
    """Another window of the same program may be open."""
    log = StringIO()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = run_desktop(ChromeApp, app_name, port=port, log=MessageLog(log))
        assert f":{port}/" not in program.url
    assert "takes a free one" in log.getvalue()
