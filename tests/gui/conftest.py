"""Apps of the installed htag for the helpers."""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quick_htag import MessageLog, QuickServer, Settings, create_server, gui
from quick_htag.testing import GuiPage, TestClient


@pytest.fixture
def base() -> Any:
    """What an app derives from."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    return htag.Tag.App if hasattr(htag, "State") else htag.Tag.body


class Site:
    """A server with one app at its root, not started.

    Attributes:
        apps: the instances, in order.
        log: what it has reported.

    """

    def __init__(self, server: QuickServer, log: io.StringIO) -> None:
        self.server = server
        self.client = TestClient(server.app)
        self.apps: list[Any] = []
        self._log = log

    @property
    def log(self) -> str:
        """What it has reported."""
        return self._log.getvalue()

    @contextlib.contextmanager
    def page(self) -> Iterator[GuiPage]:
        """A page of the visitor."""
        with GuiPage(self.client) as page:
            yield page

    @property
    def app(self) -> Any:
        """The last instance."""
        return self.apps[-1]


@pytest.fixture
def serve(base: Any, no_thread_left: None) -> Iterator[Callable[..., Site]]:
    """``serve(*handlers, **options)``: an app with a paragraph and a button for each handler.

    Handlers get the app, which has ``show(value)``; ``options`` are those of ``bind_htag``, and
    ``settings``; ``parts`` gives more tags for a new app.
    """
    with contextlib.ExitStack() as stack:

        def start(
            *handlers: Callable[[Any], Any],
            parts: Callable[[Any], list[Any]] = lambda app: [],
            settings: Settings | None = None,
            **options: Any,
        ) -> Site:
            class App(base):  # type: ignore[misc]
                imports = ()

                def init(self) -> None:
                    self.shown = gui.element("p", "nothing")
                    self += self.shown
                    for handler in handlers:
                        self += gui.element(
                            "button", handler.__name__, _onclick=bound(self, handler)
                        )
                    for part in parts(self):
                        self += part

                def show(self, value: Any) -> None:
                    self.shown.clear(gui.text(value))

            log = io.StringIO()
            server = create_server(("127.0.0.1", 0), log=MessageLog(log), settings=settings)
            stack.enter_context(server)
            site = Site(server, log)
            server.bind_htag("/", App, on_instance=site.apps.append, **options)
            return site

        yield start


def bound(app: Any, handler: Callable[[Any], Any]) -> Any:
    """As an event handler of either htag: of the same kind as ``handler``."""
    if inspect.iscoroutinefunction(handler):

        async def handle(*_: Any) -> None:
            await handler(app)

    elif inspect.isgeneratorfunction(handler):

        def handle(*_: Any) -> Any:  # type: ignore[misc]
            yield from handler(app)

    else:

        def handle(*_: Any) -> Any:  # type: ignore[misc]
            handler(app)

    return handle
