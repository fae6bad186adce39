"""Processes of apps, real ones, started by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.isolation import plan as plans
from quick_htag.isolation.seat import Seat
from quick_htag.settings import Settings
from tests.patience import until


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
