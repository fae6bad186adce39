"""Runners, seen with a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from quick_htag import AppServer, ChromeApp, MessageLog, Settings, WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.browser

LIMIT = 60.0  # seconds
HEADLESS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def show(chromium: Any, no_thread_left: None) -> Any:
    """``show(runner, path)`` starts it and gives the page, once pushes arrive."""
    runners: list[Any] = []
    contexts: list[Any] = []

    def opened(runner: Any, path: str = "") -> Any:
        runners.append(runner)
        runner.start()
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.goto(runner.url + path)
        page.wait_for_function("() => (window.got || []).length > 0")
        return page

    yield opened
    for context in contexts:
        context.close()
    for runner in runners:
        runner.close()


def _more(page: Any) -> None:
    page.click(".more")
    page.wait_for_function("() => document.querySelector('.count').innerText == '1'")


def test_an_app_of_a_route_lives(show: Any, app_name: str) -> None:
    """Below any path, clicked and pushed to."""
    runner = AppServer(host="127.0.0.1", port=0)

    async def opened(request: Any) -> Any:
        return await request.app.handle(request, app_name)

    runner.add_route("/of/{name}", opened)
    page = show(runner, "of/ann")
    _more(page)
    assert page.evaluate("() => document.cookie") == ""  # the session is not for scripts


def test_an_app_without_websockets_lives(show: Any, app_name: str) -> None:
    """Pushes come all the same."""
    runner = WebServer(app_name, host="127.0.0.1", port=0)
    page = show(runner)
    _more(page)
    page.wait_for_function("() => quick_htag.transport === 'sse'")
    (session,) = runner.server.guis.sessions_snapshot()
    assert session.transport == "sse"


class Program:
    """A program with a window, on a thread of its own."""

    def __init__(self, app: str, chromium_path: str, grace: float) -> None:
        self.apps: list[Any] = []
        self.said = StringIO()
        self.runner = ChromeApp(
            app,
            width=300,
            height=200,
            browsers=[[chromium_path, *HEADLESS]],
            settings=Settings(desktop_grace=grace),
            log=MessageLog(self.said),
        )
        self.runner.options["on_instance"] = self.apps.append
        self.thread = threading.Thread(target=lambda: self.runner.run(port=0))
        self.thread.start()

    def wait(self, condition: Callable[[], object]) -> None:
        """Until it holds."""
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, self.said.getvalue()
            assert self.thread.is_alive(), self.said.getvalue()
            time.sleep(0.02)

    def call(self, script: str) -> None:
        """Run JavaScript in its page."""
        app = self.apps[-1]
        (app.call_js if hasattr(app, "call_js") else app.call)(script)

    @property
    def profiles(self) -> list[Path]:
        """The profiles of the windows of this process."""
        return list(Path(tempfile.gettempdir()).glob("quick_htag-window-*"))

    def browser(self) -> int:
        """The process id of the browser of the window."""
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it has ended meanwhile
                words = " ".join(process.cmdline())
                if f"--user-data-dir={tempfile.gettempdir()}" in words and "--type=" not in words:
                    return process.pid
        raise AssertionError("there is no browser")

    def end(self) -> None:
        """Whatever happened."""
        self.runner.server.done = True
        self.thread.join(LIMIT)


@pytest.fixture
def program(
    chromium_path: str,
    app_name: str,
    no_thread_left: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Program]]:
    """``program(grace)``: shows its window; temporary files are in a folder of the test."""
    folder = tempfile.mkdtemp(prefix="w")  # short, as the browser has sockets there
    monkeypatch.setattr(tempfile, "tempdir", folder)
    started: list[Program] = []

    def start(grace: float) -> Program:
        started.append(Program(app_name, chromium_path, grace))
        made = started[-1]
        made.wait(lambda: made.runner._server and made.runner.server.guis.connected_pages())
        return made

    yield start
    for one in started:
        one.end()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_window_of_its_own(program: Callable[..., Program]) -> None:
    """It shows the app; when it closes itself the program ends, and nothing of it is left."""
    shown = program(1.0)
    assert len(shown.profiles) == 1
    shown.call("window.close()")
    shown.thread.join(LIMIT)
    assert (shown.thread.is_alive(), shown.profiles) == (False, [])


def test_a_window_that_loads_its_page_again_stays(program: Callable[..., Program]) -> None:
    """F5 leaves and comes back within the grace, or comes before it has left."""
    shown = program(20.0)
    came = threading.Event()
    connected = shown.runner.server.guis.connected_pages
    before = shown.runner.server.guis.pages_changed
    pages = [connected()]

    def changed() -> None:
        before()
        pages.append(connected())
        if pages[-1] > pages[-2]:
            came.set()

    shown.runner.server.guis.pages_changed = changed
    shown.call("location.reload()")
    assert came.wait(LIMIT)
    assert shown.thread.is_alive()


def test_a_killed_window_ends_the_program(program: Callable[..., Program]) -> None:
    """And its profile is removed."""
    shown = program(1.0)
    os.kill(shown.browser(), signal.SIGKILL)
    shown.thread.join(LIMIT)
    assert (shown.thread.is_alive(), shown.profiles) == (False, [])
    assert "was found" not in shown.said.getvalue()
