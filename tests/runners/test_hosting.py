"""A runner is an application for other servers."""

from __future__ import annotations

import asyncio
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import MemDict, MessageLog
from quick_htag.runners import AppServer, WebApp, hosting
from tests.transports.asgi_calls import Calls, body_message, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def runner(no_thread_left: None) -> Iterator[AppServer]:
    """Its port must not be needed."""
    made = AppServer(host="192.0.2.1", port=1, log=MessageLog(StringIO()), sesprovider=MemDict)
    made.add_route("/hello", lambda request: f"hello {request.session.get('user')}")
    yield made
    made.close()


def _ask(app: Any) -> bytes:
    async def ask() -> list[dict[str, Any]]:
        return await Calls(app, scope_of("http", "/hello"), body_message()).end()

    sent = asyncio.run(ask())
    assert sent[0]["status"] == 200
    return b"".join(one["body"] for one in sent[1:])


def _environ() -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/hello",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
    }


def test_asgi_calls_it(runner):
    """With three arguments, or first with one and then with two."""
    assert _ask(runner) == b"hello None"
    assert _ask(lambda scope, receive, send: runner(scope)(receive, send)) == b"hello None"
    assert _ask(runner.asgi) == b"hello None"
    assert _ask(runner.app) == b"hello None"


def test_wsgi_calls_it(runner):
    """With two arguments."""
    told: list[str] = []
    content = runner(_environ(), lambda status, fields: told.append(status))
    assert b"".join(content) == b"hello None"
    assert told == ["200 OK"]


def test_it_is_no_factory(runner):
    """Uvicorn tries, and wants a TypeError."""
    with pytest.raises(TypeError):
        runner()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before, it cannot be told")
def test_hosts_see_that_it_is_asgi(runner):
    """By what they ask of a function."""
    import inspect

    assert inspect.iscoroutinefunction(runner.__call__)


def test_one_server_is_made_and_late(runner):
    """When the host calls it, after it may have forked."""
    assert runner._server is None
    _ask(runner)
    first = runner.server
    _ask(runner)
    assert runner.server is first


def test_a_web_app_has_its_app(app_name, no_thread_left):
    """As the one of htag 2, to be mounted."""
    made = WebApp(app_name, log=MessageLog(StringIO()))
    sent: list[Any] = []

    async def ask() -> None:
        sent.extend(await Calls(made.app, scope_of("http", "/"), body_message()).end())

    asyncio.run(ask())
    assert sent[0]["status"] == 200
    assert b"quick_htag_page" in sent[1]["body"]
    made.close()


def test_workers_share_their_sessions(monkeypatch, tmp_path, no_thread_left):
    """When the host may have several, and no other place was given."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/1.0")
    workers = [AppServer(log=MessageLog(StringIO())) for _ in range(2)]
    for one in workers:
        one.add_route("/hello", lambda request: "hello")
        _ask(one)
    workers[0].server.store.put("own:a", 1)
    assert workers[1].server.store.get("own:a") == 1
    for one in workers:
        one.close()


def test_one_process_needs_no_file(monkeypatch):
    """Where nothing tells of others."""
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    assert not hosting.several_processes()
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/1.0")
    assert hosting.several_processes()
