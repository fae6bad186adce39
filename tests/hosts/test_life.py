"""A host ends as fast as it does without us, whatever pages keep open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import requests

from quick_htag.testing import GuiPage
from tests.hosts.conftest import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hosts.conftest import Host

ENDS_WITHIN = 60.0  # seconds; for ever is what some hosts give open answers


@pytest.mark.parametrize("name", ["gunicorn", "uvicorn", "hypercorn"])
def test_open_pages_do_not_hold_a_host_up(
    name: str, start_host: Callable[..., Host], live_apps: Path
) -> None:
    """Streams of events, polls and websockets are closed when it is told to end."""
    from gui_lines import SocketVisitor

    patient = ("--graceful-timeout", "300") if name == "gunicorn" else ()
    host = start_host(name, *COMMANDS[name], *patient)
    lines = ["sse", "poll", *(["websocket"] if host.websockets else [])]
    visitors = [SocketVisitor(host.url, line) for line in lines]
    pages = [GuiPage(visitor, "/app") for visitor in visitors]
    with requests.get(f"{host.url}events", stream=True, timeout=20) as events:
        assert next(events.iter_lines())
        started = time.monotonic()
        host.stop()
        assert time.monotonic() - started < ENDS_WITHIN
    for page, visitor in zip(pages, visitors, strict=True):
        page.close()
        visitor.__exit__()


def test_open_pages_of_a_runner_do_not_hold_gunicorn_up(
    start_host: Callable[..., Host], live_apps: Path
) -> None:
    """Its server is made by the first request, on a thread that cannot watch signals."""
    from gui_lines import SocketVisitor

    words = ("--threads", "16", "--graceful-timeout", "300", "{site}:app")
    host = start_host(
        "gunicorn", "-m", "gunicorn", "-b", "127.0.0.1:0", *words, site="hosted_runner"
    )
    visitor = SocketVisitor(host.url, "sse")
    page = GuiPage(visitor, "/")
    started = time.monotonic()
    host.stop()
    assert time.monotonic() - started < ENDS_WITHIN
    page.close()
    visitor.__exit__()
