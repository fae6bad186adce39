"""The example of encrypted messages is a diary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.testing import GuiPage, TestClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from quick_htag import QuickServer

pytest.importorskip("htag", exc_type=ImportError)


@pytest.fixture
def server(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> QuickServer:
    """The example, running."""
    return start_server(load_example("parano").bind)


def test_it_keeps_what_is_written(server: QuickServer) -> None:
    """Encrypted both ways."""
    with GuiPage(TestClient(server.app)) as page:
        page.type("input", "today I met Bob")
        page.wait_for("today I met Bob", "li")


@pytest.mark.browser
def test_nobody_on_the_way_reads_it(server: QuickServer, chromium: Browser) -> None:
    """The messages are there, and say nothing."""
    with chromium.new_context() as visitor:
        page, frames = visitor.new_page(), []

        def heard(frame: str) -> None:
            frames.append(frame)

        def opened(socket: Any) -> None:
            socket.on("framesent", heard)
            socket.on("framereceived", heard)

        page.on("websocket", opened)
        page.goto(server.url)
        page.wait_for_function("quick_htag.transport === 'websocket'")
        page.fill("input", "today I met Bob")
        page.keyboard.press("Enter")
        page.wait_for_selector("li:has-text('today I met Bob')")
        assert len(frames) >= 3
        assert not any("Bob" in frame or "{" in frame for frame in frames)
