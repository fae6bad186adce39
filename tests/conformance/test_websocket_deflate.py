"""RFC 7692: compression that is agreed on, or not, and messages that are compressed, or are not."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from tests.conformance.frames import BINARY, CONT, PING, PONG, TEXT, Frame, Socket, frame
from tests.conformance.raw import still_answers

if TYPE_CHECKING:
    from tests.conformance.raw import Address

OFFER = "permessage-deflate"
BITS = "server_max_window_bits"
AGREED = f"{OFFER}; server_no_context_takeover; client_no_context_takeover"
COMPRESSED = 4  # the first reserved bit
TAIL = b"\0\0\xff\xff"
LONG = b"compress me, " * 500


def packed(data: bytes, bits: int = 15) -> bytes:
    """Data as one compressed message (section 7.2.1)."""
    machine = zlib.compressobj(wbits=-bits)
    return (machine.compress(data) + machine.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def unpacked(found: Frame, bits: int = 15) -> bytes:
    """The data of a compressed message of the server, which needs no window larger than this."""
    assert found.rsv == COMPRESSED, "it is not compressed"
    return zlib.decompressobj(-bits).decompress(found.data + TAIL)


def offered(address: Address, *offers: str, path: str = "/deflate") -> Socket:
    """A websocket that was opened with these offers."""
    return Socket(address, path, *[f"Sec-WebSocket-Extensions: {offer}" for offer in offers])


OFFERS = [
    ("7692-7.1-01", (OFFER,), AGREED),
    ("7692-7.1-02", (f"{OFFER}; client_max_window_bits",), AGREED),  # browsers
    ("7692-7.1-03", (f"{OFFER}; client_max_window_bits=10",), AGREED),
    ("7692-7.1-04", (f"{OFFER}; client_max_window_bits=8",), AGREED),
    ("7692-7.1-05", (f"{OFFER}; server_no_context_takeover",), AGREED),
    ("7692-7.1-06", (f"{OFFER}; client_no_context_takeover",), AGREED),
    ("7692-7.1-07", (f"{OFFER}; {BITS}=15",), f"{AGREED}; {BITS}=12"),
    ("7692-7.1-08", (f"{OFFER}; {BITS}=9",), f"{AGREED}; {BITS}=9"),
    ("7692-7.1-09", (f'{OFFER}; {BITS}="10"',), f"{AGREED}; {BITS}=10"),
    ("7692-7.1-10", (f"{OFFER};server_no_context_takeover;client_max_window_bits",), AGREED),
    ("7692-7.1-11", ("x-own", OFFER), AGREED),
    ("7692-7.1-12", (f"x-own; a=b, {OFFER}",), AGREED),
    ("7692-7.1-13", (f"{OFFER}; unknown, {OFFER}",), AGREED),
    ("7692-7.1-14", (f"{OFFER}; {BITS}=8, {OFFER}",), AGREED),
    ("7692-7.1-15", (f"{OFFER}, {OFFER}; {BITS}=9",), AGREED),
    ("7692-7.1-20", (f"{OFFER}; unknown",), None),
    ("7692-7.1-21", (f"{OFFER}; unknown=1",), None),
    ("7692-7.1-22", (f"{OFFER}; {BITS}",), None),
    ("7692-7.1-23", (f"{OFFER}; {BITS}=7",), None),
    ("7692-7.1-24", (f"{OFFER}; {BITS}=8",), None),
    ("7692-7.1-25", (f"{OFFER}; {BITS}=16",), None),
    ("7692-7.1-26", (f"{OFFER}; {BITS}=09",), None),
    ("7692-7.1-27", (f"{OFFER}; {BITS}=",), None),
    ("7692-7.1-28", (f"{OFFER}; client_max_window_bits=7",), None),
    ("7692-7.1-29", (f"{OFFER}; client_max_window_bits=16",), None),
    ("7692-7.1-30", (f"{OFFER}; server_no_context_takeover=1",), None),
    ("7692-7.1-31", (f"{OFFER}; client_no_context_takeover=true",), None),
    ("7692-7.1-32", (f"{OFFER}; client_no_context_takeover; client_no_context_takeover",), None),
    ("7692-7.1-33", ("PERMESSAGE-DEFLATE",), None),
    ("7692-7.1-34", ("permessage-bzip2",), None),
    ("7692-7.1-35", ("x-webkit-deflate-frame",), None),
    ("7692-7.1-36", (";;==,,",), None),
    ("7692-7.1-37", ("",), None),
    ("7692-7.1-38", (f'"{OFFER}"',), None),
    ("7692-7.1-39", ("," * 10_000,), None),
]  # fmt: skip


@pytest.mark.parametrize(("number", "offers", "answer"), OFFERS, ids=[row[0] for row in OFFERS])
def test_offer(address: Address, number: str, offers: tuple[str, ...], answer: str | None) -> None:
    """An offer that cannot be accepted is declined, and the websocket opens all the same."""
    with offered(address, *offers) as socket:
        assert socket.extensions == answer
        found = socket.send(frame(TEXT, LONG)).message()
        if answer is None:
            assert (found.rsv, found.data) == (0, LONG)
        else:
            bits = int(answer.partition("server_max_window_bits=")[2] or 12)
            assert unpacked(found, bits) == LONG
    still_answers(address)


def test_not_where_it_is_off(address: Address) -> None:
    """An address without compression agrees to none, and takes no compressed message."""
    with offered(address, OFFER, path="/ws") as socket:
        assert socket.extensions is None
        assert socket.send(frame(TEXT, packed(LONG), rsv=COMPRESSED)).close_code() == 1002


def fragments(data: bytes, size: int) -> bytes:
    """A compressed message in fragments; only the first one has the bit (section 6.1)."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    last = len(pieces) - 1
    return b"".join(
        frame(CONT if at else TEXT, piece, fin=at == last, rsv=0 if at else COMPRESSED)
        for at, piece in enumerate(pieces)
    )


