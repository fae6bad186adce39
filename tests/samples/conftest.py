"""Sample apps, each for htag 1 and htag 2, and what drives them in every way there is."""

import contextlib
import importlib
import sys

import pytest

from quick_htag.testing import GuiPage, TestClient

LINES = ["in-process", "websocket", "sse", "poll"]


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
        from gui_lines import SocketVisitor

        return self._stack.enter_context(SocketVisitor(self.server.url, self._line))

    def page(self, visitor=None, query="", path=None):
        """A page of a visitor, by default of somebody new."""
        visitor = visitor or self.visitor()
        target = (path or self._path) + (f"?{query}" if query else "")
        return self._stack.enter_context(GuiPage(visitor, target, visitor.websocket))
