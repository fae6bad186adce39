"""The same site in every kind of host, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIVE_APPS = Path(__file__).resolve().parents[1] / "live_apps"
ROOT = LIVE_APPS.parents[1]
LIMIT = 120.0  # seconds for a host to start or to end
_URL = re.compile(r"https?://127\.0\.0\.1:([1-9][0-9]*)")

# program and arguments; {} is the site
COMMANDS = {
    "threaded": ("{file}",),
    "processes": ("{file}", "process"),
    "gunicorn": ("-m", "gunicorn", "-b", "127.0.0.1:0", "--threads", "16", "{site}:application"),
    "waitress": ("-m", "waitress", "--listen=127.0.0.1:0", "--threads=16", "{site}:application"),
    "uvicorn": ("-m", "uvicorn", "--port", "0", "{site}:asgi"),
    "hypercorn": ("-m", "hypercorn", "--workers", "0", "-b", "127.0.0.1:0", "hosted_asgi:app"),
    "fastapi": ("-m", "uvicorn", "--port", "0", "{site}:mounted"),
}
HOSTS = tuple(COMMANDS)
WITHOUT_WEBSOCKETS = ("gunicorn", "waitress")


class Host:
    """A running host.

    Attributes:
        name: its kind.
        url: where the site is, with a slash at its end.
        websockets: whether it can have them.
        text: what it has said.

    """

    def __init__(self, name: str, command: list[str], site: str = "hosted_site") -> None:
        self.name = name
        self.websockets = name not in WITHOUT_WEBSOCKETS
        file = str(LIVE_APPS / f"{site}.py")
        words = [word.format(site=site, file=file) for word in command]
        self.process = subprocess.Popen(
            [sys.executable, *words],
            cwd=LIVE_APPS,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{LIVE_APPS}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.text = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self.root = f"http://127.0.0.1:{self.wait_for(_URL)[1]}/"
            self.url = self.root + ("htag/" if name == "fastapi" else "")
            self._wait_until_ready()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.text += line
                self._changed.notify_all()

    def wait_for(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Until it has said something."""
        found: list[re.Match[str]] = []

        def said() -> bool:
            match = pattern.search(self.text)
            found.extend([match] if match else [])
            return bool(match)

        with self._changed:
            if not self._changed.wait_for(said, LIMIT):
                raise AssertionError(self.text)
        return found[0]

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                requests.get(f"{self.url}who", timeout=LIMIT)
            except requests.ConnectionError:  # the socket of gunicorn listens before it serves
                time.sleep(0.02)
            else:
                return
        raise AssertionError(self.text)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self._reader.join(LIMIT)
            assert self.process.stderr is not None
            self.process.stderr.close()


@pytest.fixture(scope="module")
def start_host() -> Iterator[Callable[..., Host]]:
    """``start_host("uvicorn")``: runs the site in a host; ended with the module."""
    started: list[Host] = []

    def start(name: str, *command: str, site: str = "hosted_site") -> Host:
        pytest.importorskip("htag", exc_type=ImportError)
        started.append(Host(name, list(command or COMMANDS[name]), site))
        return started[-1]

    yield start
    for host in started:
        if host.process.poll() is None:
            host.stop()


@pytest.fixture(scope="module")
def running() -> dict[str, Host]:
    """The hosts of a module, each started once."""
    return {}


@pytest.fixture(params=HOSTS)
def host(
    request: pytest.FixtureRequest, start_host: Callable[..., Host], running: dict[str, Host]
) -> Host:
    """The site in each host."""
    name = request.param
    if name not in running:
        running[name] = start_host(name)
    return running[name]


@pytest.fixture
def visit(host: Host, live_apps: Path) -> Iterator[Callable[..., Any]]:
    """``visit(line)``: a visitor whose pages connect in this way."""
    from gui_lines import SocketVisitor

    made: list[Any] = []

    def begin(line: str) -> Any:
        made.append(SocketVisitor(host.url, line))
        return made[-1]

    yield begin
    for visitor in reversed(made):
        visitor.__exit__()
