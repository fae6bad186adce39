"""A websocket on the sidecar, spoken to with raw frames over a real socket pair."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from quick_htag.logs import MessageLog
from quick_htag.messages.deflate import Terms
from quick_htag.settings import Settings
from quick_htag.transports import ending
from quick_htag.transports.sidecar import Sidecar
from tests.patience import until

LIMIT = 30.0


class Receiver:
    """Gives every call to the test through queues."""

    def __init__(self) -> None:
        self.channels: queue.Queue[Any] = queue.Queue()
        self.messages: queue.Queue[str | bytes] = queue.Queue()
        self.ends: queue.Queue[tuple[int, str]] = queue.Queue()

    def opened(self, channel: Any) -> None:
        self.channels.put(channel)

    def received(self, message: str | bytes) -> None:
        self.messages.put(message)

    def closed(self, code: int, reason: str) -> None:
        self.ends.put((code, reason))


class Client:
    """The peer: a socket and the library's frame machine."""

    def __init__(
        self,
        sidecar: Sidecar,
        early: bytes = b"",
        receiver: Receiver | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.sidecar = sidecar
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(LIMIT)
        theirs.setblocking(False)
        self.receiver = receiver or Receiver()
        self.protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        self.frames: list[Any] = []
        sidecar.adopt(theirs, b"", early, self.receiver, "peer", terms)
        self.channel = self.receiver.channels.get(timeout=LIMIT)

    def send(self, *frames: Frame) -> None:
        """Send frames as they are, masked."""
        data = b"".join(frame.serialize(mask=True) for frame in frames)
        self.sock.sendall(data)

    def frame(self) -> Frame:
        """The next frame from the server."""
        while not self.frames:
            data = self.sock.recv(65536)
            assert data, "the server closed the connection"
            self.protocol.receive_data(data)
            self.frames.extend(self.protocol.events_received())
            replies = b"".join(self.protocol.data_to_send())
            with contextlib.suppress(OSError):  # closed already: it needs no answer
                self.sock.sendall(replies)
        return self.frames.pop(0)

    def close_code(self) -> int:
        """Code of the close frame that must come next."""
        frame = self.frame()
        assert frame.opcode == Opcode.CLOSE
        return int(struct.unpack("!H", bytes(frame.data[:2]))[0])


@pytest.fixture
def connect(no_thread_left: None) -> Iterator[Callable[..., Client]]:
    """``connect(**options, **settings)``: a client, see ``Client``, of a sidecar of its own."""
    made: list[tuple[Sidecar, Client]] = []

    def start(
        early: bytes = b"",
        receiver: Receiver | None = None,
        terms: Terms | None = None,
        **settings: Any,
    ) -> Client:
        sidecar = Sidecar(Settings(**settings), MessageLog())
        client = Client(sidecar, early, receiver, terms)
        made.append((sidecar, client))
        return client

    yield start
    for sidecar, client in made:
        client.sock.close()
        sidecar.stop(LIMIT)


Connect = Callable[..., Client]


def text(data: bytes, fin: bool = True) -> Frame:
    """A text frame."""
    return Frame(Opcode.TEXT, data, fin)


def more(data: bytes, fin: bool = True) -> Frame:
    """A continuation frame."""
    return Frame(Opcode.CONT, data, fin)


def test_a_text_arrives_as_text(connect: Connect) -> None:
    """A message in one frame is decoded."""
    client = connect()
    client.send(text("grüß".encode()))
    assert client.receiver.messages.get(timeout=LIMIT) == "grüß"


def test_bytes_read_with_the_request_are_the_first_frames(connect: Connect) -> None:
    """A frame that arrived together with the handshake is not lost."""
    client = connect(early=text(b"early").serialize(mask=True))
    assert client.receiver.messages.get(timeout=LIMIT) == "early"


def test_binary_arrives_as_bytes(connect: Connect) -> None:
    """A binary message stays bytes."""
    client = connect()
    client.send(Frame(Opcode.BINARY, b"\x00\xff"))
    assert client.receiver.messages.get(timeout=LIMIT) == b"\x00\xff"


def test_fragments_make_one_message(connect: Connect) -> None:
    """A fragmented text, cut inside a character and with a ping between, arrives whole."""
    client = connect()
    client.send(
        text(b"a\xc3", fin=False), Frame(Opcode.PING, b"hi"), more(b"", False), more(b"\xbc")
    )
    assert client.receiver.messages.get(timeout=LIMIT) == "aü"
    pong = client.frame()
    assert (pong.opcode, bytes(pong.data)) == (Opcode.PONG, b"hi")


def test_frames_arrive_byte_by_byte(connect: Connect) -> None:
    """Where the network cuts does not matter."""
    client = connect()
    for byte in text(b"slow").serialize(mask=True):
        client.sock.sendall(bytes([byte]))
    assert client.receiver.messages.get(timeout=LIMIT) == "slow"


def test_messages_go_out_in_order(connect: Connect) -> None:
    """What several sends queue arrives in their order."""
    client = connect()
    for number in range(50):
        client.channel.send(str(number))
    assert [bytes(client.frame().data) for _ in range(50)] == [b"%d" % n for n in range(50)]


def test_invalid_utf8_is_1007(connect: Connect) -> None:
    """A text that is not UTF-8 closes the connection."""
    client = connect()
    client.send(text(b"\xff"))
    assert client.close_code() == 1007


@pytest.mark.parametrize(
    "frames", [[text(b"x" * 101)], [text(b"x" * 60, fin=False), more(b"x" * 60)]]
)
def test_a_large_message_is_1009(connect: Connect, frames: list[Frame]) -> None:
    """A message over the limit is refused, in one frame or in many."""
    client = connect(websocket_max_message=100)
    client.send(*frames)
    assert client.close_code() == 1009


def test_a_large_message_is_refused_by_its_header(connect: Connect) -> None:
    """The close comes before the data does, and reaches a peer that goes on sending."""
    client = connect()
    client.sock.sendall(struct.pack("!BBQ4s", 0x81, 0xFF, 1 << 24, b"mask"))
    assert client.close_code() == 1009
    client.sock.sendall(b"x" * 100_000)


def test_an_unmasked_frame_is_1002(connect: Connect) -> None:
    """A client must mask (RFC 6455 section 5.1)."""
    client = connect()
    client.sock.sendall(text(b"x").serialize(mask=False))
    assert client.close_code() == 1002


def test_a_ping_is_answered(connect: Connect) -> None:
    """A ping gets a pong with its data."""
    client = connect()
    client.send(Frame(Opcode.PING, b"42"))
    frame = client.frame()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.PONG, b"42")


