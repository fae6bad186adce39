"""Sessions of a whole server: over restarts, with logins, told to the owner."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag import ConfigurationError, MessageLog, QuickServer, Settings, SQLiteStore

TIMEOUT = 30.0


def _routes(server: QuickServer) -> None:
    @server.json_get("/count", 0)
    def count(req: Any, args: Any) -> int:
        with req.session as data:
            data["count"] = data.get("count", 0) + 1
            return int(data["count"])

    @server.json_get("/login/:name", 0)
    def login(req: Any, args: Any) -> bool:
        req.login(args["segments"]["name"])
        return True

    @server.json_get("/me", 0)
    def me(req: Any, args: Any) -> list[Any]:
        return [req.user]


def _ask(visitor: requests.Session, server: QuickServer, path: str) -> Any:
    return visitor.get(f"{server.url}{path}", timeout=TIMEOUT).json()


def test_a_visitor_survives_a_restart(start_server: Callable[..., Any], tmp_path: Path) -> None:
    """The cookie still works, and the data is there."""
    settings = Settings(session_cookie="visit", signed_sessions=True)
    visitor = requests.Session()
    for expected in ([1, 2], [3, 4]):
        with SQLiteStore(tmp_path / "store.db") as store:
            server = start_server(_routes, store=store, settings=settings)
            assert [_ask(visitor, server, "count") for _ in "ab"] == expected
            server.server_close()
    assert list(visitor.cookies.keys()) == ["visit"]
    visitor.close()


def test_two_servers_with_one_store(start_server: Callable[..., Any], tmp_path: Path) -> None:
    """A visitor may be sent to either, for each request."""
    settings = Settings(session_cookie="visit")
    with SQLiteStore(tmp_path / "a") as one, SQLiteStore(tmp_path / "a") as two:
        servers = [start_server(_routes, store=store, settings=settings) for store in (one, two)]
        with requests.Session() as visitor:
            assert [_ask(visitor, server, "count") for server in servers * 2] == [1, 2, 3, 4]
            _ask(visitor, servers[0], "login/ann")
            assert _ask(visitor, servers[1], "me") == ["ann"]
            assert servers[1].logout_everywhere("ann") == 1
            assert [_ask(visitor, server, "me") for server in servers] == [[None], [None]]
        for server in servers:
            server.server_close()


def test_beginnings_and_ends_are_told(start_server: Callable[..., Any]) -> None:
    """To functions of the owner; one that fails is in the log and stops nothing."""
    written = StringIO()
    server = start_server(_routes, log=MessageLog(written))
    told: list[Any] = []

    @server.on_session_start
    def start(session: Any) -> None:
        told.append(session.short_id)
        raise RuntimeError("on purpose")

    server.on_session_end(lambda session, reason: told.append((session.user, reason)))
    with requests.Session() as visitor:
        _ask(visitor, server, "count")
        _ask(visitor, server, "login/ann")
    server.logout_everywhere("ann")
    assert told[1:] == [("ann", "the user has logged out")]
    assert "on purpose" in written.getvalue()


def test_a_provider_of_htagweb(start_server: Callable[..., Any]) -> None:
    """By its name there."""
    server = start_server(_routes, sesprovider="MemDict")
    with requests.Session() as visitor:
        assert _ask(visitor, server, "count") == 1
    assert len(server.store.keys("session:")) == 1


def test_a_cookie_has_a_plain_name(start_server: Callable[..., Any]) -> None:
    """Anything else would break the field it is in."""
    with pytest.raises(ConfigurationError, match="session_cookie"):
        start_server(settings=Settings(session_cookie="my; session"))


@pytest.mark.parametrize("store", ["visits.db", SQLiteStore, 5])
def test_what_is_no_store_is_said_at_once(store: Any) -> None:
    """And not with each request."""
    with pytest.raises(ConfigurationError, match="SQLiteStore"):
        QuickServer(("127.0.0.1", 0), store=store)


def test_a_failed_answer_keeps_the_session(start_server: Callable[..., Any]) -> None:
    """After a login the old cookie is worth nothing, so an answer with 500 has the new one."""

    def setup(server: QuickServer) -> None:
        _routes(server)

        @server.json_get("/broken", 0)
        def broken(req: Any, args: Any) -> None:
            req.login("ann")
            req.session["a"] = object()

    server = start_server(setup)
    with requests.Session() as visitor:
        assert _ask(visitor, server, "count") == 1
        assert visitor.get(f"{server.url}broken", timeout=TIMEOUT).status_code == 500
        assert (_ask(visitor, server, "me"), _ask(visitor, server, "count")) == (["ann"], 2)
