"""What the processes of one server share; real ones are in ``scenarios/test_processes.py``."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError
from quick_htag.isolation.processes import Processes
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


def processes(**numbers: Any) -> Processes:
    """Of a server that is not there."""
    settings = Settings(**numbers)
    guis: Any = SimpleNamespace(begun=None, pages_changed=lambda: None, elsewhere=None)
    nothing: Any = None
    return Processes(settings, MessageLog(), Sessions(settings), guis, nothing, nothing, nothing)


def taken(those: Processes, network: str, **more: Any) -> Any:
    """A process of a visitor."""
    seat: Any = type("Seat", (), {})()
    values = {"ever_connected": True, "opening": 0, "created": 0.0, "pages": 1, **more}
    values.update(first=True, visited=True)
    for name, value in {**values, "network": network, "session": object(), "usable": True}.items():
        setattr(seat, name, value)
    seat.stop = lambda *args: setattr(seat, "usable", False)
    those._names[seat] = b""
    return seat


def test_nothing_is_started_before_an_app_asks(no_thread_left: None) -> None:
    """And closing that is closing nothing; again, too."""
    those = processes()
    those.start()
    assert those.close(1.0)
    assert those.close(1.0)
    assert those._folder is None
    plan: Any = None
    with pytest.raises(AppFailed, match="stops"):
        those.launch(plan, plan, lambda process: None)  # type: ignore[arg-type,return-value]


def test_each_process_has_a_secret_of_its_own() -> None:
    """So has each server."""
    one, two = processes(), processes()
    secrets = {those._secret_of(name) for those in (one, two) for name in (b"a", b"b")}
    assert len(secrets) == 4


def test_a_server_that_stops_has_no_room() -> None:
    """Who comes then is to try again."""
    those = processes()
    assert those.close(1.0)
    with pytest.raises(HTTPError, match="stops") as info:
        those.room("a")
    assert info.value.status == 503


def test_one_that_no_page_has_used_makes_room() -> None:
    """The oldest of them."""
    those = processes(max_processes=2)
    old = taken(those, "a", ever_connected=False, pages=0)
    taken(those, "a", ever_connected=False, pages=0, created=1.0)
    with those.room("b"):
        assert not old.usable
        assert those.rendering()
    assert len(those) == 1
    assert those.connected_pages() == 0
    assert not those.rendering()
