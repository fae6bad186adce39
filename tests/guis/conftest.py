"""A small engine, and everything around a GuiHost that tests turn by hand."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.engines.base import InstanceContext, PageParts, Payload
from quick_htag.errors import AppFailed
from quick_htag.guis import GuiHost, GuiOptions
from quick_htag.guis.transports import TRANSPORTS
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions
from quick_htag.transports.loop_thread import LoopThread

LIMIT = 30.0


class FakeChannel:
    """A connection without a socket: what was sent is a list one can wait for."""

    transport = "websocket"
    address = "192.0.2.1"

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.sent: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None

    def send(self, text: str) -> None:
        with self._changed:
            self.sent.append(json.loads(text))
            self._changed.notify_all()

    def close(self, code: int, reason: str) -> None:
        with self._changed:
            self.closed = self.closed or (code, reason)
            self._changed.notify_all()

    def wait(self, holds: Callable[[FakeChannel], Any]) -> None:
        """Wait until ``holds(channel)``."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self), LIMIT), (self.sent, self.closed)

    def payloads(self) -> list[Any]:
        """The payloads received, in order."""
        return [message["p"] for message in self.sent if "p" in message]

    def code(self) -> int | None:
        """The close code."""
        return None if self.closed is None else self.closed[0]


class FakeTimer:
    """A timer that fires when the clock has been turned."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.alarms: list[tuple[float, Callable[[], object]]] = []

    def call_later(self, delay: float, function: Callable[[], object]) -> Callable[[], None]:
        alarm = (self._clock() + delay, function)
        self.alarms.append(alarm)
        return lambda: self.alarms.remove(alarm) if alarm in self.alarms else None

    def advance(self, seconds: float) -> None:
        """Turn the clock and fire what is due, in order."""
        end = self._clock() + seconds
        while due := sorted((one for one in self.alarms if one[0] <= end), key=lambda one: one[0]):
            self.alarms.remove(due[0])
            self._clock.now = max(self._clock.now, due[0][0])
            due[0][1]()
        self._clock.now = end


class Counter:
    """An app with a number: the instance of the test engine."""

    def __init__(self, context: InstanceContext) -> None:
        self.context = context
        self.query = context.request.query_string
        self.kept = context.kept
        if "odd" in (context.kept or {}):
            raise ValueError("cannot work with that")
        self.value = (context.kept or {}).get("all", {}).get("value", (None, 0))[1]
        self.connections = 0
        self.thread = threading.current_thread().name
        self.sleeping = threading.Event()
        self.blocking, self.release = threading.Event(), threading.Event()
        self.closed = threading.Event()
        if "fail" in self.query:
            raise AppFailed("the constructor failed", "the trace")
        if "crash" in self.query:
            raise ZeroDivisionError("unexpected")
        if "wait" in self.query:
            self.context.session["wait"].wait(LIMIT)

    def accepts(self, request: Request) -> bool:
        return request.query_string == self.query

    def page(self, request: Request) -> PageParts:
        return PageParts(f"<html><head></head><body>{self.value}</body></html>", "go()")

    def connected(self) -> None:
        self.connections += 1

    def snapshot(self) -> str:
        return json.dumps({"all": self.value})

    async def receive(self, message: Payload) -> None:
        if self.context.begin():
            await getattr(self, f"do_{message['do']}")()

    async def do_add(self) -> None:
        self.value += 1
        self.context.send(json.dumps({"value": self.value}))

    def states(self) -> Any:
        return {"all": {"value": ("number", self.value)}}

    async def do_block(self) -> None:
        self.blocking.set()
        self.release.wait(60)

    async def do_sleep(self) -> None:
        self.sleeping.set()
        await asyncio.sleep(60)

    async def do_fail(self) -> None:
        raise KeyError("app")

    async def do_leave(self) -> None:
        self.context.leave()

    async def close(self) -> None:
        self.closed.set()


class CounterEngine:
    """Builds counters and remembers them."""

    major = 2
    script = "none.js"

    def __init__(self) -> None:
        self.built: list[Counter] = []

    def find_app(self, candidate: Any) -> Any:
        return candidate

    def build(self, app: Any, context: InstanceContext) -> Counter:
        counter = Counter(context)
        context.built(counter)
        self.built.append(counter)
        return counter


class World:
    """A GuiHost with a test engine, a clock and a timer."""

    def __init__(self, clock: Any, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.clock = clock
        self.errors: list[tuple[str, list[str]]] = []
        self.log = MessageLog()
        self.log.error_handler = lambda _source, text, lines: self.errors.append((text, lines))
        self.timer = FakeTimer(clock)
        self.sessions = Sessions(self.settings, clock)
        self.engine = CounterEngine()
        self.host = GuiHost(
            self.settings, self.log, self.sessions, self.start_runner, self.timer, clock
        )
        self.mount = self.make_mount("")
        self.runners: list[LoopThread] = []
        self.home: Any = None  # set: connections of pages are served on the thread of their app

    def start_runner(self, name: str) -> LoopThread:
        """Start a session thread."""
        runner = LoopThread(name, partial(self.log.error, "err_gui"))
        if self.home is not None:
            vars(runner)["home"] = self.home
        self.runners.append(runner)
        return runner

    def make_mount(self, path: str) -> Any:
        """A mount of the counter at another path."""
        return SimpleNamespace(
            path=path,
            name="Counter",
            source=lambda: None,
            engine=self.engine,
            client="client.js",
            debug=lambda: False,
            transports=TRANSPORTS,
            start="",
            largest_file=lambda: 1000,
            on_instance=None,
            on_exit=None,
            shared_session=None,
            options=GuiOptions(),
        )

    def session(self) -> Any:
        """A new session."""
        return self.sessions.issue("192.0.2.1")

    def open(self, session: Any, query: str = "", mount: Any = None) -> dict[str, Any]:
        """Open the page; its configuration."""
        request = Request("GET", f"/?{query}" if query else "/")
        html = self.host.open_page(mount or self.mount, request, session)
        start = html.index("quick_htag_page=") + len("quick_htag_page=")
        config: dict[str, Any] = json.loads(html[start : html.index("</script>", start)])
        return config

    def connect(
        self, session: Any, page: dict[str, Any], seen: int | None = None, mount: Any = None
    ) -> tuple[FakeChannel, Any]:
        """Connect a page; its channel and receiver."""
        channel = FakeChannel()
        position = page["seen"] if seen is None else seen
        receiver = self.host.links.receiver(mount or self.mount, session, page["page"], position)
        receiver.opened(channel)
        return channel, receiver

    def visit(self, session: Any = None) -> Any:
        """A visitor with an open, connected page."""
        session = session or self.session()
        page = self.open(session)
        channel, receiver = self.connect(session, page)
        app = next(app for app in self.engine.built if app.context.session is session.data)
        return SimpleNamespace(
            session=session, page=page, channel=channel, receiver=receiver, app=app
        )


def event(number: int, do: str = "add") -> str:
    """An event as a page sends it."""
    return json.dumps({"n": number, "p": {"do": do}})


@pytest.fixture
def worlds(clock: Any, no_thread_left: None) -> Iterator[Callable[..., World]]:
    """``worlds(**settings)`` makes a world; each is closed at the end."""
    made: list[World] = []

    def make(**settings: Any) -> World:
        made.append(World(clock, **settings))
        return made[-1]

    yield make
    for world in made:
        for app in world.engine.built:
            app.release.set()
        world.host.close(LIMIT)


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    """A world with default settings."""
    return worlds()


@pytest.fixture
def channel() -> FakeChannel:
    """A connection without a socket."""
    return FakeChannel()


@pytest.fixture
def new_channel() -> type[FakeChannel]:
    """Makes connections without a socket."""
    return FakeChannel


@pytest.fixture
def click() -> Callable[..., str]:
    """``click(number, do="add")``: an event as a page sends it."""
    return event
