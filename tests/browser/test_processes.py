"""A page whose app is in a process of its own, in a browser."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag import Settings

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Any, start_server: Callable[..., Any], app_name: str) -> Any:
    """A page of the app, connected."""

    def setup(server: Any) -> None:
        name = app_name.replace("app_", "own_")
        server.bind_htag("/", name, isolation="process")

    server = start_server(setup, settings=Settings(spare_processes=0))
    with chromium.new_context() as context:
        found = context.new_page()
        found.goto(server.url)
        yield found


def test_clicks_arrive_and_a_crash_is_told(page: Any) -> None:
    """The dialog says that the app has stopped; "Start again" opens one in another process."""
    page.click(".more")
    page.wait_for_selector(".count:text('1')")
    pid = int(re.search(r"pid=(\d+)", page.text_content(".pid"))[1])
    os.kill(pid, signal.SIGKILL)
    page.wait_for_selector("text=The application has stopped unexpectedly.")
    page.click("text=Start again")
    page.wait_for_selector(f".pid:not(:text('pid={pid}'))")
    page.click(".more")
    page.wait_for_selector(".count:text('1')")
