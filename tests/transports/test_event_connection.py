"""Streams of events over real sockets: no thread each, and the end noticed on both sides."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.messages.event_stream import EventStream, event_stream
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.settings import Settings
from quick_htag.transports import ending
from quick_htag.transports.certificates import Certificates
from quick_htag.transports.sidecar import Sidecar
from tests.patience import until

LIMIT = 30.0


class Receiver:
    """Gives every call to the test through queues."""

    def __init__(self) -> None:
        self.channels: queue.Queue[Any] = queue.Queue()
        self.ends: queue.Queue[tuple[int, str]] = queue.Queue()
        self.thread = ""

    def opened(self, channel: Any) -> None:
        self.thread = threading.current_thread().name
        self.channels.put(channel)

    def received(self, message: str | bytes) -> None:
        raise AssertionError("nothing is ever received")

    def closed(self, code: int, reason: str) -> None:
        self.ends.put((code, reason))


class Client:
    """The peer of a stream given to a sidecar directly."""

    def __init__(self, sidecar: Sidecar, chunked: bool = False) -> None:
        self.sidecar = sidecar
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(LIMIT)
        theirs.setblocking(False)
        self.receiver = Receiver()
        stream = EventStream(self.receiver, tells_close=True)
        sidecar.stream(theirs, b"HEAD", stream, chunked, "peer")
        self.channel = self.receiver.channels.get(timeout=LIMIT)
        self.expect(b"HEAD")

    def expect(self, wanted: bytes) -> None:
        """Exactly these bytes come next."""
        got = b""
        while len(got) < len(wanted):
            data = self.sock.recv(len(wanted) - len(got))
            assert data, f"the server closed after {got!r}"
            got += data
        assert got == wanted


@pytest.fixture
def connect(no_thread_left: None) -> Iterator[Callable[..., Client]]:
    """``connect(chunked=False, **settings)`` gives a client of a sidecar of its own."""
    made: list[Client] = []

    def start(chunked: bool = False, **settings: Any) -> Client:
        made.append(Client(Sidecar(Settings(**settings), MessageLog()), chunked))
        return made[-1]

    yield start
    for client in made:
        client.sock.close()
        assert client.sidecar.stop(LIMIT)


Connect = Callable[..., Client]


def test_events_arrive_in_order(connect: Connect) -> None:
    """One send is one event."""
    client = connect()
    client.channel.send("1")
    client.channel.send_event("2", event="tick", event_id="b")
    client.expect(b"data: 1\n\nevent: tick\nid: b\ndata: 2\n\n")
    assert client.receiver.thread == "quick_htag-sidecar"


def test_chunks_frame_the_events(connect: Connect) -> None:
    """With chunked coding a client can tell the end from a cut."""
    client = connect(chunked=True)
    client.channel.send("1")
    client.expect(b"9\r\ndata: 1\n\n\r\n")
    client.channel.close(1000, "")
    while data := client.sock.recv(1000):
        last = data
    assert last.endswith(b"0\r\n\r\n")


def test_close_is_told_after_what_was_sent(connect: Connect) -> None:
    """The stream ends with code and reason."""
    client = connect()
    client.channel.send("last")
    client.channel.close(4001, "gone")
    client.expect(b'data: last\n\nevent: close\ndata: {"code": 4001, "reason": "gone"}\n\n')
    assert client.sock.recv(1) == b""
    assert client.receiver.ends.get(timeout=LIMIT) == (4001, "gone")


def test_comments_keep_the_line_in_use(connect: Connect) -> None:
    """A quiet stream gets a comment now and then."""
    client = connect(websocket_ping_interval=0.02)
    client.expect(b":\n\n:\n\n:\n\n")


def test_a_client_may_come_late_for_comments(connect: Connect) -> None:
    """Who has not read them yet has missed nothing."""
    client = connect(websocket_ping_interval=0.02)
    time.sleep(0.3)
    client.expect(b":\n\n:\n\n")
    client.channel.send("there")
    received = b""
    while b"data: there" not in received:
        received += client.sock.recv(100) or pytest.fail("it was dropped")


def test_a_receiver_may_send_something_with_each_comment(connect: Connect) -> None:
    """For clients that are to notice when that ends."""

    class Telling(Receiver):
        def opened(self, channel: Any) -> None:
            self.channel = channel
            super().opened(channel)

        def pinged(self) -> None:
            self.channel.send("alive")

    sidecar = connect(websocket_ping_interval=0.02).sidecar
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with ours:
        ours.settimeout(LIMIT)
        sidecar.stream(theirs, b"", EventStream(Telling()), False, "peer")
        received = b""
        while received.count(b"data: alive\n\n") < 2:
            received += ours.recv(100) or pytest.fail(f"closed after {received!r}")
    assert received.startswith(b":\n\ndata: alive\n\n")


@pytest.mark.parametrize("how", [socket.SHUT_WR, socket.SHUT_RDWR])
def test_a_client_that_leaves_is_noticed(connect: Connect, how: int) -> None:
    """At once, half a goodbye is enough."""
    client = connect()
    client.sock.shutdown(how)
    assert client.receiver.ends.get(timeout=LIMIT) == (1006, "")
    assert client.sidecar.channels == 0


def test_what_a_client_still_sends_is_not_kept(connect: Connect) -> None:
    """More bytes change nothing."""
    client = connect()
    client.sock.sendall(b"GET / HTTP/1.1\r\n\r\n" * 1000)
    client.channel.send("1")
    client.expect(b"data: 1\n\n")


def test_a_slow_reader_is_dropped_and_others_are_not(connect: Connect) -> None:
    """Who does not read loses its stream; the next one gets every event."""
    quick = connect(websocket_max_queue=200_000)
    slow = Client(quick.sidecar)
    with slow.sock:
        for _ in range(300):
            slow.channel.send("x" * 20_000)
            quick.channel.send("y" * 20_000)
            quick.expect(b"data: " + b"y" * 20_000 + b"\n\n")
        assert slow.receiver.ends.get(timeout=LIMIT) == (1006, "")


def test_slow_readers_together_may_leave_so_much(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slowest is told so in its last event."""
    monkeypatch.setattr(ending, "CLOSE_LIMIT", LIMIT)
    client = connect(websocket_max_backlog=1_000_000)
    client.channel.send("x" * 2_000_000)
    until(lambda: 0 < client.channel.waiting() < 1000)  # that event
    said = b""  # maybe with what was on its way
    while more := client.sock.recv(1 << 20):
        said += more
    assert b'event: close\ndata: {"code": 1013, ' in said
    assert client.receiver.ends.get(timeout=LIMIT)[0] == 1013