def final_block(data: bytes) -> bytes:
    """A message that ends with a final block (section 7.2.3.4)."""
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush(zlib.Z_FINISH) + b"\0"


def stored(data: bytes) -> bytes:
    """A message in a block that is not compressed (section 7.2.3.3)."""
    machine = zlib.compressobj(0, wbits=-15)
    return (machine.compress(data) + machine.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def two_blocks(data: bytes) -> bytes:
    """A message of several blocks (section 7.2.3.5)."""
    machine = zlib.compressobj(wbits=-15)
    first = machine.compress(data[:10]) + machine.flush(zlib.Z_SYNC_FLUSH)
    return (first + machine.compress(data[10:]) + machine.flush(zlib.Z_SYNC_FLUSH)).removesuffix(
        TAIL
    )


GOOD = [
    ("7692-6-01", "compressed", frame(TEXT, packed(LONG), rsv=COMPRESSED)),
    ("7692-6-02", "not compressed", frame(TEXT, LONG)),
    ("7692-6-03", "small window", frame(TEXT, packed(LONG, 9), rsv=COMPRESSED)),
    ("7692-6-04", "fragments", fragments(packed(LONG), 7)),
    ("7692-6-05", "fragments of one byte", fragments(packed(LONG), 1)),
    ("7692-7.2.3.4-01", "final block", frame(TEXT, final_block(LONG), rsv=COMPRESSED)),
    ("7692-7.2.3.3-01", "stored", frame(TEXT, stored(LONG), rsv=COMPRESSED)),
    ("7692-7.2.3.5-01", "two blocks", frame(TEXT, two_blocks(LONG), rsv=COMPRESSED)),
]


@pytest.mark.parametrize(("number", "what", "data"), GOOD, ids=[f"{a}: {b}" for a, b, _ in GOOD])
def test_message(address: Address, number: str, what: str, data: bytes) -> None:
    """It is the message that was compressed, the second time, too: nothing is kept in between."""
    with offered(address, OFFER) as socket:
        for _ in range(2):
            assert unpacked(socket.send(data).message()) == LONG
    still_answers(address)


def test_empty_message(address: Address) -> None:
    """One byte is an empty message (section 7.2.3.6)."""
    with offered(address, OFFER) as socket:
        assert unpacked(socket.send(frame(TEXT, b"\0", rsv=COMPRESSED)).message()) == b""


def test_control_frames(address: Address) -> None:
    """They are never compressed, and come between fragments as always (section 6.1)."""
    data = packed(LONG)
    with offered(address, OFFER) as socket:
        socket.send(frame(TEXT, data[:5], fin=False, rsv=COMPRESSED), frame(PING, b"p"))
        assert socket.send(frame(CONT, data[5:])).message() == Frame(PONG, b"p")
        assert unpacked(socket.message()) == LONG


HALF = packed(LONG)[:5]
BAD = [
    ("7692-6.1-01", "bit on a ping", frame(PING, packed(b"p"), rsv=COMPRESSED), 1002),
    ("7692-6.1-02", "bit on a continuation", frame(TEXT, HALF, fin=False, rsv=COMPRESSED)
     + frame(CONT, HALF, rsv=COMPRESSED), 1002),
    ("7692-6.1-03", "second bit, too", frame(TEXT, packed(b"a"), rsv=COMPRESSED | 2), 1002),
    ("7692-6.1-04", "bit on a close", frame(8, packed(b"\x03\xe8"), rsv=COMPRESSED), 1002),
    ("7692-7.2.2-01", "no deflate", frame(TEXT, b"\xff" * 100, rsv=COMPRESSED), 1002),
    ("7692-7.2.2-02", "bad text", frame(TEXT, packed(b"\xff"), rsv=COMPRESSED), 1007),
    ("7692-8-01", "bomb", frame(BINARY, packed(bytes(1_000_000)), rsv=COMPRESSED), 1009),
    ("7692-8-02", "bomb in fragments", fragments(packed(bytes(1_000_000)), 100), 1009),
    ("7692-8-03", "a byte too large", frame(BINARY, packed(bytes(1001)), rsv=COMPRESSED), 1009),
    ("7692-8-04", "not compressed, too large", frame(BINARY, bytes(1001)), 1009),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "what", "data", "code"), BAD, ids=[f"{a}: {b}" for a, b, *_ in BAD]
)
def test_bad_message(address: Address, number: str, what: str, data: bytes, code: int) -> None:
    """Each ends the websocket with its code; sizes count decompressed, 1,000 bytes here."""
    with offered(address, OFFER, path="/small") as socket:
        assert socket.send(data).close_code() == code
        assert socket.closed()
    still_answers(address)


def test_as_large_as_allowed(address: Address) -> None:
    """The limit itself is taken."""
    with offered(address, OFFER, path="/small") as socket:
        socket.send(frame(BINARY, packed(bytes(1000)), rsv=COMPRESSED))
        assert unpacked(socket.message()) == bytes(1000)
