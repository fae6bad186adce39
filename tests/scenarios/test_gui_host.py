"""A real htag app behind GuiHost, sidecar and a real socket, whichever htag is installed."""

from __future__ import annotations

import asyncio
import html
import json
import re
import socket
import threading
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from quick_htag.engines.detect import load_engine
from quick_htag.guis import GuiHost, GuiOptions
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions
from quick_htag.transports.loop_thread import LoopThread
from quick_htag.transports.sidecar import Sidecar
from tests.patience import quick

htag = pytest.importorskip("htag", exc_type=ImportError)
LIMIT = 30.0
go_on = threading.Event()  # what a blocking handler waits for
ENGINE = load_engine()
Base = htag.Tag.div if ENGINE.major == 1 else htag.Tag.App


class Monitor(Base):  # type: ignore[misc,valid-type]
    """Buttons to add one, to block, and to start pushing."""

    imports: tuple[Any, ...] = ()

    def init(self) -> None:
        self.count = 0
        self.label = htag.Tag.b("0")
        for name in ("add", "block", "start"):
            self += htag.Tag.button(name, _onclick=getattr(self, f"do_{name}"))
        self += self.label

    def show(self) -> None:
        self.label.clear(f"count {self.count}")

    def do_add(self, _: Any = None) -> None:
        self.count += 1
        self.show()

    def do_block(self, _: Any = None) -> None:
        assert go_on.wait(LIMIT * 2)

    def do_start(self, _: Any = None) -> None:
        self.pushing = asyncio.ensure_future(self.push())

    async def push(self) -> None:
        while True:
            await asyncio.sleep(0.002)
            self.do_add()
            updated = self.label.update()
            if ENGINE.major == 1 and not await updated:
                return


def _events(document: str) -> list[dict[str, Any]]:
    """What the three buttons send."""
    if ENGINE.major == 1:
        calls = re.findall(r"interact\( (\{.*?\}) \)", html.unescape(document))
        return [json.loads(call.replace("jevent(event)", "{}")) for call in calls]
    body = document[document.index("<body") :]
    found = re.findall(r"htag_event\('([^']+)', '(\w+)'", body)
    return [{"id": one, "event": name, "data": {"callback_id": "c"}} for one, name in found]


