"""The time of TLS handshakes and their outcome; test_tls_connection does real ones."""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest

from quick_htag.errors import ProtocolError
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.connection import Connection, HandshakeError, State
from quick_htag.transports.crew import Crew
from quick_htag.transports.handshakes import Handshakes
from quick_htag.transports.hub import Hub
from quick_htag.transports.poller import SelectorPoller
from quick_htag.transports.steps import Steps

SETTINGS = Settings(handshake_timeout=10.0, header_timeout=20.0)


class _Secured(Connection):
    """A connection whose handshake has this outcome."""

    __slots__ = ("outcome",)
    outcome: bool | Exception

    def secure(self) -> bool:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class _Setting:
    """Handshakes with a client, and what came of them."""

    def __init__(self, clock: Any) -> None:
        self.poller = SelectorPoller()
        self.hub = hub = Hub(self.poller, clock)
        self.went_on: list[Any] = []
        ours, self.client = socket.socketpair()
        ours.setblocking(False)
        self.connection = _Secured(ours, ("192.0.2.1", 1), SETTINGS)
        self.connection.started = clock()
        hub.connections.add(self.connection)
        log = MessageLog(io.StringIO())
        self.handshakes = Handshakes(
            hub,
            Steps(hub, Crew(SETTINGS, lambda term: None), log),
            SETTINGS,
            log,
            lambda connection, error: self.went_on.append(error),
            lambda connection, term: self.went_on.append(bytes(connection.buffer)) or True,
        )

    def step(self, outcome: bool | Exception) -> None:
        """The worker's part."""
        self.connection.outcome = outcome
        self.handshakes._secure(self.connection)


@pytest.fixture
def setting(clock: Any) -> Any:
    """One connection that has just come."""
    setting = _Setting(clock)
    yield setting
    setting.hub.discard(setting.connection)
    setting.client.close()
    setting.poller.close()


def test_all_of_a_handshake_has_one_limit(setting: _Setting, clock: Any) -> None:
    """A client that sends a little now and then gets no more time."""
    begun = clock()
    for outcome in (False, False):
        clock.advance(3.0)
        setting.step(outcome)
        assert setting.connection.state is State.HANDSHAKE
        assert setting.connection.deadline == begun + 10.0


def test_a_secured_connection_waits_for_its_request(setting: _Setting, clock: Any) -> None:
    """With the time of a head, from the end of the handshake on."""
    clock.advance(9.0)
    setting.step(True)
    assert setting.connection.state is State.IDLE
    assert setting.connection.deadline == clock() + 20.0


def test_a_request_that_is_there_is_answered(setting: _Setting) -> None:
    """On the worker that has done the handshake."""
    setting.client.sendall(b"GET")
    setting.step(True)
    assert setting.went_on == [b"GET"]


def test_a_client_that_has_left(setting: _Setting) -> None:
    """Its connection ends."""
    setting.client.close()
    setting.step(True)
    assert setting.connection.state is State.CLOSED


def test_plain_text_is_refused(setting: _Setting) -> None:
    """As such, so that the client can read why."""
    error = ProtocolError(400, "this is not TLS")
    setting.step(error)
    assert setting.went_on == [error]


def test_a_failed_handshake_lingers(setting: _Setting) -> None:
    """The client may still read the reason."""
    setting.step(HandshakeError("no protocol in common"))
    assert setting.connection.state is State.LINGERING
