"""RFC 6455 sections 5 to 8 and 10: frames, fragments, control frames, closing, UTF-8, limits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.conformance.frames import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Frame,
    Socket,
    frame,
)
from tests.conformance.messages import HALF, OPEN, REST, SENT, Sent
from tests.conformance.raw import still_answers

if TYPE_CHECKING:
    from tests.conformance.raw import Address


@pytest.mark.parametrize("sent", SENT, ids=[f"{one.number}: {one.what}" for one in SENT])
def test_frames(address: Address, sent: Sent) -> None:
    """Each leads to what the table says, and the server goes on."""
    with Socket(address, sent.path) as socket:
        socket.send(sent.data)
        assert tuple(socket.message() for _ in sent.back) == sent.back
        if sent.code == OPEN:
            socket.echoes()
        else:
            assert socket.close_code() == sent.code, sent
            assert socket.closed()
    still_answers(address)


def test_frames_byte_by_byte(address: Address) -> None:
    """How the bytes arrive changes nothing."""
    with Socket(address) as socket:
        for byte in HALF + frame(PING, b"p") + REST + frame(BINARY, b"x" * 130):
            socket.send(bytes([byte]))
        assert [socket.message() for _ in range(3)] == [
            Frame(PONG, b"p"),
            Frame(TEXT, b"ac"),
            Frame(BINARY, b"x" * 130),
        ]
        socket.echoes()


def test_many_messages_in_order(address: Address) -> None:
    """Messages come back in the order they were sent in."""
    with Socket(address) as socket:
        socket.send(b"".join(frame(TEXT, b"%d" % at) for at in range(500)))
        assert [int(socket.message().data) for _ in range(500)] == list(range(500))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x81", HALF[:3], frame(TEXT, b"abc")[:-1], HALF, frame(PING, b"p")[:-1]],
    ids=["at once", "in the head", "in the mask", "in the data", "in a message", "in a ping"],
)
def test_end_without_close(address: Address, data: bytes) -> None:
    """A client that leaves without a word, wherever, costs nothing (section 7.1.7)."""
    with Socket(address) as socket:
        socket.send(data).finish()
        socket.rest()
    still_answers(address)


@pytest.mark.parametrize(
    "one",
    [frame(PING, b"p" * 125), frame(PING), frame(PONG), frame(CONT, fin=False)],
    ids=["pings of 125", "empty pings", "pongs", "empty fragments"],
)
def test_flood(address: Address, one: bytes) -> None:
    """Frames that say nothing are answered for a while, then they end the websocket with 1008."""
    with Socket(address) as socket, Socket(address) as other:
        socket.send(frame(TEXT, b"", fin=False))
        for _ in range(20):
            socket.send(one * 100)
        found = socket.frame()
        while found.opcode != CLOSE:
            assert found.opcode in (PONG, PING)
            found = socket.frame()
        assert found.data[:2] == (1008).to_bytes(2, "big")
        other.echoes()
    still_answers(address)


def test_noise(address: Address) -> None:
    """Random bytes end one connection and no other."""
    with Socket(address) as other:
        for _ in range(20):
            with Socket(address) as socket:
                socket.send(os.urandom(4096)).finish()
                socket.rest()
        other.echoes()
