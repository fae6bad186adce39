"""``kill -9`` at any moment takes nothing back that a page has shown."""

from __future__ import annotations

import contextlib
import importlib
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed

pytest.importorskip("htag", exc_type=ImportError)

ROUNDS = 3
COUNT = re.compile(r'class=\\*"count\\*"[^>]*>(\d+)<')


@pytest.fixture
def start(start_program: Any) -> Callable[[], Any]:
    """``start()``: the program; its process and its URL."""
    return lambda: start_program("serve_kept.py", "store.db")


def _shown_until_it_dies(page: Any, killing: threading.Timer) -> int:
    """Click as fast as it goes, from the first time on as a target; the last number shown."""
    shown = 0
    with contextlib.suppress(ConnectionClosed, OSError):
        while True:
            page.send(page.event_of("more"))
            message: dict[str, Any] = {}
            while message.get("done") != page.sent:
                message = page.receive()
                shown = max([shown, *map(int, COUNT.findall(str(message)))])
            if page.sent == 1:
                killing.start()
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
        shown = max(count, _shown_until_it_dies(page, killing))
        page.close()
        killing.join()
    assert shown > ROUNDS
    visitor.close()
