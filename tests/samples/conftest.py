"""Sample apps, each for htag 1 and htag 2, and what drives them in every way there is."""

import contextlib
import importlib
import sys

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from quick_htag.testing import GuiPage, PageClosed, TestClient

LINES = ["in-process", "websocket"]


@pytest.fixture
def major():
    """The installed htag, 1 or 2."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return 2 if hasattr(htag, "State") else 1


@pytest.fixture
def samples(live_apps, monkeypatch):
    """The sample apps can be imported by name."""
    monkeypatch.syspath_prepend(str(live_apps / "samples"))
    yield
    for path in (live_apps / "samples").glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture(params=LINES)
def line(request):
    """How pages are connected."""
    return request.param


@pytest.fixture
def sample(samples, major, line, start_server):
    """``sample(name, setup=None, path="/", **options)``: the app for the installed htag, served."""
    with contextlib.ExitStack() as stack:

        def serve(name, setup=None, path="/", **options):
            module = importlib.import_module(f"h{major}_{name}")

            def bind(server):
                server.bind_htag(path, module.App, **options)
                if setup is not None:
                    setup(server)

            return Sample(start_server(bind), module, path, line, stack)

        yield serve


class Sample:
    """A served app.

    Attributes:
        server: where it is bound.
        module: where it is defined.

    """

    def __init__(self, server, module, path, line, stack):
        self.server = server
        self.module = module
        self._path = path
        self._line = line
        self._stack = stack

    def visitor(self):
        """Somebody new."""
        if self._line == "in-process":
            return TestClient(self.server.app)
        return self._stack.enter_context(SocketVisitor(self.server.url, self._line))

    def page(self, visitor=None, query="", path=None):
        """A page of a visitor, by default of somebody new."""
        visitor = visitor or self.visitor()
        target = (path or self._path) + (f"?{query}" if query else "")
        return self._stack.enter_context(GuiPage(visitor, target, visitor.websocket))


class SocketVisitor:
    """Sends real requests and opens real connections."""

    def __init__(self, url, line):
        self._url = url.rstrip("/")
        self._line = line
        self._session = requests.Session()
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._stack.close()
        self._session.close()

    def get(self, path):
        """An answer with the attributes of an in-process one."""
        answer = self._session.get(self._url + path, timeout=10)
        answer.status = answer.status_code
        return answer

    def websocket(self, path):
        """A connection of a page."""
        cookie = "; ".join(f"{one.name}={one.value}" for one in self._session.cookies)
        connection = connect(
            self._url.replace("http", "ws", 1) + path,
            origin=self._url,
            additional_headers={"Cookie": cookie},
            max_size=None,
        )
        return Websocket(self._stack.enter_context(connection))


class Websocket:
    """A websocket with the methods of an in-process one."""

    def __init__(self, socket):
        self._socket = socket

    def send(self, message):
        self._socket.send(message)

    def receive(self, timeout):
        try:
            return self._socket.recv(timeout)
        except ConnectionClosed as error:
            received = error.rcvd
            raise PageClosed(received.code, received.reason) from error

    def drop(self):
        self._socket.close()