class Stage:
    """A host with a sidecar."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.errors: list[str] = []
        log = MessageLog()
        log.error_handler = lambda _source, text, lines: self.errors.append(
            "\n".join([text, *lines])
        )
        self.sessions = Sessions(self.settings)
        self.sidecar = Sidecar(self.settings, log)
        start = partial(LoopThread, on_error=partial(log.error, "err_gui"))
        self.host = GuiHost(self.settings, log, self.sessions, start, self.sidecar)
        self.mount = SimpleNamespace(
            path="",
            name="Monitor",
            source=lambda: Monitor,
            engine=ENGINE,
            client="client.js",
            debug=lambda: False,
            on_instance=None,
            on_exit=None,
            start="",
            largest_file=lambda: 1000,
            shared_session=None,
            options=GuiOptions(),
            transports=("websocket",),
        )

    def close(self) -> None:
        self.host.close(LIMIT)
        self.sidecar.stop(LIMIT)


class Tab:
    """A page in a browser without a browser."""

    def __init__(self, stage: Stage, session: Any) -> None:
        self.stage, self.session = stage, session
        document = stage.host.open_page(stage.mount, Request("GET", "/"), session)
        start = document.index("quick_htag_page=") + len("quick_htag_page=")
        self.config = json.loads(document[start : document.index("</script>", start)])
        self.events = _events(document)
        self.seen = self.config["seen"]
        self.sent = 0
        self.numbers: list[int] = []
        self.texts = ""
        self.connect()

    def connect(self) -> None:
        """Connect, or reconnect where the connection was cut."""
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(LIMIT)
        theirs.setblocking(False)
        receiver = self.stage.host.links.receiver(
            self.stage.mount, self.session, self.config["page"], self.seen
        )
        self.stage.sidecar.adopt(theirs, b"", b"", receiver, "peer")
        self.protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        self.frames: list[Any] = []

    def click(self, index: int) -> int:
        """Press a button; the number of the event."""
        self.sent += 1
        text = json.dumps({"n": self.sent, "p": self.events[index]}).encode()
        self.sock.sendall(Frame(Opcode.TEXT, text).serialize(mask=True))
        return self.sent

    def frame(self) -> Frame:
        """The next frame."""
        while not self.frames:
            data = self.sock.recv(65536)
            assert data, "closed"
            self.protocol.receive_data(data)
            self.frames.extend(self.protocol.events_received())
        frame: Frame = self.frames.pop(0)
        return frame

    def close_code(self) -> int:
        """The code of the close, whatever comes before it."""
        while (frame := self.frame()).opcode != Opcode.CLOSE:
            pass
        return int.from_bytes(bytes(frame.data[:2]), "big")

    def message(self) -> dict[str, Any]:
        """The next message, taken note of."""
        frame = self.frame()
        assert frame.opcode == Opcode.TEXT, frame
        message: dict[str, Any] = json.loads(bytes(frame.data))
        if "p" in message:
            self.seen = message["n"]
            self.numbers.append(message["n"])
            self.texts += json.dumps(message["p"])
        return message

    def until_done(self, number: int) -> None:
        """Read until an event has been handled."""
        while self.message().get("done") != number:
            pass

    def counts(self) -> list[int]:
        """The numbers shown, in order."""
        return [int(text) for text in re.findall(r"count (\d+)<", self.texts)]


@pytest.fixture
def stage(no_thread_left: None) -> Iterator[Stage]:
    """A host with a sidecar, closed at the end; nothing may have failed."""
    made = Stage()
    yield made
    made.close()
    assert made.errors == []


def test_a_click_comes_back(stage: Stage) -> None:
    """The page shows what the handler changed before it hears that the event is done."""
    tab = Tab(stage, stage.sessions.issue(""))
    tab.until_done(tab.click(0))
    assert tab.counts() == [1]
    tab.sock.close()


def test_tabs_are_mirrored_and_sessions_are_not(stage: Stage) -> None:
    """A second tab of the visitor sees the click, another visitor does not."""
    session = stage.sessions.issue("")
    first, second, other = (
        Tab(stage, session),
        Tab(stage, session),
        Tab(stage, stage.sessions.issue("")),
    )
    first.until_done(first.click(0))
    while not second.counts():
        second.message()
    other.until_done(other.click(0))
    assert (second.counts(), other.counts()) == ([1], [1])
    for tab in (first, second, other):
        tab.sock.close()


def test_nothing_is_lost_or_repeated_when_the_socket_is_cut(stage: Stage) -> None:
    """Ten cuts while the app pushes: every payload arrives once, in order."""
    tab = Tab(stage, stage.sessions.issue(""))
    tab.until_done(tab.click(2))
    for _ in range(10):
        target = len(tab.numbers) + 5
        while len(tab.numbers) < target:
            tab.message()
        tab.sock.close()
        tab.connect()
    while len(tab.numbers) < 80:
        tab.message()
    tab.sock.close()
    first = tab.numbers[0]
    assert tab.numbers == list(range(first, first + len(tab.numbers)))
    assert tab.counts() == sorted(set(tab.counts()))


def test_a_short_ring_redraws(no_thread_left: None) -> None:
    """A page that comes back too late is drawn anew and shows what is current."""
    stage = Stage(replay_messages=2)
    session = stage.sessions.issue("")
    tab, other = Tab(stage, session), Tab(stage, session)
    assert tab.message() == {"hello": 0}
    tab.sock.close()
    for _ in range(10):
        other.until_done(other.click(0))
    tab.connect()
    while not tab.numbers:
        tab.message()
    assert tab.counts()[-1] == 10
    tab.until_done(tab.click(0))
    assert tab.counts()[-1] == 11
    for one in (tab, other):
        one.sock.close()
    stage.close()


def test_a_blocking_handler_delays_nobody_else(stage: Stage) -> None:
    """While one visitor's handler sleeps, another's click takes less than 50 ms."""
    blocked, other = Tab(stage, stage.sessions.issue("")), Tab(stage, stage.sessions.issue(""))
    go_on.clear()
    number = blocked.click(1)
    assert blocked.message() == {"hello": 0}
    assert blocked.message() == {"ack": 1}
    quick(lambda: other.until_done(other.click(0)), 0.05, LIMIT)  # it sleeps for twice as long
    go_on.set()
    blocked.until_done(number)
    for tab in (blocked, other):
        tab.sock.close()


def test_a_pushing_app_ends(stage: Stage) -> None:
    """When its session is killed the app's task ends with its thread."""
    tab = Tab(stage, stage.sessions.issue(""))
    tab.until_done(tab.click(2))
    assert stage.host.sessions_snapshot()[0].tasks >= 1
    assert stage.host.clear() == 1
    assert tab.close_code() == 4001
    tab.sock.close()
