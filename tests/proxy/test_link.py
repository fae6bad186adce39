"""One connection to another server, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from quick_htag.errors import HTTPError
from quick_htag.proxy.link import ClientLeft, Link, LinkStale

HEAD = b"GET / HTTP/1.1\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Peer:
    """The connection of a client."""

    address = ("peer", 1)

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two sockets joined with each other."""
    pair = socket.socketpair()
    pair[1].settimeout(10)
    yield pair
    for sock in pair:
        sock.close()


def _ask(link: Link, body: Iterator[bytes] | None = None, peer: Peer | None = None) -> bytes:
    head = link.exchange("GET", HEAD, body or iter(()), peer)
    return b"".join(link.body(head))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        CHUNKED + b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
        (
            b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 \r\nA: b\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
        ),
    ],
)
def test_an_answer_is_read(ends: tuple[socket.socket, socket.socket], answer: bytes) -> None:
    """Whichever way the body is framed, and whatever interim answers came before."""
    link = Link(ends[0], 10)
    ends[1].sendall(answer)
    assert _ask(link) == b"abc"
    assert link.clean
    assert ends[1].recv(100) == HEAD


def test_the_close_may_be_the_end(ends: tuple[socket.socket, socket.socket]) -> None:
    """A body without a length lasts until the server closes."""
    ends[1].sendall(b"HTTP/1.0 200 OK\r\n\r\nabc")
    ends[1].shutdown(socket.SHUT_WR)
    assert _ask(Link(ends[0], 10)) == b"abc"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
        CHUNKED + b"3\r\nabc\r\n",
        CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3;\n\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"" + b"1" * 9000,
        b"HTTP/1.1 100 \r\n\r\n" * 20,
    ],
)
def test_nonsense_is_502(ends: tuple[socket.socket, socket.socket], answer: bytes) -> None:
    """An answer that breaks off or breaks the rules is never taken for a whole one."""
    ends[1].sendall(answer)
    ends[1].shutdown(socket.SHUT_WR)
    with pytest.raises(HTTPError, match="502"):
        _ask(Link(ends[0], 10))


def test_silence_is_504(ends: tuple[socket.socket, socket.socket]) -> None:
    """A server that says nothing is given up."""
    with pytest.raises(HTTPError, match="504"):
        _ask(Link(ends[0], 0.05))


def test_a_used_connection_may_be_stale(ends: tuple[socket.socket, socket.socket]) -> None:
    """A kept connection that the server has closed is told apart from a failure."""
    link = Link(ends[0], 10)
    link.put_aside()
    ends[1].close()
    assert not link.is_silent()
    with pytest.raises(LinkStale):
        _ask(link)


def test_both_ways_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    """A server that answers while it is sent a large body blocks nobody."""
    size = 8 << 20

    def echo() -> None:
        ends[1].sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        left = size + len(HEAD)
        while left:
            data = ends[1].recv(65536)
            left -= len(data)
            ends[1].sendall(data.removeprefix(HEAD))

    thread = threading.Thread(target=echo)
    thread.start()
    pieces = iter([b"x" * 65536] * (size // 65536))
    assert len(_ask(Link(ends[0], 10), pieces)) == size
    thread.join(10)


def test_the_client_leaving_ends_the_wait(ends: tuple[socket.socket, socket.socket]) -> None:
    """Nothing is waited for that nobody wants any more."""
    ours, client = socket.socketpair()
    with ours, client:
        threading.Thread(target=lambda: (ends[1].recv(100), client.close())).start()
        with pytest.raises(ClientLeft):
            _ask(Link(ends[0], 10), peer=Peer(ours))


def test_the_next_request_is_no_reason_to_stop(ends: tuple[socket.socket, socket.socket]) -> None:
    """A client that sends more has not left, and keeps its bytes."""
    ours, client = socket.socketpair()
    with ours, client:
        client.sendall(b"GET")
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        threading.Thread(target=lambda: (ends[1].recv(100), ends[1].sendall(answer))).start()
        assert _ask(Link(ends[0], 10), peer=Peer(ours)) == b""
        assert ours.recv(10) == b"GET"


def test_it_can_be_woken(ends: tuple[socket.socket, socket.socket]) -> None:
    """Aborting ends the wait of another thread."""
    link = Link(ends[0], 10)
    threading.Thread(target=lambda: (ends[1].recv(100), link.abort())).start()
    with pytest.raises(HTTPError, match="503"):
        _ask(link)
