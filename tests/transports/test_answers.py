"""Answers of every kind, to clients of every pace: what goes out, byte by byte."""

from __future__ import annotations

import hashlib
import os
import threading

import pytest

from quick_htag.messages.response import FileBody, HTTPResponse, Upgrade

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PIECE = os.urandom(1 << 20)
PATIENCE = 20.0


def test_large_answer(live, site):
    """More than a socket takes at once arrives whole, and the connection goes on."""
    site.add("/large", lambda _: PIECE * 20)
    client = live.connect()
    assert client.get("/large").body == PIECE * 20
    assert client.get().body == b"hello"


def test_file(live, site, tmp_path):
    """A file of many megabytes arrives as it is; it is closed afterwards."""
    path, opened = tmp_path / "file", []
    path.write_bytes(PIECE * 12)

    def answer(_):
        opened.append(path.open("rb"))
        return HTTPResponse(206, body=FileBody(opened[-1], 7, 11_000_000))

    site.add("/file", answer)
    client = live.connect()
    body = client.get("/file").body
    expected = hashlib.sha256((PIECE * 12)[7:11_000_007]).digest()
    assert hashlib.sha256(body).digest() == expected
    assert client.get("/file", method="HEAD").field("Content-Length") == "11000000"
    assert client.get().body == b"hello"
    assert [file.closed for file in opened] == [True, True]


def test_empty_file(live, site, tmp_path):
    """The answer with an empty file does not wait for more."""
    path = tmp_path / "file"
    path.touch()
    site.add("/file", lambda _: HTTPResponse(body=FileBody(path.open("rb"), 0, 0)))
    client = live.connect(timeout=PATIENCE)
    assert client.get("/file").body == b""
    assert client.get().body == b"hello"


