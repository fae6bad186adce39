"""What apps write into the session of a host arrives there, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.guis.carried_session import CarriedSession, carry
from quick_htag.messages.host_session import HostSession
from quick_htag.messages.request import HOST_SESSION, Request
from quick_htag.settings import Settings
from quick_htag.stores.sessions import Sessions


@pytest.fixture
def session() -> Any:
    """Of a visitor."""
    return Sessions(Settings()).issue("192.0.2.1")


def _request(theirs: dict[str, Any]) -> Request:
    request = Request("GET", "/")
    request.meta[HOST_SESSION] = HostSession(theirs)
    return request


def test_the_app_has_what_the_host_has(session):
    """As a copy: a host stores it in its own way and time."""
    theirs = {"user": "Bo", "seen": [1]}
    carry(_request(theirs), session)
    assert session.carried == theirs
    session.carried["seen"].append(2)
    assert theirs["seen"] == [1]


def test_changes_go_to_the_host(session):
    """Written, changed inside, and removed."""
    carry(_request({"user": "Bo", "seen": [1], "old": 1}), session)
    session.carried["new"] = 5
    session.carried["seen"].append(2)
    del session.carried["old"]
    theirs = {"user": "Bo", "seen": [1], "old": 1}
    carry(_request(theirs), session)
    assert theirs == {"user": "Bo", "seen": [1, 2], "new": 5} == session.carried


def test_what_the_host_has_changed(session):
    """Comes to the app, with what is gone; but what the app has written counts."""
    carry(_request({"user": "Bo", "old": 1, "both": 1}), session)
    session.carried["both"] = 2
    theirs = {"user": "Al", "both": 3}
    carry(_request(theirs), session)
    assert theirs == {"user": "Al", "both": 2} == session.carried


def test_the_request_has_it_then(session):
    """Apps of htag 2 keep the request of their page; it may be exchanged again."""
    theirs: dict[str, Any] = {}
    request = _request(theirs)
    carry(request, session)
    request.session["built"] = True
    carry(request, session)
    assert theirs == {"built": True}


def test_nothing_is_carried_without_a_host(session):
    """The session of the server is what apps have then."""
    carry(Request("GET", "/"), session)
    assert session.carried is None
    carry(_request({"a": 1}), None)


def test_a_block_is_possible():
    """As with every session."""
    with CarriedSession() as carried:
        carried["a"] = 1
    assert carried == {"a": 1}
