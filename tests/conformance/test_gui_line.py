"""The websocket of a page of an htag app: the same tables, with a session, a page and an origin."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from quick_htag import QuickServer, create_server
from tests.conformance.frames import (
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    Frame,
    Socket,
    frame,
)
from tests.conformance.handshakes import SHAKES, Shake, head_of
from tests.conformance.messages import OPEN, SENT, Sent
from tests.conformance.raw import Address, Raw, request

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"
NO_EVENT = 1008
ORIGIN = "http://test"


class Visitor(NamedTuple):
    """Somebody who has loaded a page."""

    address: Address
    cookie: str
    page: str

    @property
    def path(self) -> str:
        """Where the page connects to."""
        return f"/app/ws?page={self.page}&seen=0"

    def connect(self) -> Socket:
        """The websocket of the page, greeted; one that was there before is replaced."""
        socket = Socket(self.address, self.path, f"Origin: {ORIGIN}", f"Cookie: {self.cookie}")
        assert "hello" in json.loads(socket.message().data)
        return socket


@pytest.fixture(scope="module")
def gui() -> Iterator[QuickServer]:
    """A server with an app of htag."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    name = "app_htag2:App" if hasattr(htag, "State") else "app_htag1:App"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(LIVE_APPS))
        server = create_server(("", 0))
        server.no_command_loop = True
        server.allowed_hosts = None
        server.bind_htag("/app/", name)
        server.start()
        yield server
        server.shutdown()
        server.server_close()
        for path in LIVE_APPS.glob("*.py"):
            sys.modules.pop(path.stem, None)


@pytest.fixture(scope="module")
def visitor(gui: QuickServer) -> Visitor:
    """One page for all cases, which therefore outlives everything that is done to it."""
    address = ("127.0.0.1", gui.server_address[1])
    with Raw(address) as client:
        answer = client.send(request(start="GET /app/ HTTP/1.1")).answer()
    assert answer.status == 200
    cookie = (answer.field("Set-Cookie") or "").partition(";")[0]
    found = re.search(rb"quick_htag_page=(\{.*?\})</script>", answer.body)
    assert found is not None
    return Visitor(address, cookie, json.loads(found[1])["page"])


def control(socket: Socket) -> Frame:
    """The next frame that is none of the app's messages."""
    found = socket.frame()
    while found.opcode in (TEXT, CONT, PING):
        found = socket.frame()
    return found


@pytest.mark.parametrize("shake", SHAKES, ids=[f"{one.number}: {one.what}" for one in SHAKES])
def test_handshake(visitor: Visitor, shake: Shake) -> None:
    """Each is answered as at any other address, and the page can connect afterwards."""
    fields = {"Origin": ORIGIN, "Cookie": visitor.cookie}
    with Raw(visitor.address) as client:
        client.send(head_of(shake, visitor.path, **fields))
        assert client.answer(shake.start.partition(" ")[0]).status == shake.status, shake
    visitor.connect().sock.close()


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"Origin": None}, 403),
        ({"Cookie": None}, 4001),
        ({"Cookie": "session=unknown"}, 4001),
    ],
    ids=["no origin", "no cookie", "unknown session"],
)
def test_who_may_connect(visitor: Visitor, changes: dict[str, str], outcome: int) -> None:
    """A page without its origin is refused; without its session it is told that this has ended."""
    fields = {"Origin": ORIGIN, "Cookie": visitor.cookie}
    shake = Shake("", "", dict(changes), 0)
    with Raw(visitor.address) as client:
        answer = client.send(head_of(shake, visitor.path, **fields)).answer()
        if answer.status == 101:
            first, second = client.take(2)
            assert first == 0x80 | CLOSE
            assert int.from_bytes(client.take(second)[:2], "big") == outcome
        else:
            assert answer.status == outcome
    visitor.connect().sock.close()


ENDED = [one for one in SENT if one.code != OPEN and one.path == "/ws"]


@pytest.mark.parametrize("sent", ENDED, ids=[f"{one.number}: {one.what}" for one in ENDED])
def test_frames_that_end_it(visitor: Visitor, sent: Sent) -> None:
    """The same frames end it with the same codes; the page connects again, to the same app."""
    with visitor.connect() as socket:
        socket.send(sent.data)
        found = control(socket)
        assert found.opcode == CLOSE
        code = int.from_bytes(found.data[:2], "big") if found.data else None
        assert code == sent.code, sent
    visitor.connect().sock.close()


EVENTS = [
    ("a text", frame(TEXT, b"hello")),
    ("nothing", frame(TEXT)),
    ("bytes", frame(2, b'{"n":1,"p":{}}')),
    ("a number", frame(TEXT, b"1")),
    ("a list", frame(TEXT, b"[]")),
    ("an empty object", frame(TEXT, b"{}")),
    ("no payload", frame(TEXT, b'{"n":1}')),
    ("no number", frame(TEXT, b'{"p":{}}')),
    ("one name more", frame(TEXT, b'{"n":1,"p":{},"x":1}')),
    ("number 0", frame(TEXT, b'{"n":0,"p":{}}')),
    ("a negative number", frame(TEXT, b'{"n":-1,"p":{}}')),
    ("true as number", frame(TEXT, b'{"n":true,"p":{}}')),
    ("a fraction as number", frame(TEXT, b'{"n":1.0,"p":{}}')),
    ("a text as number", frame(TEXT, b'{"n":"1","p":{}}')),
    ("NaN", frame(TEXT, b'{"n":NaN,"p":{}}')),
    ("a list as payload", frame(TEXT, b'{"n":1,"p":[]}')),
    ("an event that is far ahead", frame(TEXT, b'{"n":1000000,"p":{}}')),
    ("a huge number", frame(TEXT, b'{"n":' + b"9" * 5000 + b',"p":{}}')),
    ("100,000 lists", frame(TEXT, b'{"n":1,"p":{"a":' + b"[" * 100_000)),
    ("in fragments", frame(TEXT, b"hel", fin=False) + frame(CONT, b"lo")),
]


@pytest.mark.parametrize(("what", "data"), EVENTS, ids=[what for what, _ in EVENTS])
def test_what_is_no_event(visitor: Visitor, what: str, data: bytes) -> None:
    """It ends the websocket with 1008 and does nothing to the app."""
    with visitor.connect() as socket:
        socket.send(data)
        found = control(socket)
        assert (found.opcode, found.data[:2]) == (CLOSE, NO_EVENT.to_bytes(2, "big"))
    visitor.connect().sock.close()


def test_pings(visitor: Visitor) -> None:
    """They are answered between the messages of the app."""
    with visitor.connect() as socket:
        for at in range(10):
            socket.send(frame(PING, b"%d" % at))
            assert control(socket) == Frame(PONG, b"%d" % at)
