"""Steps of single connections: what fails ends its own connection and nothing else."""

from __future__ import annotations

import io
import logging
import socket
from typing import Any

import pytest

from quick_htag.deadline import monotonic
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.connection import Connection, State
from quick_htag.transports.crew import Crew
from quick_htag.transports.hub import Hub
from quick_htag.transports.poller import SelectorPoller
from quick_htag.transports.steps import Steps


@pytest.fixture
def text() -> io.StringIO:
    """What is logged."""
    return io.StringIO()


@pytest.fixture
def hub() -> Any:
    """A hub with one connection."""
    poller = SelectorPoller()
    hub = Hub(poller, monotonic)
    ours, theirs = socket.socketpair()
    hub.connections.add(Connection(ours, ("192.0.2.1", 1), Settings()))
    yield hub
    for connection in list(hub.connections):
        hub.discard(connection)
    theirs.close()
    poller.close()


@pytest.fixture
def steps(hub: Hub, text: io.StringIO) -> Steps:
    """Steps of that hub, with a crew that was not started."""
    return Steps(hub, Crew(Settings(), lambda term: None), MessageLog(text))


def _fail(error: BaseException) -> bool:
    raise error


@pytest.mark.parametrize("error", [ValueError("odd"), SystemExit(3), ConnectionResetError("gone")])
def test_what_fails_ends_its_connection(steps: Steps, hub: Hub, error: BaseException) -> None:
    """The thread goes on with others: the lead is not lost."""
    [connection] = hub.connections
    assert steps.guarded(connection, lambda: _fail(error))
    assert (connection.state, hub.connections) == (State.CLOSED, set())


def test_a_failure_of_ours_is_told(steps: Steps, hub: Hub, text: io.StringIO) -> None:
    """With its traceback, since nobody else hears of it."""
    [connection] = hub.connections
    steps.guarded(connection, lambda: _fail(ValueError("odd")))
    assert "a connection failed" in text.getvalue()
    assert "odd" in text.getvalue()


def test_a_client_that_has_gone_is_for_debugging(
    steps: Steps, hub: Hub, text: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    """It may leave at any time."""
    [connection] = hub.connections
    with caplog.at_level(logging.DEBUG):
        steps.guarded(connection, lambda: _fail(ConnectionResetError("gone")))
    assert text.getvalue() == ""


def test_what_a_step_says_is_passed_on(steps: Steps, hub: Hub) -> None:
    """False: the lead was lost."""
    [connection] = hub.connections
    assert not steps.guarded(connection, lambda: False)
    assert connection in hub.connections
