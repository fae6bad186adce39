"""A window for an app on this machine: a browser without its frame, or a tab of the usual one."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..deadline import Deadline, monotonic
from ..interfaces import Log

NAMES = (
    "google-chrome-stable",
    "google-chrome",
    "chromium-browser",
    "chromium",
    "chrome",
    "microsoft-edge",
    "brave-browser",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Brave Browser.app/Contents/MacOS/Brave Browser",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "BraveSoftware/Brave-Browser/Application/brave.exe",
)
_PROGRAMS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

ENV_BROWSER = "QUICK_HTAG_BROWSER"  # a command that is tried before those that are found

STUB_LIMIT = 5.0  # seconds in which a browser that ends with an error never was one
CLOSE_LIMIT = 5.0  # seconds a browser gets to close its window
REMOVE_LIMIT = 5.0  # seconds to try to throw its profile away ...
_PAUSE = 0.02  # ... with so many in between

Command = Sequence[str]
"""A program and its first arguments."""


def browsers() -> Iterator[list[str]]:
    """The commands of the browsers of this machine that can show a window of an app."""
    named = shlex.split(os.environ.get(ENV_BROWSER, ""), posix=os.name == "posix")
    if named:
        yield [word.strip('"') for word in named]
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            yield [path]
    if sys.platform == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
        candidates = [folder / name for name in _MAC for folder in folders]
    else:
        roots = [os.environ[name] for name in _PROGRAMS if name in os.environ]
        candidates = [Path(root) / name for name in _WINDOWS for root in roots]
    for candidate in candidates:
        if candidate.is_file():
            yield [str(candidate)]


def open_tab(url: str, log: Log) -> bool:
    """Show a page in the usual browser; says what to do when there is none."""
    try:
        opened = webbrowser.open_new_tab(url)
    except (OSError, webbrowser.Error):
        opened = False
    if not opened:
        log.message(f"no browser could be started, open {url} yourself")
    return opened


def _unknown() -> bool:
    """Nobody looks for its page."""
    return False


class AppWindow:
    """A browser window of its own, with a profile that is thrown away.

    Args:
        url: what it shows.
        size: width and height in pixels; None: as the browser likes.
        log: told when there is no such browser; the page opens in a tab then.
        on_closed: told once when the browser has ended by itself. On a thread of its own.
        commands: of the browsers to try, in order; None: those that are found.
        shown: whether its page has been there, so that a browser which was killed soon after is
            not taken for one that does not run here.

    """

    def __init__(
        self,
        url: str,
        size: tuple[int, int] | None,
        log: Log,
        on_closed: Callable[[], object],
        commands: Sequence[Command] | None = None,
        shown: Callable[[], bool] = _unknown,
    ) -> None:
        self._url = url
        self._log = log
        self._on_closed = on_closed
        self._shown = shown
        self._lock = threading.Lock()  # guards _process and _closing
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = False
        self._profile = tempfile.mkdtemp(prefix="quick_htag-window-")
        self._arguments = [
            f"--app={url}",
            f"--user-data-dir={self._profile}",
            "--no-first-run",
            "--no-default-browser-check",
            *([] if size is None else [f"--window-size={size[0]},{size[1]}"]),
        ]
        self._commands = iter(browsers() if commands is None else commands)
        self._thread: threading.Thread | None = None
        self._open_next()

    def _open_next(self) -> None:
        """Start the next browser that can be started; none: open a tab."""
        for command in self._commands:
            try:
                self._start([*command, *self._arguments])
            except OSError as error:
                self._log.message(f"{command[0]} could not be started: {error}")
            else:
                return
        self._log.message(
            "no Chrome, Chromium, Edge or Brave was found for a window of its own, so a tab opens; "
            f"if there is one, {ENV_BROWSER} may name it"
        )
        open_tab(self._url, self._log)

    def _start(self, command: Command) -> None:
        with self._lock:
            if self._closing:
                return
            self._process = subprocess.Popen(  # noqa: S603 a browser, found above or named by the user
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # so that its helpers can be ended with it
            )
            self._thread = threading.Thread(
                target=self._wait,
                args=(self._process, command[0]),
                name="quick_htag-window",
                daemon=True,
            )
            self._thread.start()

    def _wait(self, process: subprocess.Popen[bytes], command: str) -> None:
        started = monotonic()
        code = process.wait()
        with self._lock:
            if self._closing:
                return
        if code == 0 or self._shown() or monotonic() - started > STUB_LIMIT:
            self._on_closed()
        else:  # it never was a window: a stub, or a browser that does not run here
            self._log.message(f"{command} ended with exit code {code}")
            self._open_next()

    def close(self) -> None:
        """Close the window and throw the profile away; again is harmless."""
        with self._lock:
            self._closing = True
            process, thread = self._process, self._thread
        if process is not None:
            _end(process)
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSE_LIMIT)
        _remove(self._profile)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a browser and what it has started; many are started by a script."""
    _signal(process, "SIGTERM", process.terminate)
    try:
        process.wait(CLOSE_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _signal(process, "SIGKILL", process.kill)


def _signal(process: subprocess.Popen[bytes], name: str, otherwise: Callable[[], object]) -> None:
    """Send a signal to all of its processes; Windows knows the first of them only."""
    kill_group = getattr(os, "killpg", None)
    if kill_group is None:
        otherwise()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all have ended
        kill_group(process.pid, getattr(signal, name))


def _remove(folder: str) -> None:
    """Remove a profile; what was killed just now may still hold it, or write there."""
    deadline = Deadline(REMOVE_LIMIT)
    shutil.rmtree(folder, ignore_errors=True)
    while os.path.lexists(folder) and not deadline.expired():
        time.sleep(_PAUSE)
        shutil.rmtree(folder, ignore_errors=True)
