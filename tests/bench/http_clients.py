"""Clients for what wrk cannot do: many that idle, some that are slow, one that takes the time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

GET = b"GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"

LONGEST = 20.0  # seconds that a server gets to take a crowd


def ask(sock: socket.socket) -> float:
    """Seconds from the begin of a request to the end of its answer.

    Raises:
        OSError: there was none.

    """
    begun = time.perf_counter()
    sock.sendall(GET)
    data = b""
    while b"}" not in data:  # the answer is one small JSON object
        more = sock.recv(4096)
        if not more:
            raise ConnectionError("the server has closed the connection")
        data += more
    return time.perf_counter() - begun


def connect(port: int, timeout: float = 10.0) -> socket.socket:
    """A connection."""
    sock = socket.create_connection(("127.0.0.1", port), timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def part(values: list[float], share: float) -> float:
    """The value below which ``share`` of all are."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def paced(port: int, seconds: float, pause: float = 0.004) -> list[float]:
    """How long single requests take, one every ``pause`` seconds; ``inf`` for one without answer.

    Each is counted from when it was due, so that a server that stalls is not spared the requests it
    would have got meanwhile.
    """
    times: list[float] = []
    end = time.perf_counter() + seconds
    due = time.perf_counter()
    sock = connect(port)
    try:
        while due < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                sock.settimeout(max(0.05, min(2.0, end - time.perf_counter() + 1.0)))
                ask(sock)
                times.append(time.perf_counter() - due)
            except OSError:
                times.append(float("inf"))
                sock.close()
                due = time.perf_counter()
                with contextlib.suppress(OSError):
                    sock = connect(port, 1.0)
            due += pause
    finally:
        sock.close()
    return times


class Crowd:
    """Many connections that were used once and are kept.

    Args:
        port: of the server.
        count: how many; fewer where that takes too long.

    Attributes:
        answered: how many got an answer.

    """

    def __init__(self, port: int, count: int) -> None:
        self.answered = 0
        self._socks: list[socket.socket] = []
        end = time.monotonic() + LONGEST
        for _ in range(count):
            if time.monotonic() > end:
                break
            try:
                sock = connect(port, 5.0)
                self._socks.append(sock)
                ask(sock)
            except OSError:
                break
            self.answered += 1

    def ask_some(self, count: int) -> list[float]:
        """The time of the next request on some of them, in seconds."""
        times = []
        for sock in self._socks[:: max(1, len(self._socks) // count)][:count]:
            try:
                times.append(ask(sock))
            except OSError:
                times.append(float("inf"))
        return times

    def close(self) -> None:
        """Leave."""
        for sock in self._socks:
            sock.close()


@contextmanager
def slow_clients(port: int, count: int) -> Iterator[None]:
    """Clients that send a head at a byte per second, while the block runs."""
    socks = [connect(port) for _ in range(count)]
    stop = threading.Event()

    def dribble() -> None:
        for byte in GET[:-1]:
            for sock in socks:
                with contextlib.suppress(OSError):
                    sock.send(bytes([byte]))
            if stop.wait(1.0):
                return

    thread = threading.Thread(target=dribble)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for sock in socks:
            sock.close()
