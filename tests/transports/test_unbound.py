"""A server without an address says so when somebody wants to connect."""

from __future__ import annotations

import io
import socket

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.transports.hosted import Hosted
from quick_htag.transports.unbound import Unbound


@pytest.fixture
def unbound():
    """Its host calls nothing."""
    return Unbound(Hosted(None, Settings(), MessageLog(io.StringIO())))


def test_it_does_not_start(unbound):
    """The message says what to do."""
    with pytest.raises(ConfigurationError, match="wsgi or asgi"):
        unbound.start()


def test_it_takes_no_socket(unbound):
    """Neither one that listens nor one that is connected, which is closed."""
    sock = socket.socket()
    with pytest.raises(ConfigurationError):
        unbound.adopt(sock, ("127.0.0.1", 1))
    assert sock.fileno() < 0
    with pytest.raises(ConfigurationError):
        unbound.listen(sock, None)


def test_it_never_hangs(unbound):
    """Its host may."""
    assert unbound.comes_round(0.0)


def test_it_stops(unbound):
    """Twice, too; there is nothing to wait for."""
    unbound.drain(1.0)
    assert unbound.stop(0.0)
    assert unbound.stop(0.0)
    assert unbound.counts()["threads"] == 0
