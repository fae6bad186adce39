"""Clients that wait for an answer which comes later, over real sockets."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.later_body import LaterBody
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.transports.certificates import Certificates

PATIENCE = 20.0


class Waiting:
    """An application whose every answer is delivered by the test."""

    body_limit = 0
    cost = 0.0

    def __init__(self, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self.bodies: queue.Queue[LaterBody] = queue.Queue()
        self.left = threading.Event()

    def target(self, request: Request) -> Waiting:
        return self

    def handle(self, request: Request) -> HTTPResponse:
        body = LaterBody(self.timeout, lambda: b"late", self.left.set)
        self.bodies.put(body)
        return HTTPResponse(200, [("X-Path", request.target)], body)

    def body(self) -> LaterBody:
        """Of the request that came next."""
        return self.bodies.get(timeout=PATIENCE)


ASK = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


def test_no_client_that_waits_holds_a_thread(serve: Any) -> None:
    """Many wait for their answers on few threads, and go on with their connections."""
    waiting = Waiting()
    live = serve(waiting, max_threads=2)
    clients = [live.connect() for _ in range(20)]
    for turn in (b"/1", b"/2"):
        for client in clients:
            client.send(ASK % turn)
        bodies = [waiting.body() for _ in clients]
        for number, body in enumerate(bodies):
            assert body.deliver(b"%d" % number)
        answers = [client.answer() for client in clients]
        assert sorted(int(answer.body) for answer in answers) == list(range(20))
        assert answers[0].field("Content-Length") is not None
        assert {answer.field("X-Path") for answer in answers} == {turn.decode()}
    assert live.counts()["threads"] <= 3


def test_a_later_answer_has_a_time_limit(serve: Any) -> None:
    """When nobody delivers it in time, the late one is sent, and the connection goes on."""
    client = serve(Waiting(0.05)).connect()
    assert [client.get().body, client.get().body] == [b"late", b"late"]


@pytest.mark.parametrize("how", [socket.SHUT_WR, socket.SHUT_RDWR])
def test_a_client_that_leaves_while_it_waits_is_noticed(serve: Any, how: int, until: Any) -> None:
    """At once, and nothing is left of it."""
    waiting = Waiting()
    live = serve(waiting)
    client = live.connect().send(ASK % b"/")
    body = waiting.body()
    client.sock.shutdown(how)
    assert waiting.left.wait(PATIENCE)
    assert not body.deliver(b"x")
    until(lambda: live.counts()["connections"] == 0)


def test_requests_sent_while_waiting_come_later(serve: Any) -> None:
    """A pipelined request is answered after the one before it."""
    waiting = Waiting()
    client = serve(waiting).connect().send(ASK % b"/1", ASK % b"/2")
    waiting.body().deliver(b"one")
    assert client.answer().body == b"one"
    waiting.body().deliver(b"two")
    assert client.answer().body == b"two"


def test_a_flood_while_waiting_is_cut_off(serve: Any) -> None:
    """A client that sends and sends while it waits is dropped."""
    waiting = Waiting()
    client = serve(waiting).connect().send(ASK % b"/")
    waiting.body()
    with contextlib.suppress(OSError):
        client.send(b"x" * 1_000_000)
    assert waiting.left.wait(PATIENCE)


def test_a_delivery_at_once_is_an_answer(serve: Any) -> None:
    """Content that is there before the connection waits is sent all the same."""

    def handle(request: Request) -> HTTPResponse:
        body = LaterBody(60.0, lambda: b"late", lambda: None)
        body.deliver(b"early")
        return HTTPResponse(200, [], body)

    waiting = Waiting()
    waiting.handle = handle  # type: ignore[method-assign]
    client = serve(waiting).connect()
    assert [client.get().body for _ in range(50)] == [b"early"] * 50


def test_a_server_that_stops_does_not_forget_who_waits(serve: Any) -> None:
    """Nobody delivers: the client is cut off, the owner of the answer told, no thread is left."""
    waiting = Waiting()
    live = serve(waiting)
    client = live.connect().send(ASK % b"/")
    waiting.body()
    live.transport.stop(0.05)
    assert waiting.left.wait(PATIENCE)
    assert client.rest() == b""


def test_head_waits_for_nothing(serve: Any) -> None:
    """It has no content to wait for."""
    waiting = Waiting()
    assert serve(waiting).connect().get(method="HEAD").status == 200
    assert waiting.left.wait(PATIENCE)


def test_a_later_answer_over_tls(serve: Any, authority: Any) -> None:
    """The connection goes on after the answer, encrypted as before."""
    waiting = Waiting()
    tls = Certificates(authority.server_context(), None, None, MessageLog())
    live = serve(waiting, {"tls": tls})
    raw = socket.create_connection(live.address, PATIENCE)
    with authority.client_context().wrap_socket(raw, server_hostname="localhost") as sock:
        for _ in range(2):
            sock.sendall(ASK % b"/")
            waiting.body().deliver(b"!")
            received = b""
            while not received.endswith(b"\r\n\r\n!"):
                received += sock.recv(1000)
