"""Processes of apps that several web processes share: what becomes of them without one of these."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag import SQLiteStore
from quick_htag.isolation.meeting import this_machine
from tests.patience import until
from tests.scenarios.test_processes import count, lives, pid_of

LIVE_APPS = Path(__file__).resolve().parents[1] / "live_apps"
PATIENCE = 180.0  # seconds a busy machine may need
FROZEN = 30.0  # seconds for four events; each took ten while a frozen web process was waited for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals as POSIX does")


class Web:
    """A web process."""

    def __init__(self, file: Path, settings: dict[str, Any]) -> None:
        root = LIVE_APPS.parents[1]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(LIVE_APPS)])}
        command = [
            sys.executable,
            str(LIVE_APPS / "serve_processes.py"),
            str(file),
            json.dumps(settings),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(number)
        with self.process:
            return self.process.wait(PATIENCE)


@pytest.fixture
def webs(tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """``webs(**settings)``: one more web process with the same store."""
    pytest.importorskip("htag", exc_type=ImportError)
    started: list[Web] = []

    def start(**settings: Any) -> Web:
        started.append(Web(tmp_path / "store", {"process_orphan_timeout": PATIENCE, **settings}))
        return started[-1]

    yield start
    for web in started:  # the last one takes all processes along
        web.end()


def test_a_frozen_web_process_holds_nobody_up(webs: Any, open_page: Any) -> None:
    """SIGSTOP of the one that has started the process: events by another one are handled."""
    first, second = webs(), webs()
    page = open_page(first.url)
    other = open_page(second.url, page.visitor)
    assert pid_of(other) == pid_of(page)
    first.send(signal.SIGSTOP)
    assert sum(other.click(name) for name in ("more", "note", "more", "note")) < FROZEN
    first.send(signal.SIGCONT)  # or the end of its page would wait for it


def test_a_stream_and_its_events_come_to_different_web_processes(webs: Any) -> None:
    """What is posted to one of them is handled by the app, and shown by the stream of the other."""
    from tests.live_apps.gui_client import Page

    first, second = webs(), webs()
    page = Page(first.url)
    ask = {"params": {"page": page.config["page"], "seen": str(page.seen)}, "timeout": PATIENCE}
    with page.visitor.get(f"{first.url}stream", stream=True, **ask) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert any("hello" in line for line in lines)
        event = [json.dumps({"n": 1, "p": page.event_of("more")})]
        fields = {"Origin": second.url.rstrip("/")}
        answer = page.visitor.post(f"{second.url}event", json=event, headers=fields, **ask)
        assert "close" not in answer.json()
        assert any("done" in line for line in lines)
    assert count(Page(second.url, page.visitor)) == "1"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_app_outlives_the_web_process_that_has_started_it(
    webs: Any, open_page: Any, number: int
) -> None:
    """Killed or ended, and before its visitor has been at another one: that one keeps the app."""
    first, second = webs(), webs()
    open_page(second.url)  # it knows the app, but not this visitor
    page = open_page(first.url)
    page.click("more")
    first.end(number)
    again = open_page(second.url, page.visitor)
    assert (pid_of(again), count(again)) == (pid_of(page), "1")
    again.click("more")
    assert count(open_page(second.url, page.visitor)) == "2"


def test_the_last_web_process_ends_all(webs: Any, open_page: Any) -> None:
    """One that was killed before has left its processes to it."""
    first, second = webs(), webs()
    pages = [open_page(web.url) for web in (first, second)]
    first.end(signal.SIGKILL)
    again = open_page(second.url, pages[0].visitor)
    assert pid_of(again) == pid_of(pages[0])
    second.end()
    assert until(lambda: not [page for page in pages if lives(pid_of(page))], PATIENCE)


def test_a_web_process_that_comes_later_takes_them_over(webs: Any, open_page: Any) -> None:
    """There was none for a moment."""
    first = webs()
    page = open_page(first.url)
    page.click("more")
    first.end(signal.SIGKILL)
    again = open_page(webs().url, page.visitor)
    assert (pid_of(again), count(again)) == (pid_of(page), "1")


def test_without_any_web_process_they_end(webs: Any, open_page: Any, tmp_path: Path) -> None:
    """After ``process_orphan_timeout``; nothing of them is left behind."""
    web = webs(process_orphan_timeout=0.5)
    page = open_page(web.url)
    with SQLiteStore(tmp_path / "store") as store:
        folder = store.get(f"processes:{this_machine()}")["folder"]
    assert Path(folder).is_dir()
    for file in Path(folder).iterdir():
        os.utime(file, (0, 0))  # nobody takes it for one that is about to be used
    web.end(signal.SIGKILL)
    assert until(lambda: not lives(pid_of(page)), PATIENCE)
    assert until(lambda: not list(Path(folder).glob("app-*")), PATIENCE)


def test_one_that_is_stuck_is_killed_by_whoever_notices(webs: Any, open_page: Any) -> None:
    """Also by a web process that has not started it."""
    # a busy machine needs a while to make a page, too
    first, second = webs(interaction_timeout=3.0), webs(interaction_timeout=3.0)
    page = open_page(first.url)
    there = open_page(second.url, page.visitor)
    there.send(there.event_of("spin"))
    assert until(lambda: not lives(pid_of(page)), PATIENCE)
    again = open_page(first.url, page.visitor)
    assert pid_of(again) != pid_of(page)
