"""Echo over a websocket beside servers of the websockets library, all measured in one run.

    python tests/bench/socket_bench.py [--quick]

Each server runs in a process of its own; the servers take turns, and the median of the rounds
counts. The client is a plain socket with frames made beforehand, so it costs the same for all. It
reports and never fails.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
MESSAGE = b"x" * 64
FRAME = bytes([0x81, 0x80 | len(MESSAGE)]) + bytes(4) + MESSAGE  # the mask may be zero
ECHO = bytes([0x81, len(MESSAGE)]) + MESSAGE
HEAD = (
    b"GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def _ours(handler: Callable[[Any], Any]) -> None:
    from quick_htag import create_server

    with create_server(("", 0)) as server:
        server.websocket("/echo")(handler)
        server.no_command_loop = server.suppress_noise = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


def quick_htag() -> None:
    """A thread for each websocket, beside the one that has the sockets."""

    def echo(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    _ours(echo)


def quick_htag_async() -> None:
    """One thread for all handlers, beside the one that has the sockets."""

    async def echo(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)

    _ours(echo)


def websockets_threads() -> None:
    """A thread for each websocket, which has the socket too."""
    from websockets.sync.server import serve

    def echo(ws: Any) -> None:
        for message in ws:
            ws.send(message)

    with serve(echo, "127.0.0.1", 0, compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


def websockets_asyncio() -> None:
    """One thread for everything."""
    from websockets.asyncio.server import serve

    async def echo(ws: Any) -> None:
        async for message in ws:
            await ws.send(message)

    async def run() -> None:
        async with serve(echo, "127.0.0.1", 0, compression=None) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.Event().wait()

    asyncio.run(run())


PEERS = (quick_htag, quick_htag_async, websockets_threads, websockets_asyncio)


@contextmanager
def running(name: str) -> Iterator[int]:
    """A server in a process of its own; its port."""
    command = [sys.executable, __file__, "--serve", name]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_environment()
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(HEAD)
    received = b""
    while b"\r\n\r\n" not in received:
        received += sock.recv(4096)
    return sock


def _exchange(sock: socket.socket, count: int) -> None:
    sock.sendall(FRAME * count)
    left = len(ECHO) * count
    while left:
        left -= len(sock.recv(min(left, 1 << 20)))


def round_trip(port: int, seconds: float) -> float:
    """Microseconds from a message to its echo, one at a time, the median."""
    with _connect(port) as sock:
        taken = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            started = time.perf_counter()
            _exchange(sock, 1)
            taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e6


def throughput(port: int, seconds: float) -> float:
    """Messages a second of 8 clients, each with 50 on the way."""
    done = [0] * 8

    def talk(index: int) -> None:
        with _connect(port) as sock:
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                _exchange(sock, 50)
                done[index] += 50

    threads = [threading.Thread(target=talk, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def main() -> None:
    """Measure, or be a peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", choices=[peer.__name__ for peer in PEERS])
    parser.add_argument("--quick", action="store_true", help="one short round")
    options = parser.parse_args()
    if options.serve:
        globals()[options.serve]()
        return
    rounds, seconds = (1, 0.5) if options.quick else (3, 2.0)
    figures: dict[str, list[tuple[float, float]]] = {peer.__name__: [] for peer in PEERS}
    for _ in range(rounds):
        for name in figures:
            with running(name) as port:
                figures[name].append((round_trip(port, seconds), throughput(port, seconds)))
    print(f"{'':20}{'round trip':>12}{'messages/s':>12}")
    for name, found in figures.items():
        trip, rate = (statistics.median(one) for one in zip(*found, strict=True))
        print(f"{name:20}{trip:9.0f} us{rate:12.0f}")


if __name__ == "__main__":
    main()
