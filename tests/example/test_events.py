"""The example of events counts, and goes on where the page was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from quick_htag import QuickServer


@pytest.fixture
def server(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> QuickServer:
    """The example, running."""
    return start_server(load_example("events").add_routes)


@pytest.mark.parametrize(("last", "number"), [("", 1), ("1", 2)])
def test_it_goes_on(server: QuickServer, last: str, number: int) -> None:
    """After the last event the page has got."""
    headers = {"Last-Event-ID": last} if last else {}
    with requests.get(f"{server.url}count", headers=headers, stream=True, timeout=30) as answer:
        lines = answer.iter_lines()
        assert next(lines) == f"id: {number}".encode()


@pytest.mark.browser
def test_the_page(server: QuickServer, chromium: Browser) -> None:
    """It counts up."""
    with chromium.new_context() as visitor:
        page = visitor.new_page()
        page.goto(server.url)
        page.wait_for_function("document.querySelector('b').textContent > 1")
        assert page.inner_text("i") == "connected"