def test_a_peer_that_answers_pings_stays(connect: Connect) -> None:
    """Pings go on for longer than the time a silent peer would get."""
    client = connect(websocket_ping_interval=0.2, websocket_ping_timeout=2.0)
    for _ in range(13):
        assert client.frame().opcode == Opcode.PING


def test_a_silent_peer_is_dropped(connect: Connect) -> None:
    """Without a pong the connection is gone."""
    client = connect(websocket_ping_interval=0.01, websocket_ping_timeout=0.01)
    assert client.receiver.ends.get(timeout=LIMIT) == (1006, "")


def test_the_peer_closes(connect: Connect) -> None:
    """The close of a client is answered, and its code reported once."""
    client = connect()
    client.protocol.send_close(1000, "bye")
    client.sock.sendall(b"".join(client.protocol.data_to_send()))
    assert client.close_code() == 1000
    assert client.receiver.ends.get(timeout=LIMIT) == (1000, "bye")
    assert client.sock.recv(1) == b""
    assert client.receiver.ends.empty()


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (Frame(Opcode.CLOSE, struct.pack(">H", 1000)), 1000),
        (Frame(Opcode.CONT, b"of nothing"), 1002),
        (text(b"\xff"), 1007),
    ],
)
def test_what_comes_before_the_end_is_heard(connect: Connect, last: Frame, code: int) -> None:
    """Also when both arrive at once, as from a page that sends something and is left."""
    client = connect()
    client.send(text(b"one"), text(b"two"), last)
    assert [client.receiver.messages.get(timeout=LIMIT) for _ in range(2)] == ["one", "two"]
    assert client.close_code() == code


