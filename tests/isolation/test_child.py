"""Processes of apps, real ones, started by hand."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quick_htag.errors import AppFailed
from quick_htag.isolation import plan as plans
from quick_htag.isolation.seat import Seat
from quick_htag.settings import Settings
from tests.live_program import is_alive
from tests.patience import until

COPYING = """
import os, signal
from htag import Tag

class App(Tag.{base}):
    imports = ()

    def init(self):
        ready, begun = os.pipe()
        copy = os.fork()
        if not copy:
            os.write(begun, b"!")
            while True:
                signal.pause()
        os.read(ready, 1)
        self <= Tag.p(f"copy={{copy}} by {{os.getpid()}}")
        if {ends}:
            os.kill(copy, signal.SIGTERM)
            self <= Tag.p(f"ended={{os.waitpid(copy, 0)[1]}}")
"""


@pytest.fixture
def launched(start_server: Callable[..., Any], app_name: str) -> Callable[[], Seat]:
    """``launched()``: a process of the app of a server."""
    server = start_server(settings=Settings(spare_processes=0))
    server.bind_htag("/", app_name, isolation="process")
    host = server._processes._hosts[0]
    return lambda: host._launch()


def test_one_that_has_loaded_its_app_says_so(launched: Any) -> None:
    """And ends when its connection does."""
    seat = launched()
    seat.wait_ready(60.0)
    assert seat.address
    seat.link.close()
    assert seat.process.wait(60.0)
    assert seat.process.ending().endswith("exit code 0")


def test_one_that_ends_leaves_nothing_open(
    launched: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """Python warns of it where it is told to."""
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    seat = launched()
    seat.wait_ready(60.0)
    seat.link.close()
    assert seat.process.wait(60.0)
    assert "unclosed" not in capfd.readouterr().err


def test_one_of_another_version_says_which(launched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do is in the error."""
    monkeypatch.setattr(plans, "PROTOCOL", 0)
    with pytest.raises(AppFailed, match="install the same quick_htag in both environments"):
        launched().wait_ready(60.0)


def test_a_module_that_fails_is_told_with_its_traceback(
    launched: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is gone then."""
    (tmp_path / "broken_here.py").write_text("nothing = 1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    host = launched.__closure__[0].cell_contents
    object.__setattr__(host.plan, "app", {"module": "broken_here", "name": "App"})
    seat = launched()
    with pytest.raises(AppFailed, match="ZeroDivisionError") as caught:
        seat.wait_ready(60.0)
    assert "broken_here.py" in caught.value.trace
    until(lambda: not seat.process.is_alive())


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody tells without ending it")
def test_one_that_loads_its_app_for_ever_ends_with_its_server(
    start_server: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a server that was killed, and kills nobody."""
    (tmp_path / "hangs_here.py").write_text("import threading\nthreading.Event().wait()\n")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    server = start_server(settings=Settings(spare_processes=0, fork_processes=False))
    server.bind_htag("/", "hangs_here:App", isolation="process", python=sys.executable)
    seat = server._processes._hosts[0]._launch()
    pid = seat.process.pid
    until(lambda: seat.usable)
    try:
        seat.release(None, (1001, ""))
        until(lambda: not is_alive(pid))
    finally:
        seat.process.kill()


@pytest.fixture
def copying(
    start_server: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, bool], Any]:
    """``copying(name, ends)``: a page of an app that has copied its process, and its server."""
    htag = pytest.importorskip("htag", exc_type=ImportError)
    monkeypatch.syspath_prepend(str(tmp_path))

    def opened(name: str, ends: bool) -> Any:
        base = "App" if hasattr(htag, "State") else "body"
        (tmp_path / f"{name}.py").write_text(COPYING.format(base=base, ends=ends))
        server = start_server(settings=Settings(spare_processes=0))
        server.bind_htag("/", f"{name}:App", isolation="process")
        return requests.get(server.url, timeout=60.0).text, server

    return opened


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process with threads has no copy")
def test_a_copy_that_the_app_makes_can_be_ended(copying: Any) -> None:
    """As ``terminate`` of ``multiprocessing`` does it."""
    page, _ = copying("ends_a_copy_here", True)
    assert f"ended={signal.SIGTERM.value}" in page


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process with threads has no copy")
def test_a_copy_that_the_app_makes_does_not_hide_its_end(copying: Any) -> None:
    """The server learns of it at once, and ends what is left."""
    page, server = copying("keeps_a_copy_here", False)
    copy, pid = (int(number) for number in re.search(r"copy=(\d+) by (\d+)", page).groups())  # type: ignore[union-attr]
    (seat,) = server._processes._ours()
    assert seat.usable
    os.kill(pid, signal.SIGKILL)
    until(lambda: not seat.usable)
    until(lambda: not is_alive(copy))