def test_a_stuck_reader_is_dropped(connect: Connect) -> None:
    """Who takes nothing for a whole interval is gone, however little waits for it."""
    client = connect(websocket_ping_interval=0.05)
    client.channel.send("x" * 3_000_000)
    assert client.receiver.ends.get(timeout=LIMIT) == (1006, "")


def test_a_slow_reader_gets_all_before_the_end(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes, as long as it takes something; who takes nothing is dropped."""
    monkeypatch.setattr(ending, "CLOSE_LIMIT", 3.0)
    client, stuck = connect(), connect()
    for one in (client, stuck):
        one.channel.send("x" * 1_500_000)
        one.channel.close(1000, "done")
    client.expect(b"data: ")
    for _ in range(30):
        time.sleep(0.01)  # it is slow
        client.expect(b"x" * 50_000)
    client.expect(b'\n\nevent: close\ndata: {"code": 1000, "reason": "done"}\n\n')
    assert stuck.receiver.ends.get(timeout=LIMIT) == (1006, "")


def test_stop_says_why_and_leaves_no_thread(connect: Connect) -> None:
    """The stream ends with the server's code, and the reader has it."""
    client = connect()
    assert client.sidecar.stop(LIMIT, (1012, "again"))
    client.expect(b'event: close\ndata: {"code": 1012, "reason": "again"}\n\n')
    assert client.receiver.ends.get(timeout=LIMIT) == (1012, "again")


def test_after_stop_sockets_are_closed(connect: Connect) -> None:
    """A stream that comes too late is closed, not leaked."""
    sidecar = connect().sidecar
    sidecar.stop(LIMIT)
    ours, theirs = socket.socketpair()
    with ours:
        sidecar.stream(theirs, b"HEAD", EventStream(Receiver()), False, "peer")
        assert ours.recv(1) == b""


# -- through the whole transport -------------------------------------------------------------------


class Feed:
    """An application whose every answer is a stream."""

    body_limit = 0
    cost = 0.0

    def __init__(self) -> None:
        self.receivers: queue.Queue[Receiver] = queue.Queue()

    def target(self, request: Request) -> Feed:
        return self

    def handle(self, request: Request) -> HTTPResponse:
        receiver = Receiver()
        self.receivers.put(receiver)
        return event_stream(request, receiver)

    def channel(self) -> Any:
        """Of the stream opened next."""
        return self.receivers.get(timeout=LIMIT).channels.get(timeout=LIMIT)


@pytest.fixture
def sidecar(no_thread_left: None) -> Iterator[Sidecar]:
    """A sidecar, stopped at the end."""
    made = Sidecar(Settings(), MessageLog())
    made.selects = True
    yield made
    made.stop(LIMIT)


def test_no_stream_holds_a_thread(sidecar: Sidecar, serve: Any) -> None:
    """Many open streams leave the workers free; and each still gets its events."""
    feed = Feed()
    live = serve(feed, {"channels": sidecar}, max_threads=2)
    clients = [live.connect().send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(20)]
    channels = [feed.channel() for _ in clients]
    assert sidecar.channels == 20
    for channel in channels:  # in the order in which they were opened, which two workers did
        channel.close(1000, "")
    for client in clients:
        head = client.line(b"\r\n\r\n").decode()
        assert "Connection: close" in head
        assert "Transfer-Encoding: chunked" in head
        assert client.rest() == b"0\r\n\r\n"


def test_http_1_0_gets_plain_events(sidecar: Sidecar, serve: Any) -> None:
    """Without chunked coding; the close is the end."""
    feed = Feed()
    client = serve(feed, {"channels": sidecar}).connect().send(b"GET / HTTP/1.0\r\n\r\n")
    channel = feed.channel()
    channel.send("x")
    channel.close(1000, "")
    assert "Transfer-Encoding" not in client.line(b"\r\n\r\n").decode()
    assert client.rest() == b"data: x\n\n"


def test_head_opens_nothing(sidecar: Sidecar, serve: Any) -> None:
    """HEAD is answered, and the connection goes on."""
    feed = Feed()
    client = serve(feed, {"channels": sidecar}).connect()
    assert client.get(method="HEAD").field("Content-Type") == "text/event-stream"
    assert client.get(method="HEAD").status == 200
    assert feed.receivers.get(timeout=LIMIT).channels.empty()


def test_without_a_sidecar_a_worker_sends_them(serve: Any) -> None:
    """A transport that has none treats it as any stream."""
    feed = Feed()
    client = serve(feed).connect().send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    channel = feed.channel()
    channel.send("x")
    channel.close(1000, "")
    client.line(b"\r\n\r\n")
    assert client.rest() == b"9\r\ndata: x\n\n\r\n0\r\n\r\n"


def test_it_works_over_tls(sidecar: Sidecar, serve: Any, authority: Any) -> None:
    """The same bytes, encrypted, with an end that cannot be forged."""
    feed = Feed()
    tls = Certificates(authority.server_context(), None, None, MessageLog())
    live = serve(feed, {"channels": sidecar, "tls": tls})
    raw = socket.create_connection(live.address, LIMIT)
    context: ssl.SSLContext = authority.client_context()
    with context.wrap_socket(raw, server_hostname="localhost") as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        channel = feed.channel()
        channel.send("x")
        channel.close(1000, "")
        received = b""
        while data := sock.recv(1000):
            received += data
    assert received.endswith(b"\r\n\r\ndata: x\n\n")


def test_a_client_below_the_rate_is_dropped(connect: Connect) -> None:
    """A byte now and then does not keep a stream whose events pile up."""
    client = connect(websocket_ping_interval=0.1, send_min_rate=1 << 40)
    client.channel.send("x" * (3 << 20))
    end = time.monotonic() + LIMIT
    while client.receiver.ends.empty():
        assert time.monotonic() < end
        client.sock.recv(1024)
        time.sleep(0.01)
    assert client.receiver.ends.get()[0] == 1006
