"""One connection: receiving, sending in pieces, sending files, and letting go of everything."""

from __future__ import annotations

import io
import os
import socket
import threading

import pytest

from quick_htag.messages.body import Body
from quick_htag.messages.headers import Headers
from quick_htag.messages.response import FileBody
from quick_htag.settings import Settings
from quick_htag.transports import connection as module
from quick_htag.transports.body_reader import BodyReader
from quick_htag.transports.connection import Connection, State
from quick_htag.transports.request_parser import Head

LARGE = os.urandom(1 << 20) * 8  # more than a socket takes at once
HEAD = Head("GET", "/a?b", "HTTP/1.0", Headers([("Host", "x")]), 0, True, False, "/a", "b")


@pytest.fixture(params=["sendfile", "read"])
def sending(request, monkeypatch):
    """Both ways to send a file."""
    if request.param == "read":
        monkeypatch.setattr(module, "_SENDFILE", None)
    elif module._SENDFILE is None:
        pytest.skip("this platform has no sendfile")


@pytest.fixture
def pair():
    """A connection and the socket of its client."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(20)
    connection = Connection(ours, ("peer", 1), Settings())
    yield connection, theirs
    connection.close()
    theirs.close()


def read(sock, count):
    """Exactly ``count`` bytes."""
    parts = []
    while count:
        parts.append(sock.recv(min(count, 1 << 16)))
        count -= len(parts[-1])
        assert parts[-1], "closed too early"
    return b"".join(parts)


def send_all(connection, theirs, *items):
    """What the client gets when it reads until all is sent."""
    done, found = connection.send(*items), []
    while not done:
        found.append(theirs.recv(1 << 20))
        done = connection.flush()
    theirs.settimeout(0)
    while True:
        try:
            found.append(theirs.recv(1 << 20))
        except BlockingIOError:
            return b"".join(found)


def test_receive(pair):
    """Nothing yet, something, and the end of the stream are told apart."""
    connection, theirs = pair
    assert connection.receive() is None
    theirs.send(b"hello")
    assert connection.receive() == b"hello"
    theirs.close()
    assert connection.receive() == b""


def test_receive_from_a_broken_connection(pair):
    """An error is raised and not taken for silence."""
    connection, _ = pair
    connection.sock.close()
    with pytest.raises(OSError):
        connection.receive()


def test_send(pair):
    """A small answer has gone at once."""
    connection, theirs = pair
    assert connection.send(b"hello")
    assert theirs.recv(10) == b"hello"


def test_send_to_a_slow_client(pair):
    """What the client does not take is kept, in order."""
    connection, theirs = pair
    assert not connection.send(LARGE)
    assert not connection.send(b"the end")
    assert send_all(connection, theirs) == LARGE + b"the end"


def test_send_takes_turns(pair):
    """However quick the client, a large answer is sent in turns."""
    connection, theirs = pair
    reader = threading.Thread(target=read, args=(theirs, len(LARGE)))
    reader.start()
    connection.send(LARGE[:1], LARGE[1:])
    turns = 1
    while not connection.flush():
        turns += 1
    reader.join(20)
    assert turns >= len(LARGE) // module._TURN - 1


def test_send_file(pair, sending, tmp_path):
    """A part of a file follows its head; the file is closed when it is sent."""
    connection, theirs = pair
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    file = path.open("rb")
    assert send_all(connection, theirs, b"head", FileBody(file, 5, 3_000_000)) == (
        b"head" + LARGE[5:3_000_005]
    )
    assert file.closed


def test_send_empty_file(pair, sending, tmp_path):
    """The head of an empty file is not held back for a file that never follows."""
    connection, theirs = pair
    path = tmp_path / "file"
    path.touch()
    file = path.open("rb")
    assert connection.send(b"head", FileBody(file, 0, 0))
    theirs.settimeout(0)
    assert theirs.recv(10) == b"head"
    assert file.closed


def test_file_that_became_shorter(pair, sending, tmp_path):
    """The announced length cannot be kept any more: the connection must break."""
    connection, _ = pair
    path = tmp_path / "file"
    path.write_bytes(b"short")
    file = path.open("rb")
    with pytest.raises(ConnectionAbortedError):
        connection.send(b"head", FileBody(file, 0, 6))
    connection.close()
    assert file.closed


def test_wait_to_send(pair):
    """A thread that may wait goes on as soon as the client takes something."""
    connection, theirs = pair
    assert not connection.send(LARGE)
    found = []
    reader = threading.Thread(target=lambda: found.append(read(theirs, len(LARGE))))
    reader.start()
    while not connection.flush():
        assert connection.wait_to_send(20.0)
    reader.join(20)
    assert found == [LARGE]


def test_wait_to_send_gives_up(pair):
    """A client that takes nothing is not waited for any longer."""
    connection, _ = pair
    assert not connection.send(LARGE)
    assert not connection.wait_to_send(0.01)
    assert not connection.wait_to_send(-1.0)


def test_wait_to_send_without_poll(pair, monkeypatch):
    """Windows has no poll; select tells the same."""
    connection, _ = pair
    monkeypatch.delattr("select.poll", raising=False)
    assert not connection.send(LARGE)
    assert not connection.wait_to_send(0.01)


def test_what_the_client_takes_is_counted(pair):
    """Bytes that ``flush`` has sent later, by which the pace of a client is known."""
    connection, theirs = pair
    assert not connection.send(LARGE)
    before = connection.taken()
    theirs.recv(1 << 16)
    connection.flush()
    assert connection.taken() > before


def test_begin_request(pair):
    """The head becomes the request."""
    connection, _ = pair
    connection.started = 5.0
    request = connection.begin_request(HEAD, "server")
    assert (connection.request, connection.head) == (request, HEAD)
    assert (request.raw_path, request.query_string) == ("/a", "b")
    assert (request.method, request.target, request.version) == ("GET", "/a?b", "HTTP/1.0")
    assert (request.client_address, request.server, request.started) == (("peer", 1), "server", 5.0)


def test_forget_request(pair):
    """What belongs to an answered request is released; once more is harmless."""
    connection, _ = pair
    file = io.BytesIO()
    connection.begin_request(HEAD, None).body = Body(file)
    connection.forget_request()
    connection.forget_request()
    assert (connection.request, connection.head, file.closed) == (None, None, True)


def test_close(pair, tmp_path):
    """Closing releases the body, its reader and files still to be sent; twice is harmless."""
    connection, theirs = pair
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    file, body = path.open("rb"), io.BytesIO()
    connection.begin_request(HEAD, None).body = Body(body)
    connection.reader = reader = BodyReader(100, 100, 1)
    reader.feed(bytearray(b"hello"))
    assert not connection.send(b"head", FileBody(file, 0, len(LARGE)))
    connection.close()
    connection.close()
    assert (file.closed, body.closed, reader.body().length) == (True, True, 0)
    assert connection.state is State.CLOSED
    while theirs.recv(1 << 20):
        continue