def test_file_that_became_shorter(live, site, tmp_path):
    """A file that was cut while it is sent breaks the connection: the client must not wait."""
    path = tmp_path / "file"
    path.write_bytes(PIECE * 12)
    opened = []

    def answer(_):
        opened.append(path.open("rb"))
        return HTTPResponse(body=FileBody(opened[-1], 0, 12 << 20))

    site.add("/file", answer)
    client = live.connect().send(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
    client.line(b"\r\n\r\n")
    os.truncate(path, 1000)
    with pytest.raises(EOFError):
        client.take(12 << 20)
    assert opened[0].closed
    assert live.get().body == b"hello"


class Stream:
    """An iterable with a close, as WSGI has them."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.closed = threading.Event()

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        self.closed.set()


def test_stream(live, site):
    """A stream is sent in chunks, empty pieces left out; the connection goes on."""
    stream = Stream(b"hel", b"", b"lo", bytearray(b"!"))
    site.add("/stream", lambda _: HTTPResponse(body=stream))
    client = live.connect()
    answer = client.get("/stream")
    assert (answer.body, answer.field("Transfer-Encoding")) == (b"hello!", "chunked")
    assert stream.closed.wait(PATIENCE)
    assert client.get().body == b"hello"


@pytest.mark.parametrize("field", [b"", b"Connection: keep-alive\r\n"])
def test_stream_for_http_1_0(live, site, field):
    """HTTP/1.0 gets the stream as it is, told that the connection ends with it."""
    site.add("/stream", lambda _: HTTPResponse(body=Stream(b"hel", b"lo")))
    client = live.connect().send(b"GET /stream HTTP/1.0\r\n", field, b"\r\n")
    answer = client.answer()
    assert (answer.body, answer.field("Connection")) == (b"hello", "close")
    assert answer.field("Transfer-Encoding") is None


def test_stream_is_sent_as_it_is_made(live, site):
    """Each piece goes out before the next one is made."""
    steps = [threading.Event(), threading.Event()]

    def pieces():
        yield b"one"
        assert steps[0].wait(PATIENCE)
        yield b"two"
        assert steps[1].wait(PATIENCE)

    site.add("/stream", lambda _: HTTPResponse(body=pieces()))
    client = live.connect().send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    client.line(b"\r\n\r\n")
    assert client.line(b"one\r\n") == b"3\r\n"
    assert live.get().body == b"hello"
    steps[0].set()
    assert client.line(b"two\r\n") == b"3\r\n"
    steps[1].set()
    assert client.line(b"\r\n\r\n") == b"0"


def test_stream_of_a_client_that_leaves(live, site):
    """A stream is closed when nobody takes it any more."""
    stream = Stream(*[PIECE] * 50)
    site.add("/stream", lambda _: HTTPResponse(body=stream))
    client = live.connect().send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    client.line(b"\r\n\r\n")
    client.close()
    assert stream.closed.wait(PATIENCE)


def test_stream_of_a_client_that_does_not_read(serve, site):
    """A stream is closed when its client takes nothing for too long."""
    stream = Stream(*[PIECE] * 50)
    site.add("/stream", lambda _: HTTPResponse(body=stream))
    live = serve(site, send_timeout=0.05)
    live.connect().send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert stream.closed.wait(PATIENCE)


def test_stream_is_closed_for_head(live, site):
    """A stream that is not sent is closed all the same."""
    stream = Stream(b"hello")
    site.add("/stream", lambda _: HTTPResponse(body=stream))
    client = live.connect()
    assert client.get("/stream", method="HEAD").status == 200
    assert stream.closed.is_set()
    assert client.get().body == b"hello"


@pytest.mark.parametrize("error", [ValueError, OSError, SystemExit])
def test_stream_that_fails(live, site, error):
    """A stream that fails ends without its last chunk, and the log says why."""

    def pieces():
        yield b"one"
        raise error("no more")

    site.add("/stream", lambda _: HTTPResponse(body=pieces()))
    client = live.connect().send(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.rest().endswith(b"\r\n\r\n3\r\none\r\n")
    assert f"{error.__name__}: no more" in live.log
    assert live.get().body == b"hello"


def test_header_injection(live, site):
    """A field with a line end is not sent; the client gets 500, the log the reason."""
    site.add("/inject", lambda _: HTTPResponse(headers=[("A", "b\r\nSet-Cookie: c=d")]))
    client = live.connect()
    answer = client.get("/inject")
    assert (answer.status, answer.field("Set-Cookie")) == (500, None)
    assert "line break" in live.log
    assert client.get().body == b"hello"


def test_date_and_server(live):
    """Every answer has its Date and Server once, after others and for errors, too."""
    client = live.connect()
    for answer in (client.get(), client.get("/nowhere"), client.send(b"x\r\n\r\n").answer()):
        assert answer.field("Server") == "quick_htag"
        assert answer.field("Date").endswith(" GMT")


class Host:
    """Takes over upgraded connections."""

    def __init__(self):
        self.adopted = []
        self.came = threading.Event()

    def taken_over(self):
        return len(self.adopted)

    def adopt(self, *args):
        self.adopted.append(args)
        self.came.set()


def upgrade(_):
    """The answer to a handshake."""
    return HTTPResponse(101, [("Upgrade", "x"), ("Connection", "Upgrade")], upgrade=Upgrade("who"))


def test_upgrade(serve, site):
    """The socket goes to its new owner, with the head to send and what was already read."""
    host = Host()
    site.add("/up", upgrade)
    live = serve(site, {"channels": host})
    client = live.connect().send(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n", b"early")
    assert host.came.wait(PATIENCE)
    [(sock, head, received, receiver, address, _)] = host.adopted
    with sock:
        sock.sendall(head)
        assert client.answer().status == 101
        client.send(b"later")
        sock.settimeout(PATIENCE)
        assert (received + sock.recv(10)) in (b"earlylater", b"early")
    assert (receiver, address) == ("who", "127.0.0.1")
    assert live.counts()["connections"] == 0
    assert live.observed[0][1] == 101


def test_upgrade_without_a_host(live, site):
    """A server without websockets says so, and the connection goes on."""
    site.add("/up", upgrade)
    client = live.connect()
    assert client.get("/up").status == 501
    assert client.get().body == b"hello"


def test_upgrade_that_fails(serve, site):
    """A host that takes nothing any more ends the connection."""

    class Ended(Host):
        def adopt(self, *_):
            raise RuntimeError("ended")

    site.add("/up", upgrade)
    live = serve(site, {"channels": Ended()})
    assert live.connect().send(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n").closed()
    assert live.get().body == b"hello"
