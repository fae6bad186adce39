"""Servers behind ours while ours stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quick_htag.errors import HTTPError
from quick_htag.proxy.draining import Draining
from quick_htag.proxy.link import Link
from quick_htag.proxy.links import Links
from quick_htag.proxy.target import ProxyTarget

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from .conftest import RawServer

PATIENCE = 20.0
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


@pytest.fixture
def links(upstream: Callable[..., RawServer]) -> Iterator[Callable[..., Links]]:
    """``links(script)``: connections to a server that does what the script says."""
    made: list[Links] = []

    def start(script: Callable[[socket.socket, int], object]) -> Links:
        target = ProxyTarget("/", upstream(script).url)
        one = Links(target, connect_timeout=9, read_timeout=PATIENCE, keep=1, keep_for=9)
        made.append(one)
        return one

    yield start
    for one in made:
        one.close()


def silent(sock: socket.socket, _: int) -> None:
    """Take what comes and say nothing."""
    while sock.recv(65536):
        pass


def trickling(sock: socket.socket, _: int) -> None:
    """Say a little, and go on."""
    sock.recv(65536)
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        sock.sendall(b"x")
        sock.settimeout(0.02)
        try:
            if not sock.recv(1):
                return
        except TimeoutError:
            continue


def ask(link: Link) -> bytes:
    """The whole answer."""
    head = link.exchange("GET", REQUEST, iter(()), None)
    return b"".join(link.body(head))


def test_a_silent_server_is_given_up(links: Callable[..., Links]) -> None:
    """Who waits for it can still answer."""
    one = links(silent)
    link = one.take()
    draining = Draining([one], silence=0.05, limit=PATIENCE)
    draining.start()
    with pytest.raises(HTTPError) as caught:
        ask(link)
    assert caught.value.status == 503
    one.drop(link)
    draining.stop()


def test_one_that_speaks_may_go_on_until_the_end(links: Callable[..., Links]) -> None:
    """Many times the silence allowed, and no longer than the limit."""
    one = links(trickling)
    link = one.take()
    draining = Draining([one], silence=0.5, limit=3.0)
    draining.start()
    assert len(ask(link)) > 10  # what came until the limit
    one.drop(link)
    draining.stop()


def test_a_stop_ends_the_thread_at_once(no_thread_left: None) -> None:
    """Nothing is ended by it, and it may come before the start."""
    Draining([], silence=9, limit=9).stop()
    draining = Draining([], silence=9, limit=9)
    draining.start()
    draining.stop()
