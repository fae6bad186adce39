"""Promises about frames of websockets, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from quick_htag.messages.backlog import Backlog
from quick_htag.messages.deflate import Terms
from quick_htag.settings import Settings
from quick_htag.transports.relay import Relay
from quick_htag.transports.sidecar import server_protocol
from quick_htag.transports.websocket import WebsocketConnection
from tests.fuzz.checks_wire import prefixes

LARGEST = 2000  # bytes of a message
SETTINGS = Settings(websocket_max_message=LARGEST, websocket_max_idle_rate=0.0)
FAULTS = {1002, 1007, 1009}  # that a client may be told
_TURNS = 2000  # of the loop, in which all that has arrived must be taken


class Home:
    """What a connection needs of a sidecar."""

    def __init__(self) -> None:
        self.settings = SETTINGS
        self.connections: set[Any] = set()
        self.backlog = Backlog(0)
        self.turns = Relay(self.post)

    def post(self, function: Callable[[], object]) -> bool:
        asyncio.get_running_loop().call_soon(function)
        return True


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.reading = True
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Nothing follows."""

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


class Listener:
    """Who gets the messages."""

    def __init__(self) -> None:
        self.messages: list[str | bytes] = []
        self.ends: list[tuple[int, str]] = []

    def opened(self, channel: Any) -> None:
        """It may be spoken to."""

    def received(self, message: str | bytes) -> None:
        assert not self.ends
        self.messages.append(message)

    def closed(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))


def check_frames(data: bytes, cuts: Sequence[int], deflate: bool) -> None:
    """Frames mean the same however they are cut; what is taken is no longer than allowed."""
    whole = asyncio.run(_received([data], deflate))
    pieces, before = [], 0
    for piece in prefixes(data, cuts):
        pieces.append(piece[before:])
        before = len(piece)
    pieced = asyncio.run(_received(pieces, deflate))
    messages, said, _ = whole
    if FAULTS & {said, pieced[1]}:  # which of several is found first depends on the pieces
        shorter = min(len(messages), len(pieced[0]))
        assert messages[:shorter] == pieced[0][:shorter]
    else:
        assert pieced == whole, (pieced, whole)
    for message in messages:
        size = len(message.encode() if isinstance(message, str) else message)
        assert size <= LARGEST


async def _received(
    pieces: Sequence[bytes], deflate: bool
) -> tuple[list[str | bytes], int | None, tuple[int, str]]:
    """The messages, the code that we have closed with, and how it has ended."""
    listener, wire = Listener(), Wire()
    frames = server_protocol(LARGEST, Terms(deflate=deflate))
    connection = WebsocketConnection(Home(), frames, b"", b"", listener, "192.0.2.7")
    connection.connection_made(wire)
    for piece in pieces:
        if wire.closed:
            break
        connection.data_received(piece)
        for _ in range(_TURNS):
            if wire.reading or wire.closed:
                break
            await asyncio.sleep(0)
        assert wire.reading or wire.closed
    if not wire.closed:
        connection.eof_received()
    connection.connection_lost(None)
    assert len(listener.ends) == 1
    said = frames.close_sent
    return listener.messages, None if said is None else said.code, listener.ends[0]
