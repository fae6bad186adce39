"""Sessions, tokens and jobs of a real server as rows."""

from __future__ import annotations

import threading

import pytest
import requests

from quick_htag import MemoryStore
from quick_htag.server_rows import job_rows, session_rows, token_rows
from tests.patience import until


def visit(server):
    """A route that begins a session, and a job that waits to be let go."""
    go = server.go = threading.Event()
    server.json_get("/visit", 0)(lambda req, args: req.session.update(seen=True))
    server.json_get("/login", 0)(lambda req, args: req.login("ann"))
    server.json_worker("/job")(lambda payload: go.wait(60.0))


def test_a_session_without_an_app(start_server):
    """Who only asks for data is a session too, by the name of its user."""
    server = start_server(visit)
    with requests.Session() as visitor:
        visitor.get(f"{server.url}visit", timeout=30)
        visitor.get(f"{server.url}login", timeout=30)
        cookies = "".join(visitor.cookies.values())
    (row,) = session_rows(server.sessions, server.guis)
    assert (row.user, row.app, row.pages, row.address) == ("ann", "", 0, "127.0.0.1")
    assert 0.0 <= row.idle <= row.age < 60.0
    assert row.session not in cookies


def test_a_session_with_a_live_app(start_server, app_name):
    """It has one row, with what the app is."""
    server = start_server(lambda server: server.bind_htag("/app", app_name))
    requests.get(f"{server.url}app", timeout=30)
    (row,) = session_rows(server.sessions, server.guis)
    assert (row.app, row.at, row.transport) == ("App", "/app", "-")


@pytest.mark.parametrize("options", [{}, {"store": MemoryStore()}])
def test_tokens_with_their_size(start_server, options):
    """Never the whole token; nothing lives longer because of the list."""
    server = start_server(**options)
    token = server.create_token()
    with server.get_token_obj(token, 100.0) as data:
        data["a"] = "b"
    before = server.get_token_ttl(token)
    (row,) = token_rows(server.tokens)
    assert (row.size, row.keys) == (len('{"a":"b"}'), 1)
    assert row.token == f"{token[:6]}..."
    assert server.get_token_ttl(token) <= before


def test_a_token_with_any_object(live_server):
    """It has no size as JSON."""
    live_server.get_token_obj("abc", None)["a"] = object()
    (row,) = token_rows(live_server.tokens)
    assert (row.token, row.size, row.ttl) == ("...", None, None)


def test_jobs(start_server):
    """They are named as in the log."""
    server = start_server(visit)
    start = {"action": "start", "payload": {}}
    with requests.Session() as visitor:
        visitor.get(f"{server.url}visit", timeout=30)
        token = visitor.post(f"{server.url}job", json=start, timeout=30).json()["token"]
    until(lambda: job_rows(server.jobs.table, server.sessions)[0].state == "running")
    (row,) = job_rows(server.jobs.table, server.sessions)
    server.go.set()
    assert (row.job, row.endpoint, row.state) == (token[-6:], "/job", "running")
    assert row.session == server.sessions.snapshot()[0].short_id
