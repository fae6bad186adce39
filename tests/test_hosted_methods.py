"""A server that another one calls."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import ConfigurationError, MessageLog, create_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quick_htag import QuickServer


@pytest.fixture
def server(no_thread_left: None) -> Iterator[QuickServer]:
    """Without an address."""
    made = create_server(None, log=MessageLog(io.StringIO()))
    yield made
    made.shutdown()
    made.server_close()


def _get(server: QuickServer, path: str) -> tuple[str, list[Any]]:
    heads: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "example.org",
        "wsgi.url_scheme": "http",
    }
    content = server.wsgi(environ, lambda *head: heads.append(head))
    for _ in content:
        pass
    getattr(content, "close", lambda: None)()
    return heads[0]


def test_it_holds_no_socket_and_no_thread():
    """A host may fork after it was made."""
    before = set(threading.enumerate())
    with create_server(None, log=MessageLog(io.StringIO())) as server:
        assert server.fileno() < 0
        assert set(threading.enumerate()) <= before


def test_it_cannot_serve_by_itself(server):
    """And has no address to tell."""
    with pytest.raises(ConfigurationError, match="wsgi or asgi"):
        server.serve_forever()
    with pytest.raises(ConfigurationError):
        _ = server.url


def test_it_answers_for_every_host(server):
    """Which names lead to it the host knows; one may still say so."""
    server.add_text_get_mask("/", lambda req, args: "hello")
    assert _get(server, "/")[0] == "200 OK"
    server.allowed_hosts = ["other.example"]
    assert _get(server, "/")[0] == "421 Misdirected Request"


def test_requests_are_counted(server):
    """As those of a server of its own."""
    server.add_text_get_mask("/", lambda req, args: "hello")
    _get(server, "/")
    assert server.status().requests.by_status == {"2xx": 1}
    assert server.status().threads["workers"] == 0


def test_two_servers_are_two(server):
    """In one host, too."""
    with create_server(None, log=MessageLog(io.StringIO())) as other:
        other.add_text_get_mask("/", lambda req, args: "other")
        assert _get(server, "/")[0] == "404 Not Found"
        assert _get(other, "/")[0] == "200 OK"


def test_a_server_with_an_address_has_it_too(start_server):
    """For what calls it beside its own clients."""
    server = start_server(lambda one: one.add_text_get_mask("/", lambda req, args: "hello"))
    server.allowed_hosts = None
    assert _get(server, "/")[0] == "200 OK"


def test_its_end_is_that_of_the_host(server):
    """Requests that still come are told so; the end may be asked for twice."""
    server.shutdown()
    assert _get(server, "/")[0] == "503 Service Unavailable"
    server.shutdown()
