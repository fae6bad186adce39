"""Processes that are copies of one that has loaded the app: real ones, started by a server."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag import MessageLog
from quick_htag.settings import Settings
from tests.patience import until

LIMIT = 60.0
APP = """
import {imports}
from htag import Tag

class App(Tag.{base}):
    imports = ()
{code}
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no copies")


class Told(MessageLog):
    """A log whose lines are a list."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def message(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def bound(
    start_server: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """``bound(code, imports)``: the host of an app whose module does this, and its log."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    monkeypatch.syspath_prepend(str(tmp_path))

    def bind(name: str, code: str = "", imports: str = "os", **numbers: Any) -> Any:
        base = "App" if hasattr(htag, "State") else "div"
        text = APP.format(imports=imports, base=base, code=textwrap.dedent(code))
        (tmp_path / f"{name}.py").write_text(text)
        log = Told()
        server = start_server(settings=Settings(spare_processes=0, **numbers), log=log)
        # by another name than the server would import it: what it starts is its own
        server.bind_htag("/", f"{name}:App", isolation="process", python=sys.executable)
        return server._processes._hosts[0], log

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return bind


def launched(host: Any) -> Any:
    """One more process, ready."""
    seat = host._launch()
    seat.wait_ready(LIMIT)
    return seat


def parent(pid: int) -> int:
    """Of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_processes_are_copies_of_one(bound: Any) -> None:
    """They have a session of their own, and how they end is told."""
    host, log = bound("plain_here")
    first, second = launched(host), launched(host)
    template = host.nursery.template.pid
    assert [parent(one.process.pid) for one in (first, second)] == [template, template]
    assert len({template, first.process.pid, second.process.pid}) == 3
    first.kill()
    assert first.process.wait(LIMIT)
    until(lambda: first.process.ending() == "it was ended by SIGKILL")
    assert second.process.is_alive()
    assert not log.lines


def test_nothing_is_left_of_one_that_was_killed(bound: Any) -> None:
    """Neither its socket, nor a descriptor of the server: there may be thousands of them."""
    host, _ = bound("killed_often_here")
    seat = launched(host)
    socket = Path(seat.address[0])
    assert socket.exists()
    seat.process.kill()
    until(lambda: not socket.exists())
    assert seat.process._process._handle is None


@pytest.mark.parametrize(
    ("name", "imports", "code", "why"),
    [
        (
            "thread_here",
            "threading, time",
            "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
            "threads",
        ),
        ("socket_here", "socket", "kept = socket.socket()", "opens socket"),
        (
            "child_here",
            "subprocess, sys",
            "kept = subprocess.Popen([sys.executable, '-c', ''])",
            "starts processes",
        ),
        ("folder_here", "tempfile", "kept = tempfile.TemporaryDirectory()", "removed at the end"),
    ],
)
def test_what_must_not_be_copied_is_started_anew(
    bound: Any, name: str, imports: str, code: str, why: str
) -> None:
    """The log tells once why."""
    host, log = bound(name, code, imports)
    for _ in range(2):
        seat = launched(host)
        seat.kill()
    assert [why in line for line in log.lines if "started anew" in line] == [True]
    assert host.nursery.template is None


def test_a_file_that_has_changed_is_loaded_again(bound: Any, tmp_path: Path) -> None:
    """By a process that is started anew, and by the next template."""
    host, _ = bound("changed_here")
    old = launched(host)
    template = host.nursery.template
    file = tmp_path / "changed_here.py"
    file.write_text(file.read_text() + "\n# another line\n")
    new = launched(host)
    until(lambda: host.nursery.template is None)
    again = launched(host)
    assert host.nursery.template is not template
    assert len({one.process.pid for one in (old, new, again)}) == 3


def test_a_template_that_was_killed_takes_nobody_along(bound: Any) -> None:
    """Its copies go on, and the next visitor gets a process."""
    host, _ = bound("killed_here")
    first = launched(host)
    host.nursery.template.kill()
    until(lambda: host.nursery.template is None)
    assert first.usable
    assert first.process.is_alive()
    second = launched(host)
    first.kill()
    assert first.process.wait(LIMIT)
    assert second.usable


def test_copies_may_be_unwanted(bound: Any) -> None:
    """``fork_processes=False``: each is started anew."""
    host, log = bound("single_here", fork_processes=False)
    launched(host)
    assert host.nursery.template is None
    assert not log.lines
