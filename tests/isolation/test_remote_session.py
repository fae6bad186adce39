"""What of a session is in a process; the rest is in ``test_session_desk``."""

from __future__ import annotations

from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.remote_session import OneSession, RemoteKeeper, digest, remote_session
from quick_htag.stores.session import Session

TOLD = {"uid": "u", "short_id": "s", "address": "a", "born": 1.0, "user": "me", "texts": {"k": "1"}}


def one() -> Session:
    """A session that no server keeps."""
    return remote_session(RemoteKeeper(Anchors(), 1.0, 1000), dict(TOLD))


def test_a_session_is_as_it_was_told() -> None:
    """Without the secret in its cookie."""
    session = one()
    assert (session.uid, session.user, session.data, session.id) == ("u", "me", {"k": 1}, "")


def test_the_same_data_has_the_same_digest() -> None:
    """In whatever order; other data has another one."""
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert digest({"a": "12", "b": ""}) != digest({"a": "1", "b": "2"})
    assert digest({"a1": "2"}) != digest({"a": "12"})


def test_the_one_session_ends_once() -> None:
    """Who wants to know is told; it takes no instance then."""
    sessions, told = OneSession(None), []
    sessions.ended.append(lambda session, reason: told.append(reason))
    session = one()
    assert sessions.pin(session)
    assert sessions.remove(session, "over")
    assert not sessions.remove(session, "again")
    assert not sessions.pin(session)
    sessions.unpin(session)
    assert told == ["over"]
