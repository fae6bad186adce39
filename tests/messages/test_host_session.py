"""The session of a host is a mapping like other sessions."""

from __future__ import annotations

from quick_htag.messages.host_session import HostSession


def test_changes_are_those_of_the_host():
    """Every one, at once."""
    theirs = {"user": "Bo", "old": 1}
    session = HostSession(theirs)
    session["seen"] = [1]
    del session["old"]
    assert theirs == {"user": "Bo", "seen": [1]}
    assert (dict(session), len(session)) == (theirs, 2)


def test_a_block_is_possible():
    """So that endpoints need not know where they run."""
    theirs = {}
    with HostSession(theirs) as session:
        session["count"] = session.get("count", 0) + 1
    assert theirs == {"count": 1}
    assert "count" in repr(session)
