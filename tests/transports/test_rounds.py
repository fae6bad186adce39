"""Answers of one round: sent together, soon, by whoever leads."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

from quick_htag.transports.rounds import Round

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENT = {"watchdog_interval": 5.0, "inline_limit": 5.0}


class _Steps:
    """Notes what has failed."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def failed(self, connection: Any, error: BaseException) -> None:
        self.told.append((connection, error))


@pytest.fixture
def sent() -> list[Any]:
    """What was sent."""
    return []


@pytest.fixture
def held(sent: list[Any]) -> Round:
    """A round of connections that are called by letters."""
    steps: Any = _Steps()
    return Round(steps, lambda *answer: sent.append(answer[:2]))


def test_answers_are_sent_together(held: Round, sent: list[Any]) -> None:
    """In their order, and once."""
    connections: Any = "ab"
    for connection in connections:
        held.hold(connection, b"hello", 7.0)
    assert sent == []
    held.send()
    held.send()
    assert sent == [("a", b"hello"), ("b", b"hello")]


def test_answers_are_not_held_for_long(held: Round, sent: list[Any]) -> None:
    """The clock begins with the first of them."""
    connections: Any = "abcd"
    for connection, now in zip(connections, (7.0, 7.0004, 7.0006, 7.001), strict=True):
        held.hold(connection, b"", now)
    assert sent == [("a", b""), ("b", b""), ("c", b"")]


def test_a_client_that_has_gone_delays_nobody() -> None:
    """Its connection ends, the others get their answers."""
    steps: Any = _Steps()
    sent = []

    def complete(connection: Any, data: bytes, now: float) -> None:
        if connection == "a":
            raise ConnectionResetError("gone")
        sent.append(connection)

    held = Round(steps, complete)
    for connection in ("a", "b"):
        held.hold(connection, b"", 7.0)  # type: ignore[arg-type]
    held.send()
    assert (sent, [connection for connection, _ in steps.told]) == (["b"], ["a"])


def _at_once(live: Any, gate: Any, paths: list[str]) -> list[Any]:
    """Clients whose requests are there when the leader polls next."""
    clients = [live.connect() for _ in paths]
    for client in clients:
        assert client.get().status == 200
    with live.connect().send(GET.replace(b"/ ", b"/hold ")):  # keeps the leader from polling
        gate.await_inside()
        for client, path in zip(clients, paths, strict=True):
            client.send(GET.replace(b"/ ", f"{path} ".encode()))
        gate.open()
        return [client.answer().body for client in clients]


@pytest.mark.parametrize("count", [2, 100])
def test_everybody_in_a_round_is_answered(serve: Any, site: Any, gate: Any, count: int) -> None:
    """And the connections go on."""
    site.add("/hold", gate)
    live = serve(site, **PATIENT)
    assert _at_once(live, gate, ["/"] * count) == [b"hello"] * count
    assert {client.get().body for client in live.clients[:count]} == {b"hello"}


def test_a_target_that_blocks_keeps_no_answer_back(serve: Any, site: Any, gate: Any) -> None:
    """The answers that were made before it are sent by the next leader."""
    first, blocked = gate, type(gate)()
    site.add("/hold", first)
    site.add("/blocks", blocked)
    live = serve(site, watchdog_interval=0.1, inline_limit=5.0)
    clients = [live.connect() for _ in range(20)]
    for client in clients:
        assert client.get().status == 200
    live.connect().send(GET.replace(b"/ ", b"/hold "))
    first.await_inside()
    for number, client in enumerate(clients):
        client.send(GET.replace(b"/ ", b"/blocks ") if number == 19 else GET)
    first.open()
    try:
        answers = [client.answer().body for client in clients[:19]]
        assert answers == [b"hello"] * 19
    finally:
        blocked.open()
    assert clients[19].answer().body == b"waited"


def test_a_client_that_leaves_before_its_answer(
    serve: Any, site: Any, gate: Any, until: Any
) -> None:
    """Nothing of it is left, and the others of its round are answered."""
    site.add("/hold", gate)
    live = serve(site, **PATIENT)
    clients = [live.connect() for _ in range(10)]
    for client in clients:
        assert client.get().status == 200
    live.connect().send(GET.replace(b"/ ", b"/hold "))
    gate.await_inside()
    for number, client in enumerate(clients):
        client.send(GET)
        if number % 2:
            linger = b"\1\0\0\0\0\0\0\0" if os.name == "posix" else b"\1\0\0\0"
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()
    gate.open()
    assert {client.answer().body for client in clients[::2]} == {b"hello"}
    until(lambda: live.counts()["connections"] == 6)


def test_requests_that_follow_at_once(serve: Any, site: Any, gate: Any) -> None:
    """Pipelined ones are answered in order, in the same round as those of others."""
    site.add("/hold", gate)
    site.add("/other", lambda _: "other")
    live = serve(site, **PATIENT)
    clients = [live.connect() for _ in range(10)]
    for client in clients:
        assert client.get().status == 200
    live.connect().send(GET.replace(b"/ ", b"/hold "))
    gate.await_inside()
    for client in clients:
        client.send(GET + GET.replace(b"/ ", b"/other ") + GET)
    gate.open()
    for client in clients:
        found = [client.answer().body for _ in range(3)]
        assert found == [b"hello", b"other", b"hello"]
