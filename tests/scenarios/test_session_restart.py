"""A visitor of a live app comes back after a restart, with what the app had noted of him."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag import QuickServer, Settings, SQLiteStore

SETTINGS = Settings(session_cookie="visit")  # the port is another one with each start


@pytest.fixture
def app(live_apps: Path) -> str:
    """An app that notes clicks in the session."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return "session_htag2:App" if hasattr(htag, "State") else "session_htag1:App"


def test_app_routes_and_restart_share_a_session(
    app: str, start_server: Callable[..., QuickServer], tmp_path: Path
) -> None:
    """The app adds inside of a list, which nothing but a look at it could notice."""
    client = importlib.import_module("gui_client")

    def set_up(server: QuickServer) -> None:
        server.bind_htag("/", app)

        @server.json_get("/clicks", 0)
        def clicks(req: Any, args: Any) -> Any:
            req.session["clicks"].append("from a route")
            return req.session["clicks"]

    visitor = None
    found = []
    for _ in "ab":
        with SQLiteStore(tmp_path / "store.db") as store:
            server = start_server(set_up, store=store, settings=SETTINGS)
            page = client.Page(server.url, visitor)
            visitor = page.visitor
            page.open().click("more")
            found += visitor.get(f"{server.url}clicks", timeout=60).json()
            page.open().click("more")
            page.close()
            server.server_close()
    visitor.close()
    app_and_route = ["from the app", "from a route"]
    assert found == [*app_and_route, *app_and_route, "from the app", *app_and_route]
