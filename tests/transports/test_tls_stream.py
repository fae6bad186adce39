"""The transport of websockets over TLS, between two real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.transports.tls_stream import TlsStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20.0
MIB = 1024 * 1024


class Recorder(asyncio.Protocol):
    """Notes what a transport tells."""

    def __init__(self) -> None:
        self.received = b""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.some = asyncio.Event()
        self.fails = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.fails:
            raise ValueError("a receiver that fails")
        self.received += data
        self.some.set()

    def eof_received(self) -> bool:
        self.ended.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)


@pytest.fixture
def pair(authority: Any) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Server and client side of a connection, the handshakes done."""
    plain, other = socket.socketpair()
    made: list[ssl.SSLSocket] = []

    def answer() -> None:
        made.append(authority.server_context().wrap_socket(plain, server_side=True))

    thread = threading.Thread(target=answer)
    thread.start()
    other.settimeout(PATIENCE)
    client = authority.client_context().wrap_socket(other, server_hostname="localhost")
    thread.join()
    made[0].setblocking(False)
    yield made[0], client
    made[0].close()
    client.close()


def _run(sock: ssl.SSLSocket, test: Callable[[TlsStream, Recorder], Any]) -> None:
    async def main() -> None:
        protocol = Recorder()
        stream = TlsStream(sock, protocol)
        stream.start()
        await asyncio.wait_for(test(stream, protocol), PATIENCE)
        stream.abort()
        await protocol.lost

    runner = asyncio.SelectorEventLoop()
    try:
        runner.run_until_complete(main())
    finally:
        runner.close()


def test_both_directions(pair: Any) -> None:
    """Bytes arrive on both sides."""
    server, client = pair

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        client.sendall(b"ping")
        await protocol.some.wait()
        stream.write(b"pong")
        assert client.recv(10) == b"pong"
        assert protocol.received == b"ping"

    _run(server, check)


def test_slow_reader_is_waited_for(pair: Any) -> None:
    """What does not fit into the socket is counted and sent as the peer reads."""
    server, client = pair
    data = os.urandom(5 * MIB)

    def read() -> str:
        got = b""
        while len(got) < len(data):
            got += client.recv(MIB)
        return hashlib.sha256(got).hexdigest()

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        stream.write(data[:1000])
        stream.write(data[1000:])
        assert stream.get_write_buffer_size() > 0
        got = await asyncio.get_running_loop().run_in_executor(None, read)
        assert got == hashlib.sha256(data).hexdigest()
        assert stream.get_write_buffer_size() == 0

    _run(server, check)


def test_close_sends_what_waits(pair: Any) -> None:
    """``close`` comes after the last byte, and the peer gets the end that TLS has."""
    server, client = pair
    client.suppress_ragged_eofs = False

    def read() -> int:
        size = 0
        while data := client.recv(MIB):
            size += len(data)
        return size

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        stream.write(bytes(3 * MIB))
        stream.close()
        assert stream.is_closing()
        assert await asyncio.get_running_loop().run_in_executor(None, read) == 3 * MIB
        assert await protocol.lost is None

    _run(server, check)


def test_end_of_the_peer(pair: Any) -> None:
    """The end is told once, and then the connection is lost."""
    server, client = pair

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        client.shutdown(socket.SHUT_WR)
        await protocol.ended.wait()
        assert await protocol.lost is None

    _run(server, check)


def test_end_of_our_output(pair: Any) -> None:
    """After ``write_eof`` the peer sees the end, and nothing it sends is delivered."""
    server, client = pair

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        stream.write(b"bye")
        stream.write_eof()
        assert client.recv(10) == b"bye"
        assert client.recv(10) == b""
        client.sendall(b"too late")
        socket.socket.shutdown(client, socket.SHUT_WR)
        await protocol.ended.wait()
        assert protocol.received == b""

    _run(server, check)


def test_failing_receiver_ends_its_connection(pair: Any) -> None:
    """An error of the protocol is reported, and the connection lost."""
    server, client = pair
    reports: list[dict[str, Any]] = []

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reports.append(context))
        protocol.fails = True
        client.sendall(b"x")
        assert isinstance(await protocol.lost, ValueError)

    _run(server, check)
    assert [report["message"] for report in reports] == ["a websocket failed"]


def test_writable_socket_does_not_spin(pair: Any) -> None:
    """With nothing to send the loop does not look for writability."""
    server, _ = pair

    async def check(stream: TlsStream, protocol: Recorder) -> None:
        loop: Any = asyncio.get_running_loop()
        stream.write(b"all of it")
        assert stream.get_write_buffer_size() == 0
        assert not loop.remove_writer(server.fileno())
        assert loop.remove_reader(server.fileno())

    _run(server, check)


def test_flow_control(pair: tuple[ssl.SSLSocket, ssl.SSLSocket]) -> None:
    """A protocol is told to pause while its peer takes nothing, and to go on afterwards."""
    ours, theirs = pair
    ours.setblocking(False)
    data = os.urandom(4 * MIB)

    class Told(Recorder):
        def __init__(self) -> None:
            super().__init__()
            self.told: list[str] = []
            self.resumed = asyncio.Event()

        def pause_writing(self) -> None:
            self.told.append("pause")

        def resume_writing(self) -> None:
            self.told.append("resume")
            self.resumed.set()

    def take() -> bytes:
        taken = b""
        while len(taken) < len(data):
            taken += theirs.recv(65536)
        return taken

    async def scenario() -> bytes:
        protocol = Told()
        stream = TlsStream(ours, protocol)
        stream.set_write_buffer_limits(high=1024)
        stream.start()
        stream.write(data)
        assert protocol.told == ["pause"]
        taken = await asyncio.to_thread(take)
        await protocol.resumed.wait()
        assert protocol.told == ["pause", "resume"]
        stream.abort()
        await protocol.lost
        return taken

    assert asyncio.run(asyncio.wait_for(scenario(), PATIENCE)) == data


def test_reading_pauses(pair: tuple[ssl.SSLSocket, ssl.SSLSocket]) -> None:
    """Nothing arrives while reading is paused, and all of it afterwards."""
    ours, theirs = pair
    ours.setblocking(False)

    async def scenario() -> None:
        protocol = Recorder()
        stream = TlsStream(ours, protocol)
        stream.pause_reading()
        stream.start()
        theirs.sendall(b"hello")
        await asyncio.sleep(0)
        assert protocol.received == b""
        stream.resume_reading()
        await protocol.some.wait()
        assert protocol.received == b"hello"
        stream.abort()
        await protocol.lost

    asyncio.run(asyncio.wait_for(scenario(), PATIENCE))
