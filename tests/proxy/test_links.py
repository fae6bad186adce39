"""Connections to one target: kept, bounded, closed."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.proxy.links import Links
from quick_htag.proxy.target import ProxyTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _links(url: str, **options: Any) -> Links:
    given = {"connect_timeout": 5.0, "read_timeout": 5.0, "keep": 1, "keep_for": 10.0, **options}
    return Links(ProxyTarget("/px/", url), **given)


def _hold(sock: socket.socket, _: int) -> None:
    while sock.recv(100):
        pass


def test_a_connection_is_used_again(upstream: Callable[..., Any]) -> None:
    """What was given back is taken first, unless a new one is asked for."""
    links = _links(upstream(_hold).url)
    link = links.take()
    links.give_back(link)
    assert links.take() is link
    other = links.take(fresh=True)
    assert other is not link
    assert links.counts == (0, 2)
    for one in (link, other):
        links.drop(one)


def test_idle_connections_are_bounded(upstream: Callable[..., Any]) -> None:
    """More than the limit are closed."""
    links = _links(upstream(_hold).url)
    taken = [links.take(), links.take()]
    for link in taken:
        links.give_back(link)
    assert links.counts == (1, 0)
    assert taken[1].sock.fileno() < 0
    links.close()


def test_an_old_connection_is_not_used_again(upstream: Callable[..., Any], clock: Any) -> None:
    """The server may be about to close it."""
    links = _links(upstream(_hold).url, clock=clock)
    link = links.take()
    links.give_back(link)
    clock.advance(11)
    other = links.take()
    assert other is not link
    assert link.sock.fileno() < 0
    links.drop(other)


def test_closing_ends_all(upstream: Callable[..., Any]) -> None:
    """Idle connections are closed, others woken, new ones refused."""
    links = _links(upstream(_hold).url)
    busy, idle = links.take(), links.take()
    links.give_back(idle)
    links.close()
    links.close()
    assert idle.sock.fileno() < 0
    with pytest.raises(HTTPError, match="503"):
        busy.exchange("GET", b"GET / HTTP/1.1\r\n\r\n", iter(()), None)
    links.drop(busy)
    with pytest.raises(HTTPError, match="503"):
        links.take()


def test_nobody_there_is_502() -> None:
    """A refused connection is told at once."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(HTTPError, match="502"):
        _links(f"http://127.0.0.1:{port}").take()


def test_a_server_without_tls_is_502(upstream: Callable[..., Any]) -> None:
    """An https target that does not prove who it is gets no request."""

    def refuse(sock: socket.socket, _: int) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 400 no TLS here, please go away\r\n\r\n")

    port = upstream(refuse).port
    with pytest.raises(HTTPError, match="502"):
        _links(f"https://127.0.0.1:{port}").take()


def test_a_silent_handshake_is_504(upstream: Callable[..., Any]) -> None:
    """TLS has the timeout of the connection."""
    port = upstream(_hold).port
    with pytest.raises(HTTPError, match="504"):
        _links(f"https://127.0.0.1:{port}", connect_timeout=0.1).take()


def test_a_handshake_can_be_ended(upstream: Callable[..., Any]) -> None:
    """A server that stops does not wait for it."""
    links = _links(f"https://127.0.0.1:{upstream(_hold).port}")
    timer = threading.Timer(0.05, links.close)
    timer.start()
    with pytest.raises(HTTPError, match="503"):
        links.take()
    timer.join()
    assert links.counts == (0, 0)


def test_silent_connections_can_be_ended(upstream: Callable[..., Any], clock: Any) -> None:
    """Those of which nothing was heard since a moment."""
    links = _links(upstream(_hold).url, clock=clock)
    old = links.take()
    clock.advance(1)
    new = links.take()
    links.end_silent(clock.now - 1)
    with pytest.raises(HTTPError, match="503"):
        old.exchange("GET", b"GET / HTTP/1.1\r\n\r\n", iter(()), None)
    assert new.is_silent()
    for link in (old, new):
        links.drop(link)


@pytest.fixture
def full() -> Iterator[int]:
    """A port where connections are neither taken nor refused."""
    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(sock.getsockname())
        yield sock.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse when their queue is full")
def test_a_connection_that_nobody_takes_is_504(full: int) -> None:
    """After its time."""
    with pytest.raises(HTTPError, match="504"):
        _links(f"http://127.0.0.1:{full}", connect_timeout=0.1).take()


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse when their queue is full")
def test_connecting_can_be_ended(full: int) -> None:
    """A server that stops does not wait for it."""
    links = _links(f"http://127.0.0.1:{full}", connect_timeout=60)
    timer = threading.Timer(0.05, links.close)
    timer.start()
    with pytest.raises(HTTPError, match="503"):
        links.take()
    timer.join()
    assert links.counts == (0, 0)


def test_the_next_address_is_tried(
    upstream: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may have several, of which one answers."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        gone = sock.getsockname()
    there = ("127.0.0.1", upstream(_hold).port)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in (gone, there)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    links = _links("http://two.example")
    link = links.take()
    assert link.sock.getpeername() == there
    links.drop(link)


def test_a_name_that_is_none_is_502() -> None:
    """Nobody knows its address."""
    with pytest.raises(HTTPError, match="502"):
        _links(f"http://{'x' * 70}.invalid").take()
