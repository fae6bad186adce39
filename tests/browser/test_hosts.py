"""A real browser at servers of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hosts.conftest import COMMANDS, Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(params=["uvicorn", "gunicorn"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """The site, in a host with websockets and in one without."""
    pytest.importorskip("htag", exc_type=ImportError)
    found = Host(request.param, list(COMMANDS[request.param]))
    yield found
    found.stop()


def test_a_page_lives(host: Host, chromium: Browser) -> None:
    """Events and pushes arrive; without websockets the page does not even try one."""
    page = chromium.new_context().new_page()
    failures: list[str] = []
    sockets: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("websocket", lambda one: sockets.append(one.url))
    page.goto(f"{host.url}app")
    page.locator(".more").click()
    page.locator(".count", has_text="1").wait_for()
    page.locator(".push").click()
    page.locator(".told", has_text="pushed").wait_for()
    assert bool(sockets) is host.websockets
    assert failures == []
    page.context.close()
