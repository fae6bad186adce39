"""The state of a server from code, and operating it."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from quick_htag import ConfigurationError, MemoryStore, SessionRow, Status
from tests.patience import until

START = {"action": "start", "payload": {}}


def routes(server):
    """A quick route, a slow one, one that begins a session, and a job that waits."""
    go = server.go = threading.Event()
    server.json_get("/quick", 0)(lambda req, args: 1)
    server.json_get("/slow", 0)(lambda req, args: time.sleep(0.02))
    server.json_get("/visit", 0)(lambda req, args: req.session.update(seen=True))
    server.json_worker("/job")(lambda payload: go.wait(60.0))


@pytest.fixture
def server(start_server):
    """It serves those routes."""
    server = start_server(routes)
    yield server
    server.go.set()


def test_requests_are_counted(server):
    """By status and duration, the unreadable ones too."""
    for path in ("quick", "quick", "nothing"):
        requests.get(server.url + path, timeout=30)
    until(lambda: server.status().requests.total == 3)
    found = server.status()
    assert isinstance(found, Status)
    assert found.requests.by_status == {"2xx": 2, "4xx": 1}
    assert 0.0 < found.requests.latency.percentile(50) < 5.0
    assert found.requests.per_second > 0.0
    assert 0.0 < found.uptime < 60.0


def test_slow_routes_are_named(server):
    """The slowest first, quick ones not at all."""
    for path in ("quick", "slow"):
        requests.get(server.url + path, timeout=30)
    until(lambda: server.status().slow_routes)
    assert [(one.method, one.mask) for one in server.status().slow_routes] == [("GET", "/slow")]


def test_connections_by_kind(start_server, app_name):
    """A visitor with a persistent connection, and one with an open websocket."""
    from gui_client import Page

    server = start_server(lambda server: server.bind_htag("/", app_name))
    with requests.Session() as visitor:
        visitor.get(server.url, timeout=30)
        page = Page(server.url, visitor).open()
        until(lambda: server.status().connections["websocket"] == 1)
        found = server.status()
        assert found.connections["idle"] + found.connections["busy"] >= 1
        assert (found.instances, found.pages, found.sessions) == (1, 1, 1)
        assert found.threads["gui"] >= 1
        page.close()


def test_jobs_are_counted_and_cancelled(server):
    """By state; a part of the name is enough."""
    token = requests.post(f"{server.url}job", json=START, timeout=30).json()["token"]
    until(lambda: server.status().jobs["running"] == 1)
    assert not server.cancel_job("")
    assert server.cancel_job(server.list_jobs("state=running")[0].job)
    assert not server.cancel_job(token)
    assert server.list_jobs() == []


def test_tokens_are_counted_where_that_is_cheap(start_server):
    """In a store they would have to be searched for."""
    memory, stored = start_server(), start_server(store=MemoryStore())
    for server in (memory, stored):
        server.get_token_obj("abc")
    assert (memory.status().tokens, stored.status().tokens) == (1, None)
    assert len(stored.list_tokens()) == 1


def test_sessions_are_listed_and_ended(server):
    """One by its name, others by a condition; the cookie is worth nothing then."""
    visitors = [requests.Session() for _ in range(3)]
    for visitor in visitors:
        visitor.get(f"{server.url}visit", timeout=30)
    rows = server.list_sessions("idle<1h", "sort=session")
    assert [type(row) for row in rows] == [SessionRow] * 3
    assert not server.end_session("")
    assert server.end_session(rows[0].session)
    assert not server.end_session(rows[0].session)
    assert server.end_sessions("idle>1h") == 0
    assert server.end_sessions("idle<1h") == 2
    assert (server.list_sessions(), len(server.sessions)) == ([], 0)
    for visitor in visitors:
        visitor.close()


def test_a_session_ends_if_all_its_apps_fit(start_server, app_name):
    """An app that is in use keeps it."""

    def bind(server):
        server.bind_htag("/old", app_name)
        server.bind_htag("/new", app_name)

    server = start_server(bind)
    with requests.Session() as visitor:
        for path in ("old", "new"):
            visitor.get(server.url + path, timeout=30)
    assert server.end_sessions("at=/old") == 0
    assert len(server.list_sessions()) == 2
    assert server.end_sessions("at=/*") == 1


@pytest.mark.parametrize("method", ["list_sessions", "list_tokens", "list_jobs", "end_sessions"])
def test_words_that_make_no_sense(server, method):
    """They are refused with a message that tells what would."""
    with pytest.raises(ConfigurationError, match="no column 'colour'"):
        getattr(server, method)("colour=red")


def test_two_servers_count_apart(start_server):
    """Nothing is shared."""
    first, second = start_server(routes), start_server(routes)
    requests.get(f"{first.url}quick", timeout=30)
    until(lambda: first.status().requests.total == 1)
    assert second.status().requests.total == 0