def test_our_close_is_answered(connect: Connect) -> None:
    """close() sends its code after what was queued."""
    client = connect()
    client.channel.send("last")
    client.channel.close(4001, "gone")
    assert bytes(client.frame().data) == b"last"
    assert client.close_code() == 4001
    assert client.receiver.ends.get(timeout=LIMIT)[0] == 4001


def test_a_cut_is_1006(connect: Connect) -> None:
    """A connection that just ends is reported as abnormal."""
    client = connect()
    client.sock.close()
    assert client.receiver.ends.get(timeout=LIMIT) == (1006, "")


def test_a_close_after_the_end_of_input_is_ignored(connect: Connect) -> None:
    """A peer that has just gone is told nothing more, and nobody hears of it."""
    errors: list[str] = []
    client = connect()
    log: Any = client.sidecar._log
    log.error_handler = lambda _source, text, lines: errors.append(text)
    at_work, go_on = threading.Event(), threading.Event()
    client.sidecar.post(lambda: (at_work.set(), go_on.wait(LIMIT)))
    assert at_work.wait(LIMIT)
    client.sock.shutdown(socket.SHUT_WR)
    client.sidecar.post(partial(client.channel.close, 4001, "late"))  # before the end is read
    go_on.set()
    client.receiver.ends.get(timeout=LIMIT)
    assert errors == []


def test_a_message_after_our_close_is_not_heard(connect: Connect) -> None:
    """Once the server has closed, what still arrives is ignored."""
    client = connect()
    client.channel.close(4001, "gone")
    assert client.sock.recv(2) == b"\x88\x06"  # a close frame, not answered
    client.send(text(b"late"))
    client.sock.close()
    client.receiver.ends.get(timeout=LIMIT)
    assert client.receiver.messages.empty()


def test_a_slow_reader_is_dropped_and_others_are_not(connect: Connect) -> None:
    """Who does not read loses its connection; the next one gets every message."""
    quick = connect(websocket_max_queue=200_000)
    slow = Client(quick.sidecar)
    with slow.sock:
        for _ in range(300):
            slow.channel.send("x" * 20_000)
            quick.channel.send("y" * 20_000)
            assert bytes(quick.frame().data) == b"y" * 20_000
        assert slow.receiver.ends.get(timeout=LIMIT)[0] == 1006


