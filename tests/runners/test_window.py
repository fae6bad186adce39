"""Windows, with programs in place of browsers."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import webbrowser
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag import MessageLog
from quick_htag.runners import window
from quick_htag.runners.window import AppWindow, browsers, open_tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 30.0
URL = "http://127.0.0.1:1/"
SHOWS = "import sys; open({0!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10)); "


class Screen:
    """Opens windows and remembers what happened."""

    def __init__(self, folder: Path) -> None:
        self.shown = folder / "shown"
        self.log = StringIO()
        self.closed = threading.Event()
        self.windows: list[AppWindow] = []
        self.came = False  # the page was there

    def browser(self, then: str) -> list[str]:
        """The command of a browser that writes down its arguments, then does something."""
        return [sys.executable, "-c", SHOWS.format(str(self.shown)) + then]

    def open(self, *commands: list[str], size: tuple[int, int] | None = (300, 200)) -> AppWindow:
        """A window by the first browser that works."""
        log = MessageLog(self.log)
        made = AppWindow(URL, size, log, self.closed.set, commands, lambda: self.came)
        self.windows.append(made)
        return self.windows[-1]

    def arguments(self) -> list[str]:
        """What the browser was given."""
        return self.shown.read_text().split()


@pytest.fixture
def screen(tmp_path: Path, no_thread_left: None) -> Iterator[Screen]:
    """Its windows are closed after the test."""
    made = Screen(tmp_path)
    yield made
    for one in made.windows:
        one.close()


@pytest.fixture
def tabs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of tabs that were opened."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open_new_tab", lambda url: opened.append(url) or True)
    return opened


def test_a_window_shows_the_address(screen: Screen) -> None:
    """With its size and a profile of its own, which is gone afterwards; its end is told."""
    screen.open(screen.browser("pass"))
    assert screen.closed.wait(LIMIT)
    app, profile, *_, size = screen.arguments()
    assert (app, size) == (f"--app={URL}", "--window-size=300,200")
    folder = Path(profile.partition("=")[2])
    assert folder.is_dir()
    screen.windows[0].close()
    assert not folder.exists()


def test_a_window_is_closed(screen: Screen) -> None:
    """Which is not told, for it was asked for; a second time is harmless."""
    opened = screen.open(screen.browser("import time; time.sleep(60)"), size=None)
    opened.close()
    opened.close()
    assert not screen.closed.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="ends the first process only")
def test_helpers_of_a_browser_end_with_it(screen: Screen) -> None:
    """A script that starts the browser may end first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT)
        helper = f"import socket; socket.create_connection({listener.getsockname()!r}).recv(1)"
        start = f"import subprocess; subprocess.Popen([sys.executable, '-c', {helper!r}])"
        opened = screen.open(screen.browser(start))
        connection, _ = listener.accept()
    with connection:
        assert screen.closed.wait(LIMIT)
        opened.close()
        connection.settimeout(LIMIT)
        assert connection.recv(1) == b""


def test_a_profile_is_removed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was killed may have written there once more."""
    profile = tmp_path / "profile"
    remove, tries = shutil.rmtree, []

    def rmtree(folder: Any, **options: Any) -> None:
        remove(folder, **options)
        tries.append(folder)
        if len(tries) < 3:
            profile.mkdir()

    profile.mkdir()
    monkeypatch.setattr(window.shutil, "rmtree", rmtree)
    window._remove(str(profile))
    assert (len(tries), profile.exists()) == (3, False)


def test_the_next_browser_is_tried(screen: Screen) -> None:
    """When one is not there, or ends with an error."""
    missing, stub = ["/no/such/browser"], screen.browser("sys.exit(1)")
    screen.open(missing, stub, screen.browser("pass"))
    assert screen.closed.wait(LIMIT)
    assert len(screen.shown.read_text().splitlines()) == 2
    assert "could not be started" in screen.log.getvalue()
    assert "ended with exit code 1" in screen.log.getvalue()


def test_without_a_browser_a_tab_opens(screen: Screen, tabs: list[str]) -> None:
    """And the log says why there is no window."""
    screen.open()
    assert tabs == [URL]
    assert "no Chrome, Chromium, Edge or Brave" in screen.log.getvalue()
    assert "QUICK_HTAG_BROWSER may name it" in screen.log.getvalue()


def test_a_browser_that_was_killed_is_not_tried_again(screen: Screen, tabs: list[str]) -> None:
    """Once its page was there, whatever its exit code; the profile is removed all the same."""
    screen.came = True
    opened = screen.open(screen.browser("import os; os._exit(9)"))
    assert screen.closed.wait(LIMIT)
    profile = Path(screen.arguments()[1].partition("=")[2])
    opened.close()
    assert (tabs, profile.exists()) == ([], False)


@pytest.mark.parametrize("failure", [lambda url: False, lambda url: 1 / 0])
def test_without_any_browser_the_address_is_told(
    monkeypatch: pytest.MonkeyPatch, failure: Callable[[str], Any]
) -> None:
    """So one can open it elsewhere."""

    def fail(url: str) -> bool:
        try:
            return bool(failure(url))
        except ZeroDivisionError:
            raise webbrowser.Error("no browser") from None

    monkeypatch.setattr(webbrowser, "open_new_tab", fail)
    log = StringIO()
    assert not open_tab(URL, MessageLog(log))
    assert f"open {URL} yourself" in log.getvalue()


def test_a_browser_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With arguments; it is tried before the others."""
    monkeypatch.setattr(window.shutil, "which", lambda name: None)
    monkeypatch.setenv("QUICK_HTAG_BROWSER", '"/my apps/chrome" --no-sandbox')
    assert next(browsers()) == ["/my apps/chrome", "--no-sandbox"]


def test_browsers_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of preference."""
    known = {"chromium": "/a/chromium", "google-chrome": "/a/chrome"}
    monkeypatch.setattr(window.shutil, "which", known.get)
    assert list(browsers())[:2] == [["/a/chrome"], ["/a/chromium"]]


def test_browsers_are_found_where_programs_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On Windows they are not found by name."""
    program = tmp_path / "Google" / "Chrome" / "Application" / "chrome.exe"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(window.shutil, "which", lambda name: None)
    monkeypatch.setattr(window.sys, "platform", "win32")
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert list(browsers()) == [[str(program)]]
