"""A server with an app of a test, and pages of it that speak over real sockets."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

GUI_LIMIT = 30.0


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


class Watch:
    """What this process asks the system for, seen by Python's audit hook while it is entered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _events
        self._events: list[tuple[str, tuple[Any, ...]]] = []
        self._active = False
        sys.addaudithook(self._note)  # for good: there is no way to take one away

    def _note(self, name: str, values: tuple[Any, ...]) -> None:
        if self._active and name.startswith(
            ("open", "os.", "socket.bind", "signal.", "subprocess")
        ):
            with self._lock:
                self._events.append((name, values))

    def __enter__(self) -> Watch:
        self._events, self._active = [], True
        return self

    def __exit__(self, *_: object) -> None:
        self._active = False

    def named(self, *names: str) -> list[tuple[Any, ...]]:
        """The values of these events."""
        with self._lock:
            return [values for name, values in self._events if name in names]

    def opened(self) -> list[str]:
        """Every path that was opened or looked into, modules that were imported left out."""
        paths = [str(values[0]) for values in self.named("open", "os.listdir", "os.scandir")]
        return [path for path in paths if not path.endswith((".py", ".pyc"))]

    def written(self) -> list[tuple[Any, ...]]:
        """What was created, changed or removed."""
        changes = self.named(
            "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.link"
        )
        opened = [values for values in self.named("open") if _writes(*values[1:3])]
        return [values for values in (*changes, *opened) if ".pyc" not in str(values[0])]


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@pytest.fixture(scope="session")
def _audit() -> Watch:
    return Watch()


@pytest.fixture
def watched(_audit: Watch) -> Watch:
    """``with watched as seen:`` what the process opens, writes, binds, starts and ends inside."""
    return _audit


@pytest.fixture
def gui(start_server: Callable[..., Any], live_apps: Path) -> Iterator[Callable[..., Gui]]:
    """``gui(app, path="/", settings=None, store=None, **options)``: ``bind_htag`` was told so."""
    from gui_client import Page

    from quick_htag import MessageLog

    made: list[Gui] = []

    def start(
        app: Any, path: str = "/", settings: Any = None, store: Any = None, **options: Any
    ) -> Gui:
        text = io.StringIO()
        server = start_server(
            lambda server: server.bind_htag(path, app, **options),
            log=MessageLog(text),
            settings=settings,
            store=store,
        )
        made.append(Gui(server, text, Page, path))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def start_program(
    live_apps: Path, tmp_path: Path
) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """``start_program("serve_x.py", ...)``: a live app as a program of its own, and its URL.

    It gets the port that the one before had, so that it is the same server for its clients.
    """
    port = "0"
    started: list[subprocess.Popen[str]] = []

    def begin(name: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        nonlocal port
        process = subprocess.Popen(
            [sys.executable, str(live_apps / name), port, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(live_apps.parents[1])},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        port = re.findall(r":(\d+)/", url)[0]
        return process, url

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=20)
