"""An app whose visitors have a process each, as handlers see it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed, HTTPError
from quick_htag.guis import GuiOptions
from quick_htag.isolation.host import ProcessHost
from quick_htag.isolation.link import LinkLost, Refused
from quick_htag.isolation.plan import Plan
from quick_htag.messages.request import Request
from quick_htag.settings import Settings

MOUNT: Any = SimpleNamespace(
    path="", client_script="x", debug=lambda: False, largest_file=lambda: 1
)


class Link:
    """Gives what it is told, or raises it."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)

    def ask(self, name: str, timeout: float | None, **value: Any) -> Any:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def seat(*outcomes: Any, left: bool = False) -> Any:
    """A process with a link."""
    process = SimpleNamespace(wait=lambda timeout: True, ending=lambda: "exit code 3")
    return SimpleNamespace(
        link=Link(*outcomes),
        life=SimpleNamespace(watch=lambda: None, doubt=lambda: None),
        opening=0,
        usable=True,
        left=left,
        process=process,
    )


@pytest.fixture
def opened(services: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``opened(*seats)``: what a page request gets from these processes, one after the other."""
    processes: Any = SimpleNamespace(
        services=services, closing=False, be_found=lambda: None, nursery=lambda _: None
    )
    plan = Plan("", "App", {"spec": "a:B"}, None, None, GuiOptions(), (), "", None)
    host = ProcessHost(processes, plan, None)

    def open_with(*seats: Any) -> str:
        waiting = list(seats)
        host.residents = SimpleNamespace(obtain=lambda *_: waiting.pop(0))  # type: ignore[assignment]
        session = services.sessions.issue("192.0.2.1")
        return host.open_page(MOUNT, Request("GET", "/"), session)

    return open_with


def test_a_page_is_what_the_process_gives(opened: Any) -> None:
    """Text by text."""
    assert opened(seat({"html": "<html>"})) == "<html>"


def test_a_process_that_is_about_to_end_is_passed_over(opened: Any) -> None:
    """It has said so, or has just gone because it was to."""
    gone, lost = seat({"gone": True}), seat(LinkLost("gone"), left=True)
    assert opened(gone, lost, seat({"html": "<html>"})) == "<html>"


def test_an_app_that_takes_its_process_along_has_failed(opened: Any) -> None:
    """The next process would end the same way; the error says how."""
    with pytest.raises(AppFailed, match="exit code 3"):
        opened(seat(LinkLost("gone")))


def test_refusals_are_raised_as_here(opened: Any) -> None:
    """A failure of the app, and a process that takes too long."""
    with pytest.raises(AppFailed, match="why"):
        opened(seat(Refused({"kind": "failed", "text": "why", "trace": ""})))
    with pytest.raises(HTTPError) as caught:
        opened(seat(TimeoutError()))
    assert caught.value.status == 503


def test_what_is_asked_in_vain(services: Any) -> None:
    """Without a session or a process there is no field, and nothing to reset."""
    processes: Any = SimpleNamespace(services=services, closing=True, nursery=lambda _: None)
    plan = Plan("", "App", {"spec": "a:B"}, None, None, GuiOptions(), (), "", None)
    host = ProcessHost(processes, plan, None)
    session = services.sessions.issue("192.0.2.1")
    for one in (None, session):
        assert host.field(MOUNT, one, "page", "key") is None
        assert not host.reset(MOUNT, one)
    assert host.closing
    assert Settings().websocket_max_message == host.max_message
