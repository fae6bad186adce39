"""The example of topics: pages hear each other, endpoints, and other servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag import QuickServer, RedisStore
from quick_htag.testing import GuiPage, TestClient

pytest.importorskip("htag", exc_type=ImportError)


def test_everybody_hears_everybody(
    load_example: Callable[[str], Any], start_server: Callable[..., QuickServer]
) -> None:
    """A click in one page and a request without a page show up in both pages, in order."""
    server = start_server(load_example("topics").add_routes)
    client, other_client = TestClient(server.app), TestClient(server.app)
    with GuiPage(client) as one, GuiPage(other_client) as other:
        one.click("button", "coffee")
        for page in (one, other):
            page.wait_for("coffee", "ul")
        assert other_client.post("/say", json={"text": "<b>"}).json() == {}
        for page in (one, other):
            page.wait_for("<b>", "ul")
            assert [item.text for item in page.document.select("li")] == ["coffee", "<b>"]


def test_two_servers(
    load_example: Callable[[str], Any],
    start_server: Callable[..., QuickServer],
    redis_server: Any,
) -> None:
    """With a Redis a page of one server hears what a page of the other sends."""
    add_routes = load_example("topics").add_routes
    with RedisStore(redis_server.url) as store, RedisStore(redis_server.url) as other_store:
        servers = [start_server(add_routes, store=each) for each in (store, other_store)]
        with GuiPage(TestClient(servers[0].app)) as one, GuiPage(TestClient(servers[1].app)) as two:
            one.click("button", "lunch")
            two.wait_for("lunch", "ul")
        for server in servers:
            server.server_close()
