"""Clients that are slow, silent, greedy or gone: each is kept short, and others do not notice."""

from __future__ import annotations

import contextlib
import importlib
import io
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from quick_htag import MessageLog, SendTimeout, Settings
from tests.patience import until

LIMIT = 30.0
RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
MANY = 2000
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
GET_OK = b"GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Prey:
    """A server, and sockets that are closed when the test is over."""

    def __init__(self, server: Any, text: io.StringIO) -> None:
        self.server = server
        self.url: str = server.url
        self._text = text
        self._sockets: list[socket.socket] = []

    @property
    def log(self) -> str:
        """What was logged."""
        return self._text.getvalue()

    def connect(self, data: bytes = b"", count: int = 1) -> list[socket.socket]:
        """So many connections that have sent ``data``."""
        made = []
        for _ in range(count):
            made.append(socket.create_connection(self.server.server_address[:2], LIMIT))
            self._sockets.append(made[-1])
            made[-1].sendall(data)
        return made

    def serves(self) -> bool:
        """Whether a normal client is answered."""
        return requests.get(f"{self.url}ok", timeout=LIMIT).text == "ok"

    def kinds(self) -> dict[str, int]:
        """How many connections do what."""
        found: dict[str, int] = self.server._transport.connection_kinds()
        return found

    def close(self) -> None:
        """Leave."""
        for sock in self._sockets:
            sock.close()


@pytest.fixture
def prey(start_server: Callable[..., Any]) -> Iterator[Callable[..., Prey]]:
    """``prey(setup, **settings)``: a server with "/ok", and what ``setup`` adds."""
    made: list[Prey] = []

    def start(setup: Callable[[Any], Any] = lambda server: None, **settings: Any) -> Prey:
        text = io.StringIO()

        def prepare(server: Any) -> None:
            server.text_get("/ok", 0)(lambda req, args: "ok")
            setup(server)

        options = {"log": MessageLog(text), "settings": Settings(**settings)}
        made.append(Prey(start_server(prepare, **options), text))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def many_files() -> None:
    """Skips where a process may not have the files for both ends of so many connections."""
    if sys.platform != "linux":
        pytest.skip("other systems have other limits")
    soft, _ = importlib.import_module("resource").getrlimit(
        importlib.import_module("resource").RLIMIT_NOFILE
    )
    if soft < 3 * MANY:
        pytest.skip("too few open files are allowed here")


# -- silent and slow -------------------------------------------------------------------------------


def test_idle_connections_take_no_thread(prey: Callable[..., Prey], many_files: None) -> None:
    """Two thousand of them, and everything is as it was."""
    one = prey()
    assert one.serves()
    before = threading.active_count()
    one.connect(count=MANY)
    until(lambda: one.kinds()["idle"] >= MANY)
    assert one.serves()
    assert threading.active_count() <= before + 1


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nA: ", b"POST /ok HTTP/1.1\r\n"])
def test_slow_heads_take_no_thread(prey: Callable[..., Prey], begun: bytes) -> None:
    """Five hundred that send a byte now and then, and a normal client is served."""
    one = prey()
    assert one.serves()
    before = threading.active_count()
    clients = one.connect(begun, 500)
    until(lambda: one.kinds()["reading"] == 500)
    for client in clients:
        client.sendall(b"a")
    assert one.serves()
    assert threading.active_count() <= before + 1


def test_bytes_do_not_stretch_the_time_of_a_head(prey: Callable[..., Prey]) -> None:
    """The limit is for the whole, not for each byte."""
    one = prey(header_timeout=2.0)  # ``serves`` must not take so long
    [client] = one.connect(b"GET / HTTP/1.1\r\nA: ")
    pause = threading.Event()
    with contextlib.suppress(OSError):
        for _ in range(1500):
            client.sendall(b"a")
            client.settimeout(0.02)
            with contextlib.suppress(TimeoutError):
                assert client.recv(12) == b"HTTP/1.1 408"
                break
            pause.wait(0.0)
        else:
            pytest.fail("it was never refused")
    assert one.serves()


def test_bytes_do_not_stretch_the_time_of_a_body(prey: Callable[..., Prey]) -> None:
    """A body has a rate to reach."""
    one = prey(
        lambda server: server.json_post("/post", 0)(lambda req, args: 1),
        body_timeout=0.3,
        body_min_rate=1 << 30,
    )
    [client] = one.connect(
        b"POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"
    )
    for _ in range(1500):
        client.sendall(b"1")
        client.settimeout(0.02)
        with contextlib.suppress(TimeoutError):
            assert client.recv(12) == b"HTTP/1.1 408"
            break
    else:
        pytest.fail("it was never refused")


def test_who_reads_no_stream_keeps_no_worker(prey: Callable[..., Prey]) -> None:
    """With one worker and twenty such clients, slow endpoints are answered."""

    def setup(server: Any) -> None:
        server.text_get("/stream", 0)(lambda req, args: (b"x" * (1 << 18) for _ in range(100)))
        server.text_get("/slow", 0)(lambda req, args: threading.Event().wait(0.01) or "slow")

    one = prey(setup, max_threads=1)
    one.connect(GET_OK.replace(b"/ok", b"/stream"), 20)
    until(lambda: one.server._transport._exchanges.answers.streams.waiting() == 20)
    assert requests.get(f"{one.url}slow", timeout=LIMIT).text == "slow"


