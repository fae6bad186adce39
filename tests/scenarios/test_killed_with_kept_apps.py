"""``kill -9`` at any moment takes nothing back that a page has shown."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

pytest.importorskip("htag", exc_type=ImportError)

ROUNDS = 3
COUNT = re.compile(r'class=\\*"count\\*"[^>]*>(\d+)<')


@pytest.fixture
def start(live_apps: Path, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """``start()``: the program, at the port it had before; its process and its URL."""
    port = "0"
    started: list[subprocess.Popen[str]] = []

    def begin() -> tuple[subprocess.Popen[str], str]:
        nonlocal port
        command = [sys.executable, str(live_apps / "serve_kept.py"), port, "store.db"]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(live_apps.parents[1])},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        port = re.findall(r":(\d+)/", url)[0]
        return process, url

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=20)


def _shown_until_it_dies(page: Any) -> int:
    """Click as fast as it goes; the last number the page was shown."""
    shown = 0
    with contextlib.suppress(ConnectionClosed, OSError):
        while True:
            page.send(page.event_of("more"))
            message: dict[str, Any] = {}
            while message.get("done") != page.sent:
                message = page.receive()
                shown = max([shown, *map(int, COUNT.findall(str(message)))])
    return shown


def test_what_was_shown_is_there_after_a_kill(start: Any) -> None:
    """In each of some rounds, and not more than one click that was on its way."""
    client = importlib.import_module("gui_client")
    visitor = requests.Session()
    shown = 0
    for number in range(ROUNDS + 1):
        process, url = start()
        page = client.Page(url, visitor)
        count = int(COUNT.findall(page.html)[0])
        assert count in (shown, shown + 1), f"round {number}"
        killing = threading.Timer(0.05 + 0.037 * number, process.kill)
        page.open()
        killing.start()
        shown = max(count, _shown_until_it_dies(page))
        page.close()
        killing.join()
    assert shown > ROUNDS
    visitor.close()
