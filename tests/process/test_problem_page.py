"""The answers in place of a program that cannot run."""

from __future__ import annotations

import json
import socket
import sys

import pytest

from quick_htag.process.problem_page import ProblemPage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the parent has no sockets there")


@pytest.fixture
def listener():
    """A socket that a program has left."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def ask(page, listener, text):
    """A client whose request has been read."""
    client = socket.create_connection(listener.getsockname(), 5)
    client.sendall(text)
    page.serve(5.0)
    page.serve(5.0)
    return client


def answer(page, listener, field):
    """Status line and body of an answer."""
    with ask(page, listener, b"GET / HTTP/1.1\r\n" + field + b"\r\n\r\n") as client:
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], body.decode()


def test_a_browser_gets_a_page(listener):
    """With the text, which is no HTML."""
    with ProblemPage([listener.fileno()], "in <module>") as page:
        status, body = answer(page, listener, b"Accept: text/html")
    assert status == b"HTTP/1.1 503 Service Unavailable"
    assert "in &lt;module&gt;" in body
    assert page.number in body


def test_a_program_gets_text_and_an_open_page_json(listener):
    """With a number, by which it can ask for the end."""
    with ProblemPage([listener.fileno()], "wrong") as page:
        assert "wrong" in answer(page, listener, b"Accept: */*")[1]
        told = json.loads(answer(page, listener, b"Quick-Htag-Seen: ")[1])
    assert told == {"problem": "wrong", "number": page.number}


def test_who_has_seen_it_waits_for_the_end(listener):
    """Which is the end of the connection."""
    with ProblemPage([listener.fileno()], "wrong") as page:
        field = b"Quick-Htag-Seen: " + page.number.encode()
        client = ask(page, listener, b"GET / HTTP/1.1\r\n" + field + b"\r\n\r\n")
        page.serve(0.0)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1)
    client.settimeout(5)
    assert client.recv(1) == b""
    client.close()


def test_a_client_that_speaks_tls_is_sent_away(listener):
    """It could not read the answer."""
    with (
        ProblemPage([listener.fileno()], "wrong") as page,
        ask(page, listener, b"\x16\x03\x01") as client,
    ):
        assert client.recv(1) == b""


def test_a_slow_client_stops_nobody(listener):
    """It is waited for beside others."""
    with ProblemPage([listener.fileno()], "wrong") as page:
        slow = ask(page, listener, b"GET / HT")
        assert "wrong" in answer(page, listener, b"A: b")[1]
        slow.close()