def test_slow_readers_together_may_leave_so_much(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slowest is told 1013 after what was on its way; the others stay."""
    monkeypatch.setattr(ending, "CLOSE_LIMIT", LIMIT)
    quick = connect(websocket_max_backlog=3_000_000)
    slowest, slow = (Client(quick.sidecar) for _ in range(2))
    backlog = quick.sidecar.backlog
    for client in (slowest, slow):
        client.channel.send("x" * 2_000_000)
        until(lambda: backlog.total() > 1_000_000)
    until(slowest.channel.farewell)
    last = slowest.frame()
    if last.opcode == Opcode.TEXT:  # it was on its way
        last = slowest.frame()
    assert bytes(last.data[:2]) == struct.pack("!H", 1013)
    assert len(slow.frame().data) == 2_000_000
    quick.channel.send("still here")
    assert bytes(quick.frame().data) == b"still here"
    until(lambda: backlog.total() == 0)
    for client in (slowest, slow):
        client.sock.close()


def test_the_slowest_that_reads_nothing_is_dropped(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for; and a handler that waits for room is told of the end."""
    monkeypatch.setattr(ending, "CLOSE_LIMIT", 0.1)
    client = connect(websocket_max_backlog=1_000_000)
    client.channel.send("x" * 2_000_000)
    assert client.receiver.ends.get(timeout=LIMIT)[0] == 1006
    assert client.sidecar.backlog.total() == 0


class Choosy(Receiver):
    """A receiver that takes one message at a time."""

    def opened(self, channel: Any) -> None:
        self.channel = channel
        super().opened(channel)

    def received(self, message: str | bytes) -> None:
        self.channel.hold()
        super().received(message)


def test_who_takes_no_more_is_given_no_more(connect: Connect) -> None:
    """Messages that arrived together come one by one, and the client is made to wait."""
    client = connect(receiver=Choosy())
    client.sock.setblocking(False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < 50_000_000:
            sent += client.sock.send(text(b"x" * 50_000).serialize(mask=True))
    assert sent < 50_000_000
    client.receiver.messages.get(timeout=LIMIT)
    assert client.receiver.messages.empty()
    client.receiver.channel.go_on()
    assert client.receiver.messages.get(timeout=LIMIT) == "x" * 50_000


def test_a_client_that_waits_is_not_taken_for_dead(connect: Connect) -> None:
    """While nothing is read, no pong is either."""
    client = connect(receiver=Choosy(), websocket_ping_interval=0.01, websocket_ping_timeout=0.02)
    client.send(text(b"first"), text(b"second"))
    for _ in range(10):
        assert client.frame().opcode == Opcode.PING
    client.receiver.channel.go_on()
    assert client.receiver.messages.get(timeout=LIMIT) == "first"
    assert client.receiver.messages.get(timeout=LIMIT) == "second"


def test_binary_is_sent_as_binary(connect: Connect) -> None:
    """A view of bytes is a binary message."""
    client = connect()
    client.channel.offer(memoryview(b"\x00\xff"))
    frame = client.frame()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.BINARY, b"\x00\xff")


def test_who_never_reads_is_made_to_wait_and_goes_on(connect: Connect) -> None:
    """The queue refuses what does not fit, and tells when there is room again."""
    client = connect(websocket_max_queue=100_000)
    room = threading.Event()
    client.channel.on_room = room.set
    offered = 0
    while client.channel.offer(b"x" * 50_000):
        offered += 1
        assert offered < 1000
    while not room.is_set():
        client.frame()
    assert client.channel.offer(b"y")


def test_pings_of_who_never_reads_do_not_pile_up(connect: Connect) -> None:
    """No answer is made for a client that takes none: it has to wait itself."""
    client = connect()
    client.sock.setblocking(False)
    ping, sent = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 100, 0
    with contextlib.suppress(BlockingIOError):
        while sent < 50_000_000:
            sent += client.sock.send(ping)
    assert sent < 50_000_000


def test_messages_are_compressed_when_agreed(connect: Connect) -> None:
    """Both ways, each message for itself."""
    client = connect(terms=Terms(deflate=True))
    client.protocol.extensions = [PerMessageDeflate(True, True, 12, 15)]
    client.protocol.send_text(b"hello " * 1000)
    (data,) = client.protocol.data_to_send()
    assert len(data) < 100
    client.sock.sendall(data)
    assert client.receiver.messages.get(timeout=LIMIT) == "hello " * 1000
    client.channel.offer(b"world " * 1000)
    assert bytes(client.frame().data) == b"world " * 1000


@pytest.mark.parametrize("parts", [1, 3])
def test_a_compressed_message_is_measured_decompressed(connect: Connect, parts: int) -> None:
    """A bomb is refused with 1009, in one piece or in several, before it has grown."""
    client = connect(terms=Terms(max_message=100_000, deflate=True))
    client.protocol.extensions = [PerMessageDeflate(True, True, 12, 15)]
    piece = bytes(10_000_000 // parts)
    client.protocol.send_binary(piece, fin=parts == 1)
    for part in range(1, parts):
        client.protocol.send_continuation(piece, fin=part == parts - 1)
    client.sock.sendall(b"".join(client.protocol.data_to_send()))
    assert client.close_code() == 1009
    assert client.receiver.messages.empty()


@pytest.mark.parametrize("bits", [9, 12])
def test_the_window_is_the_agreed_one(connect: Connect, bits: int) -> None:
    """A client with a small window can read what we compress."""
    client = connect(terms=Terms(deflate=True, window_bits=bits))
    client.protocol.extensions = [PerMessageDeflate(True, True, bits, 15)]
    data = bytes(range(256)) * 40  # repeats itself just within 512 bytes
    client.channel.offer(memoryview(data))
    assert bytes(client.frame().data) == data


def test_a_close_in_the_middle_of_a_message(connect: Connect) -> None:
    """Is answered in kind (RFC 6455 section 5.4); nobody hears of the message."""
    client = connect()
    client.send(text(b"begun", fin=False), Frame(Opcode.CLOSE, b"\x03\xe8bye"))
    assert client.close_code() == 1000
    assert client.receiver.ends.get(timeout=LIMIT) == (1000, "bye")
    assert client.receiver.messages.empty()


def test_bad_text_ends_at_once(connect: Connect) -> None:
    """A piece that cannot become UTF-8 any more is not waited for; what was cut in a letter is."""
    client = connect()
    client.send(text(b"gr\xc3", fin=False), more(b"\xbc", fin=False), more(b"\xff", fin=False))
    assert client.close_code() == 1007
    assert client.receiver.messages.empty()


@pytest.mark.parametrize(
    "data",
    [
        b"\xc1\x80\0\0\0\0",  # a reserved bit, nothing agreed
        b"\x83\x80\0\0\0\0",  # an opcode that does not exist
        b"\x80\x80\0\0\0\0",  # a continuation of nothing
        b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0",  # a message in a message
        b"\x09\x80\0\0\0\0",  # a ping in pieces
        b"\x89\xfe\0\x7e\0\0\0\0" + bytes(126),  # a ping of 126 bytes
        b"\x88\x81\0\0\0\0\x03",  # a close of one byte
        b"\x88\x82\0\0\0\0\x03\xed",  # a close with 1005
    ],
)
def test_what_breaks_the_rules_is_1002(connect: Connect, data: bytes) -> None:
    """RFC 6455 section 5: frames that no client may send end the connection."""
    client = connect()
    client.sock.sendall(data)
    assert client.close_code() == 1002
    assert client.receiver.messages.empty()


def test_a_flood_of_pings_ends_the_connection(connect: Connect) -> None:
    """Who sends more of them than any client needs is told, and closed."""
    client = connect(websocket_max_idle_rate=1.0)
    client.send(*[Frame(Opcode.PING, b"")] * 50)
    while (frame := client.frame()).opcode == Opcode.PONG:
        continue
    assert struct.unpack("!H", bytes(frame.data[:2])) == (1008,)


def test_a_flood_of_empty_pieces_ends_the_connection(connect: Connect) -> None:
    """A message that never ends and never grows is no message."""
    client = connect(websocket_max_idle_rate=1.0)
    client.send(text(b"", fin=False), *[more(b"", fin=False)] * 50)
    assert client.close_code() == 1008


def test_messages_are_no_flood(connect: Connect) -> None:
    """The limit is about frames that say nothing."""
    client = connect(websocket_max_idle_rate=1.0)
    client.send(*[text(b"a"), text(b"")] * 100)
    assert [client.receiver.messages.get(timeout=LIMIT) for _ in range(200)] == ["a", ""] * 100


def test_a_flood_lets_others_take_turns(connect: Connect) -> None:
    """What one client has sent at once is used in portions, others come between."""
    client = connect(websocket_max_idle_rate=0.0)
    held, go_on = threading.Event(), threading.Event()
    client.sidecar.post(lambda: (held.set(), go_on.wait(LIMIT)))
    assert held.wait(LIMIT)
    client.sock.sendall(Frame(Opcode.PING, b"").serialize(mask=True) * 8000)
    [guest] = client.sidecar.connections
    left: list[int] = []

    def look() -> None:
        left.append(len(guest._unread))  # type: ignore[attr-defined]
        if left[-1] or len(left) < 100:
            client.sidecar.post(look)

    client.sidecar.post(look)
    go_on.set()
    for _ in range(8000):
        assert client.frame().opcode == Opcode.PONG
    assert max(left) > 0
