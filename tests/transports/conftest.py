"""Live HTTP transports on loopback, a small application, and a client that speaks bytes."""

from __future__ import annotations

import io
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.errors import HTTPError
from quick_htag.logs import MessageLog
from quick_htag.messages.response import HTTPResponse
from quick_htag.settings import Settings
from quick_htag.transports import threaded
from quick_htag.transports.poller import EpollPoller, SelectorPoller
from tests import patience
from tests.wire import Answer, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quick_htag.messages.request import Request

PATIENCE = 20.0  # seconds that a test waits for something before it fails


class Client(Wire):
    """A client that is served in HTTP/1.1."""

    def __init__(self, address: tuple[str, int], timeout: float = PATIENCE) -> None:
        super().__init__(address, timeout)

    def get(self, path: str = "/", *fields: str, method: str = "GET") -> Answer:
        """Send a request without a body and read its answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: test", *fields, "", ""]
        self.send("\r\n".join(lines).encode())
        return self.answer(method)

    def answer(self, method: str = "GET") -> Answer:
        """The next response to a request with ``method``."""
        found = super().answer(method)
        assert found.version == "HTTP/1.1"
        return found

    def silent(self) -> bool:
        """Whether nothing can be read right now."""
        return not self.received and not select.select([self.sock], [], [], 0)[0]


class Place:
    """Where requests go: a target."""

    def __init__(self, function: Callable[[Request], Any], body_limit: int = 0) -> None:
        self.function = function
        self.body_limit = body_limit
        self.cost = 0.0


class Site:
    """An application: paths to functions that give text, bytes or a whole response."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.nowhere = Place(self._not_found)
        self.add("/", lambda _: "hello")

    @staticmethod
    def _not_found(_: Request) -> HTTPResponse:
        raise HTTPError(404)

    def add(self, path: str, function: Callable[[Request], Any], body_limit: int = 0) -> Place:
        """Answer ``path`` with what ``function(request)`` gives."""
        self.places[path] = Place(function, body_limit)
        return self.places[path]

    def target(self, request: Request) -> Place:
        return self.places.get(request.raw_path, self.nowhere)

    def handle(self, request: Request) -> HTTPResponse:
        try:
            value = request.routed.function(request)
        except HTTPError as error:
            return HTTPResponse.error(error)
        if isinstance(value, str):
            return HTTPResponse.text(value)
        return HTTPResponse(200, body=value) if isinstance(value, bytes) else value


class Live:
    """A running transport."""

    def __init__(self, application: Any, settings: Settings, **options: Any) -> None:
        self.text = io.StringIO()
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=settings.backlog)
        self.address = self.sock.getsockname()
        self.observed: list[tuple[Any, ...]] = []
        self.clients: list[Client] = []
        options.setdefault("observer", lambda *seen: self.observed.append(seen))
        log = MessageLog(self.text)
        self.transport = threaded.HttpTransport(self.sock, application, settings, log, **options)

    def connect(self, timeout: float = PATIENCE) -> Client:
        """A client, closed when the test is over."""
        self.clients.append(Client(self.address, timeout))
        return self.clients[-1]

    def get(self, path: str = "/") -> Answer:
        """The answer on a connection of its own."""
        with self.connect() as client:
            return client.get(path)

    @property
    def log(self) -> str:
        """What was logged."""
        return self.text.getvalue()

    def counts(self) -> dict[str, int]:
        """See ``HttpTransport.counts``."""
        return self.transport.counts()

    def end(self) -> None:
        """Stop it and close everything."""
        for client in self.clients:
            client.close()
        ended = self.transport.stop(PATIENCE)
        self.sock.close()
        assert ended, "some threads did not end"


POLLERS = {"epoll": EpollPoller, "selector": SelectorPoller}


@pytest.fixture(params=sorted(POLLERS))
def poller_class(request: pytest.FixtureRequest) -> type:
    """Each poller in turn: every platform must serve alike."""
    if request.param == "epoll" and not hasattr(select, "epoll"):
        pytest.skip("this platform has no epoll")
    return POLLERS[request.param]


@pytest.fixture
def site() -> Site:
    """An application that answers "/" with "hello"; ``site.add`` gives it more."""
    return Site()


@pytest.fixture
def serve(
    poller_class: type, monkeypatch: pytest.MonkeyPatch, no_thread_left: None
) -> Iterator[Callable[..., Live]]:
    """``serve(application, options={}, **settings)`` starts a transport on a free port."""
    monkeypatch.setattr(threaded, "new_poller", poller_class)
    running: list[Live] = []

    def start(application: Any, options: dict[str, Any] | None = None, **settings: Any) -> Live:
        live = Live(application, Settings(**settings), **(options or {}))
        running.append(live)
        live.transport.start()
        return live

    yield start
    for live in reversed(running):
        live.end()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Where a target waits; opened when the test is over."""
    gate = Gate()
    yield gate
    gate.open()


class Gate:
    """Holds the threads that pass until it is opened."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._changed = threading.Condition()
        self._inside = 0

    def __call__(self, _: object = None) -> str:
        with self._changed:
            self._inside += 1
            self._changed.notify_all()
        assert self._open.wait(PATIENCE)
        return "waited"

    def await_inside(self, count: int = 1) -> None:
        """Wait until so many threads have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._inside >= count, PATIENCE)

    def open(self) -> None:
        """Let them pass, and all that come later."""
        self._open.set()


@pytest.fixture
def until() -> Callable[..., Any]:
    """``until(condition)`` returns when the condition holds, for what nothing announces."""
    return patience.until


def _echo(request: Request) -> bytes:
    return request.body.read()


@pytest.fixture
def live(serve: Any, site: Any) -> Any:
    """A server with "/", an echo of up to 100,000 bytes, and an endpoint that takes no body."""
    site.add("/echo", _echo, body_limit=100_000)
    site.add("/tiny", _echo, body_limit=10)
    site.add("/deaf", lambda _: "deaf")
    return serve(site)
