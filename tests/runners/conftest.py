"""Runners on free ports, with the app of the installed htag."""

from __future__ import annotations

import queue
import re
import threading
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import MessageLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def said() -> StringIO:
    """What the runners of the test wrote into their log."""
    return StringIO()


@pytest.fixture
def start_runner(said: StringIO, no_thread_left: None) -> Iterator[Callable[..., Any]]:
    """``start_runner(AppServer, App, **options)``: one that serves, closed after the test."""
    started: list[Any] = []

    def start(kind: Any, *args: Any, **options: Any) -> Any:
        runner = kind(*args, host="127.0.0.1", port=0, log=MessageLog(said), **options)
        started.append(runner)
        runner.start()
        return runner

    yield start
    for runner in reversed(started):
        runner.close()


@pytest.fixture
def open_page(live_apps: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(url, visitor=None)``: a connected page; closed when the test is over."""
    from gui_client import Page

    pages = []

    def opened(url: str, visitor: Any = None) -> Any:
        pages.append(Page(url, visitor).open())
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


@pytest.fixture
def count() -> Callable[[str], int]:
    """``count(html)``: the number a page of the app shows."""

    def read(html: str) -> int:
        found = re.search(r'class="count"[^>]*>(\d+)<', html)
        assert found is not None, html
        return int(found[1])

    return read


class Program:
    """A runner that blocks on a thread, as a script on its main one."""

    def __init__(self, runner: Any, shown: Any, run: dict[str, Any]) -> None:
        self.runner = runner
        self._urls: queue.SimpleQueue[str] = queue.SimpleQueue()
        if runner.browsers is None:
            runner.opener = lambda url: self._urls.put(url) or shown
        self._thread = threading.Thread(target=lambda: runner.run(**run))
        self._thread.start()

    @cached_property
    def url(self) -> str:
        """What the window was to show."""
        return self._urls.get(timeout=60)

    def ended(self, timeout: float = 60) -> bool:
        """Whether it ends in time."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End it."""
        self.runner.server.done = True
        assert self.ended()


@pytest.fixture
def run_desktop(no_thread_left: None) -> Iterator[Callable[..., Program]]:
    """``run_desktop(ChromeApp, App, run={}, **options)``: one that runs, ended after the test."""
    programs = []

    def start(
        kind: Any, *args: Any, run: Any = None, shown: Any = None, port: int = 0, **options: Any
    ) -> Program:
        options.setdefault("log", MessageLog(StringIO()))
        arguments = {"port": port, **(run or {})}
        programs.append(Program(kind(*args, **options), shown, arguments))
        return programs[-1]

    yield start
    for program in programs:
        program.stop()
