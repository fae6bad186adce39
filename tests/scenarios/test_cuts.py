"""A page whose connection is cut after every single message, on the transports over HTTP."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from quick_htag import QuickServer

LIMIT = 30.0
EVENTS = 40


@pytest.fixture
def server(start_server: Callable[..., QuickServer], app_name: str) -> QuickServer:
    """With the live app at its root, which pushes all the time."""
    return start_server(lambda server: server.bind_htag("/", app_name))


@pytest.mark.parametrize("ways", [["events"], ["polls"], ["events", "polls"]], ids="-".join)
def test_a_cut_after_every_message_loses_and_repeats_nothing(
    server: QuickServer, ways: list[str]
) -> None:
    """Each payload is applied once and in order, each event handled once, on whatever transport."""
    page = importlib.import_module("raw_page").RawPage(server)
    for cut in range(1, EVENTS + 1):
        messages = getattr(page, f"by_{ways[cut % len(ways)]}")()
        page.take(next(messages))
        page.send(1)
        for _ in range(cut % 7):
            page.take(next(messages))
        messages.close()
    end = time.monotonic() + LIMIT
    messages = page.by_events()
    page.send(0)
    while len(page.done) < EVENTS:
        assert time.monotonic() < end, sorted(page.done)
        page.take(next(messages))
    messages.close()
    first, last = page.numbers[0], page.numbers[-1]
    assert page.numbers == list(range(first, last + 1))
    html = page.request("GET", "/?").body.decode()
    assert re.search(rf'class="count"[^>]*>{EVENTS}<', html), "clicks were lost or run twice"
