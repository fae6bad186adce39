"""A server with an app of a test, and pages of it that speak over real sockets."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

GUI_LIMIT = 10.0


class Gui:
    """A running server with one app at a path.

    ``text`` is what it has logged; ``tab(visitor)`` opens a page.
    """

    def __init__(self, server: Any, log: io.StringIO, page_class: Any, path: str) -> None:
        self.server = server
        self.url = server.url.rstrip("/") + path
        self._log = log
        self._page_class = page_class
        self._pages: list[Any] = []

    @property
    def text(self) -> str:
        return self._log.getvalue()

    def load(self, visitor: Any = None, query: str = "") -> Any:
        """A page that has not connected."""
        return self._page_class(self.url + query, visitor)

    def tab(self, visitor: Any = None, query: str = "") -> Any:
        """A page that has."""
        page = self.load(visitor, query)
        if query:
            page.url = self.url
        self._pages.append(page)
        return page.open()

    def press(self, tab: Any, css_class: str) -> list[dict[str, Any]]:
        """Click what has this class; the payloads up to the end of the event."""
        return self.send(tab, tab.event_of(css_class))

    def send(self, tab: Any, payload: dict[str, Any]) -> list[dict[str, Any]]:
        """Send an event; the payloads up to its end."""
        tab.send(payload)
        payloads = []
        while True:
            message = tab.receive(GUI_LIMIT)
            if "p" in message:
                payloads.append(message["p"])
            if message.get("done") == tab.sent:
                return payloads

    def until(self, tab: Any, pattern: str) -> str:
        """Receive until a payload matches; its text."""
        while True:
            text = repr(tab.receive(GUI_LIMIT))
            if re.search(pattern, text):
                return text

    def close(self) -> None:
        for page in self._pages:
            page.close()


@pytest.fixture
def gui(start_server: Callable[..., Any], live_apps: Path) -> Iterator[Callable[..., Gui]]:
    """``gui(app, path="/", settings=None, **options)``: a server that ``bind_htag`` was told so."""
    from gui_client import Page

    from quick_htag import MessageLog

    made: list[Gui] = []

    def start(app: Any, path: str = "/", settings: Any = None, **options: Any) -> Gui:
        text = io.StringIO()
        server = start_server(
            lambda server: server.bind_htag(path, app, **options),
            log=MessageLog(text),
            settings=settings,
        )
        made.append(Gui(server, text, Page, path))
        return made[-1]

    yield start
    for one in made:
        one.close()
