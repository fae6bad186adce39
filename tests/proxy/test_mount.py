"""A whole server behind ours, seen from the handler; retries and the log."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import ConfigurationError, HTTPError
from quick_htag.logs import MessageLog
from quick_htag.messages.body import Body
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request
from quick_htag.proxy.mount import ProxyMount
from quick_htag.proxy.target import ProxyTarget
from quick_htag.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def _mount(url: str, text: io.StringIO | None = None, **options: Any) -> ProxyMount:
    log = MessageLog(text or io.StringIO())
    return ProxyMount(ProxyTarget("/px/", url), Settings(), log, read_timeout=5.0, **options)


def _request(method: str = "GET", *fields: tuple[str, str], body: bytes = b"") -> Request:
    return Request(method, "/px/a", Headers([("Host", "us"), *fields]), Body(body))


def _once(sock: socket.socket, _: int) -> None:
    """Answer one request, and end when the second comes."""
    sock.recv(65536)
    sock.sendall(OK)
    sock.recv(65536)


def test_a_stale_connection_is_tried_again_once(upstream: Callable[..., Any]) -> None:
    """A server that ends a kept connection just then is asked on a new one."""
    server = upstream(_once)
    mount = _mount(server.url)
    assert mount.handle(_request()).content() == b"ok"
    assert mount.links.counts == (1, 0)
    assert mount.handle(_request()).content() == b"ok"
    assert server.accepted == 2
    mount.links.close()


def test_what_must_not_run_twice_has_a_new_connection(upstream: Callable[..., Any]) -> None:
    """POST is never sent on a kept connection, so it never needs to be sent again."""
    server = upstream(_once)
    mount = _mount(server.url)
    for _ in range(2):
        assert mount.handle(_request("POST", body=b"x")).content() == b"ok"
    assert server.accepted == 2
    mount.links.close()


def test_an_abandoned_answer_closes_its_connection(upstream: Callable[..., Any]) -> None:
    """A client that leaves in the middle takes the connection with it."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"
    mount = _mount(upstream(answer=answer).url)
    response = mount.handle(_request())
    response.discard()
    assert mount.links.counts == (0, 0)


def test_a_broken_answer_is_reported_and_breaks(upstream: Callable[..., Any]) -> None:
    """What stops in the middle never looks complete; the log has a line."""
    text = io.StringIO()
    mount = _mount(upstream(answer=OK[:-1]).url, text)
    with pytest.raises(ConnectionAbortedError):
        mount.handle(_request()).content()
    assert "proxy /px/: the server behind this one stopped in the middle" in text.getvalue()


def test_an_uninvited_upgrade_is_502(upstream: Callable[..., Any]) -> None:
    """101 without the wish for it is nonsense."""
    mount = _mount(upstream(answer=b"HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n").url)
    with pytest.raises(HTTPError, match="502"):
        mount.handle(_request())
    assert mount.links.counts == (0, 0)


def test_an_upgrade_gives_the_socket_away(upstream: Callable[..., Any]) -> None:
    """The tunnel has what was read too much, and owns the connection."""
    mount = _mount(upstream(answer=b"HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\nfirst").url)
    response = mount.handle(_request("GET", ("Upgrade", "websocket"), ("Connection", "upgrade")))
    assert response.upgrade is not None
    assert response.upgrade.receiver.received == b"first"
    assert mount.links.counts == (0, 0)
    response.discard()


def test_an_upgrade_has_no_body(upstream: Callable[..., Any]) -> None:
    """A body behind the wish for a websocket is sent as one, so it is no second request."""
    heads: list[bytes] = []

    def note(sock: socket.socket, _: int) -> None:
        heads.append(sock.recv(65536))
        sock.sendall(OK)

    mount = _mount(upstream(note).url)
    fields = [("Upgrade", "websocket"), ("Connection", "upgrade")]
    mount.handle(_request("GET", *fields, body=b"GET / HTTP/1.1")).content()
    assert b"upgrade" not in heads[0].lower()
    assert b"Content-Length: 14" in heads[0]
    mount.links.close()


def test_debugging_logs_heads_without_secrets(upstream: Callable[..., Any]) -> None:
    """Lines and fields of both directions; cookies masked, no bodies."""
    text = io.StringIO()
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: geheim\r\nX-A: b\r\nContent-Length: 5\r\n\r\ninner"
    mount = _mount(upstream(answer=answer).url, text)
    mount.debug = True
    mount.handle(_request("POST", ("Authorization", "geheim"), body=b"outer")).content()
    log = text.getvalue()
    assert "POST /a HTTP/1.1" in log
    assert "HTTP/1.1 200" in log
    assert "X-A: b" in log
    assert not any(secret in log for secret in ("geheim", "inner", "outer"))
    mount.links.close()


def test_timeouts_are_positive() -> None:
    """A timeout of nothing cannot work."""
    with pytest.raises(ConfigurationError):
        _mount("http://h", connect_timeout=0)
