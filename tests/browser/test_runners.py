"""Runners, seen with a real browser."""

from __future__ import annotations

import threading
from io import StringIO
from typing import Any

import pytest

from quick_htag import AppServer, ChromeApp, MessageLog, Settings, WebServer

pytestmark = pytest.mark.browser

LIMIT = 30.0  # seconds
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
        page.set_default_timeout(10_000)
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
    (session,) = runner.server.guis.sessions_snapshot()
    assert session.transport == "sse"


def test_a_window_of_its_own(chromium_path: str, app_name: str, no_thread_left: None) -> None:
    """It shows the app; when it closes itself the program ends."""
    apps: list[Any] = []
    program = ChromeApp(
        app_name,
        width=300,
        height=200,
        browsers=[[chromium_path, *HEADLESS]],
        settings=Settings(desktop_grace=0.1),
        log=MessageLog(StringIO()),
    )
    program.options["on_instance"] = apps.append
    connected = threading.Event()
    thread = threading.Thread(target=lambda: program.run(port=0))
    thread.start()
    try:
        for _ in range(int(LIMIT * 20)):
            if program._server is not None and program.server.guis.connected_pages():
                connected.set()
                break
            thread.join(0.05)
        assert connected.is_set()
        app = apps[0]
        loop_call = app.call_js if hasattr(app, "call_js") else app.call
        loop_call("window.close()")
        thread.join(LIMIT)
        assert not thread.is_alive()
    finally:
        program.server.done = True
        thread.join(LIMIT)
