"""Hosts real apps of the installed htag on loop threads, as the server does."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.engines.base import InstanceContext
from quick_htag.engines.detect import load_engine
from quick_htag.messages.headers import Headers
from quick_htag.messages.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from quick_htag.engines.base import Engine, Instance, PageParts

TIMEOUT = 30.0  # seconds; only a broken test waits that long


class Session:
    """The thread of a session."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._main, daemon=True)
        self.thread.start()

    def _main(self) -> None:
        self.loop.run_forever()
        self.loop.run_until_complete(self._cancel_tasks())
        self.loop.close()

    async def _cancel_tasks(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()
        await self.loop.shutdown_default_executor()

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The future of a coroutine that runs on the thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine run on the thread."""
        return self.start(coroutine).result(TIMEOUT)

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """The result of a function called on the thread."""

        async def calling() -> Any:
            return function(*args)

        return self.run(calling())

    def stop(self) -> None:
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(TIMEOUT)


class Hosted:
    """An instance with what its host gave it, and what came out."""

    def __init__(
        self, session: Session, target: str, store: dict[str, Any], debug: bool, kept: Any = None
    ) -> None:
        self.session = session
        self.sent: list[dict[str, Any]] = []
        self.errors: list[tuple[str, BaseException | None]] = []
        self.left = threading.Event()
        self.ended = threading.Event()
        self.send_threads: set[int | None] = set()
        self._changed = threading.Condition()  # guards sent and errors
        self.instance: Instance
        self.context = InstanceContext(
            request=request_for(target),
            session=store,
            send=self._send,
            leave=self.left.set,
            error=self._error,
            debug=debug,
            closed=self.ended.is_set,
            kept=kept,
        )

    def build(self, engine: Engine, app: Any) -> None:
        self.instance = self.session.call(engine.build, app, self.context)

    def _send(self, text: str) -> bool:
        with self._changed:
            if self.ended.is_set():
                return False
            self.send_threads.add(threading.get_ident())
            self.sent.append(json.loads(text))
            self._changed.notify_all()
            return True

    def _error(self, text: str, error: BaseException | None) -> None:
        with self._changed:
            self.errors.append((text, error))
            self._changed.notify_all()

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until something sent or reported makes ``condition`` true."""
        with self._changed:
            assert self._changed.wait_for(condition, TIMEOUT), (self.sent, self.errors)

    def page(self, target: str = "/", cookie: str = "") -> PageParts:
        return self.session.call(self.instance.page, request_for(target, cookie))

    def connect(self) -> None:
        self.session.call(self.instance.connected)

    def receive(self, message: dict[str, Any]) -> None:
        self.session.run(self.instance.receive(message))

    def snapshot(self) -> dict[str, Any]:
        return json.loads(self.session.call(self.instance.snapshot))

    def close(self) -> None:
        self.session.run(self.instance.close())

    @property
    def texts(self) -> str:
        """Everything sent, as one text."""
        return "\n".join(json.dumps(payload) for payload in self.sent)


def request_for(target: str, cookie: str = "") -> Request:
    """A request for a page."""
    headers = [("Host", "localhost")]
    if cookie:
        headers.append(("Cookie", cookie))
    return Request("GET", target, Headers(headers))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of the installed htag."""
    return load_engine()


@pytest.fixture
def request_to() -> Callable[..., Request]:
    """Makes the request for a page."""
    return request_for


@pytest.fixture
def new_session() -> Iterator[Callable[[], Session]]:
    """Starts session threads; ends them when the test is over."""
    sessions: list[Session] = []

    def start() -> Session:
        sessions.append(Session())
        return sessions[-1]

    yield start
    for session in sessions:
        session.stop()
    assert not any(session.thread.is_alive() for session in sessions)


@pytest.fixture
def host(engine: Engine, new_session: Callable[[], Session]) -> Iterator[Callable[..., Hosted]]:
    """``host(app, target="/", on=None, store=None, debug=False, kept=None)``: an instance.

    ``on`` is the session whose thread it shares; it gets one of its own by default.
    """
    hosted: list[Hosted] = []

    def build(
        app: Any,
        target: str = "/",
        on: Session | None = None,
        store: dict[str, Any] | None = None,
        debug: bool = False,
        kept: Any = None,
    ) -> Hosted:
        session = on if on is not None else new_session()
        one = Hosted(session, target, {} if store is None else store, debug, kept)
        one.build(engine, app)
        hosted.append(one)
        return one

    yield build
    for one in hosted:
        if one.session.thread.is_alive():
            one.close()
