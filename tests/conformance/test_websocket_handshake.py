"""RFC 6455 section 4: each field of the handshake missing and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.frames import KEY, TEXT, Socket, accept, frame, opening
from tests.conformance.handshakes import SHAKES, Shake, head_of
from tests.conformance.raw import FRESH, HELLO, Raw, still_answers

if TYPE_CHECKING:
    from tests.conformance.raw import Address


@pytest.mark.parametrize("shake", SHAKES, ids=[f"{one.number}: {one.what}" for one in SHAKES])
def test_handshake(address: Address, shake: Shake) -> None:
    """Each has the answer the table says, and the server goes on."""
    method = shake.start.partition(" ")[0]
    with Raw(address) as client:
        answer = client.send(head_of(shake, "/ws")).answer(method)
        assert answer.status == shake.status, shake
        if answer.status == 101:
            assert answer.field("Sec-WebSocket-Accept") == accept(KEY)
            assert (answer.field("Upgrade") or "").lower() == "websocket"
            assert answer.field("Connection") == "Upgrade"
            assert answer.field("Sec-WebSocket-Extensions") is None
            assert answer.field("Sec-WebSocket-Protocol") is None
            assert answer.field("Content-Length") is None
        elif answer.status == 426:
            assert answer.field("Sec-WebSocket-Version") == "13"
            assert answer.field("Upgrade") == "websocket"
            assert "Upgrade" in answer.all("Connection")
            assert client.send(FRESH).answer().body == HELLO
        elif answer.status in (403, 405) and not shake.body:
            assert client.send(FRESH).answer().body == HELLO
    still_answers(address)


@pytest.mark.parametrize(
    ("offered", "status", "chosen"),
    [
        ((), 101, None),
        (("first",), 101, "first"),
        (("first, second",), 101, "second"),  # ours in our order
        (("first", "second"), 101, "second"),
        (("other",), 101, None),
        (("FIRST",), 101, None),
        (("other, first",), 101, "first"),
        (("first, first",), 400, None),
        (("first", "first"), 400, None),
        (("",), 400, None),
        (("first,,second",), 400, None),
        (("fi rst",), 400, None),
        (("first/1",), 400, None),
        (("fïrst",), 400, None),
    ],
)
def test_subprotocol(
    address: Address, offered: tuple[str, ...], status: int, chosen: str | None
) -> None:
    """One of those offered, or none; a malformed offer is refused (sections 4.1, 4.2.2)."""
    with Raw(address) as client:
        lines = [f"Sec-WebSocket-Protocol: {names}" for names in offered]
        answer = client.send(opening("/ws", *lines)).answer()
    assert (answer.status, answer.field("Sec-WebSocket-Protocol")) == (status, chosen)
    still_answers(address)


def test_upgrade_where_there_is_none(address: Address) -> None:
    """An address that speaks HTTP only answers as if nothing was asked (RFC 9110 section 7.8)."""
    with Raw(address) as client:
        answer = client.send(opening("/hello")).answer()
        assert (answer.status, answer.body) == (200, HELLO)
        assert client.send(FRESH).answer().body == HELLO


def test_frames_with_the_handshake(address: Address) -> None:
    """A client may send frames before it has the answer; they are not lost."""
    with Socket(address, early=frame(TEXT, b"early")) as socket:
        assert socket.message().data == b"early"
        socket.echoes()


def test_handshake_after_requests(address: Address) -> None:
    """A connection that has had requests becomes a websocket as well, in order."""
    with Raw(address) as client:
        client.send(FRESH, FRESH, opening())
        assert [client.answer().status for _ in range(3)] == [200, 200, 101]


def test_request_after_the_handshake(address: Address) -> None:
    """What follows a handshake is never a request: its first byte is no frame of a client."""
    with Socket(address, early=FRESH) as socket:
        assert socket.close_code() == 1002
        assert socket.closed()
    still_answers(address)


@pytest.mark.parametrize("cut", range(1, len(opening()), 7))
def test_end_in_the_handshake(address: Address, cut: int) -> None:
    """A client that leaves in the middle of it costs nothing."""
    with Raw(address) as client:
        assert client.send(opening()[:cut]).finish().closed()
    still_answers(address)