def test_who_reads_no_websocket_is_left_alone(prey: Callable[..., Prey]) -> None:
    """Its handler is told after the send limit; others get theirs meanwhile."""
    late = threading.Event()

    def setup(server: Any) -> None:
        @server.websocket("/ws")
        def send(ws: Any) -> None:
            try:
                while True:
                    ws.send("x" * 100_000)
            except SendTimeout:
                late.set()

    one = prey(setup, websocket_send_timeout=0.2, websocket_max_queue=300_000)
    one.connect(HANDSHAKE)
    [other] = one.connect(HANDSHAKE)
    for _ in range(20):
        assert other.recv(65536)
    assert late.wait(LIMIT)
    assert one.serves()


def test_all_who_read_no_websocket_have_a_limit_together(prey: Callable[..., Prey]) -> None:
    """The slowest are sent away until it holds, and the log says so; others are served."""

    def setup(server: Any) -> None:
        @server.websocket("/ws")
        def send(ws: Any) -> None:
            while True:
                ws.send("x" * 100_000)

    most = 2_000_000
    one = prey(setup, websocket_max_backlog=most, websocket_max_queue=300_000)
    one.connect(HANDSHAKE, 20)
    until(lambda: "websocket_max_backlog" in one.log)
    assert one.server._sidecar.backlog.total() <= most
    assert one.serves()


# -- half of a connection --------------------------------------------------------------------------


def test_who_has_said_everything_is_answered(prey: Callable[..., Prey]) -> None:
    """A client may end its side after the request."""
    [client] = prey().connect(GET_OK)
    client.shutdown(socket.SHUT_WR)
    answer = client.makefile("rb").read()
    assert answer.endswith(b"\r\n\r\nok")


def test_half_a_request_and_no_more(prey: Callable[..., Prey]) -> None:
    """A client that ends its side in the middle is closed at once."""
    one = prey()
    clients = one.connect(GET_OK[:-2], 50)
    for client in clients:
        client.shutdown(socket.SHUT_WR)
    assert [client.recv(100) for client in clients] == [b""] * 50
    until(lambda: sum(one.kinds().values()) == 0)


# -- floods ----------------------------------------------------------------------------------------


def test_too_many_connections_and_back(prey: Callable[..., Prey]) -> None:
    """They are told to come again; when some have left, all is well."""
    one = prey(max_connections=20)
    clients = one.connect(count=20)
    until(lambda: one.kinds()["idle"] == 20)
    refused = requests.get(f"{one.url}ok", timeout=LIMIT)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    for client in clients[:5]:
        client.close()
    until(lambda: one.kinds()["idle"] == 15)
    assert one.serves()


def test_websockets_are_connections(prey: Callable[..., Prey]) -> None:
    """Who opens very many of them meets the same limit."""

    def setup(server: Any) -> None:
        server.websocket("/ws")(lambda ws: list(ws))

    one = prey(setup, max_connections=3)
    for client in one.connect(HANDSHAKE, 3):
        assert client.recv(12) == b"HTTP/1.1 101"
    until(lambda: one.server._sidecar.channels == 3)
    assert requests.get(f"{one.url}ok", timeout=LIMIT).status_code == 503


@pytest.mark.parametrize("data", [b"", b"GET", GET_OK, HANDSHAKE, b"\x16\x03\x01"])
def test_a_storm_of_resets(prey: Callable[..., Prey], data: bytes) -> None:
    """Nothing stays of those who break off, not even a line in the log about a failure."""
    one = prey(lambda server: server.websocket("/ws")(lambda ws: list(ws)))
    for _ in range(100):
        [client] = one.connect(data)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    assert one.serves()
    until(lambda: sum(one.kinds().values()) <= 1 and one.server._sidecar.channels == 0)
    assert "ERROR" not in one.log, one.log


def test_a_giant_cookie(prey: Callable[..., Prey]) -> None:
    """What browsers may send is taken; more is refused and not kept."""
    one = prey()
    for size, status in ((30_000, b"200"), (40_000, b"431")):
        [client] = one.connect(GET_OK[:-2] + b"Cookie: a=" + b"x" * size + b"\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 " + status[:3]
    assert one.serves()


def test_more_jobs_than_a_client_may_have(prey: Callable[..., Prey]) -> None:
    """One too many is answered 429 with the time to wait; endpoints are as ever."""
    one = prey(lambda server: server.json_worker("/job")(lambda payload: 1), max_jobs_per_address=5)
    start = {"action": "start", "payload": {}}
    # who asks whether it is done takes the result; who gives an id of its own does not wait for it
    with one.server.jobs.table._lock:
        one.server.jobs.table._by_client["127.0.0.1"] += 5
    refused = requests.post(f"{one.url}job", json=start, timeout=LIMIT)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert one.serves()
