"""The ``sessions`` commands; those for live apps are tested with these, too."""

from __future__ import annotations

from io import StringIO

import pytest
import requests

from quick_htag import MessageLog


@pytest.fixture
def said():
    """What was logged."""
    return StringIO()


@pytest.fixture
def server(start_server, said):
    """Two visitors have left something in their sessions."""

    def setup(server):
        server.log_level = "none"
        server.json_get("/visit/:name", 0)(
            lambda req, args: req.session.update(name=args["segments"]["name"])
        )

    server = start_server(setup, log=MessageLog(said))
    for name in ("ann", "bob"):
        requests.get(f"{server.url}visit/{name}", timeout=30)
    return server


def ids(server):
    """The short ids of the sessions."""
    return sorted(row.session for row in server.list_sessions())


def test_the_list_has_the_columns_that_were_asked_for(server, said):
    """And a line for each session."""
    server.handle_cmd("sessions columns=session,pages sort=session")
    head, *lines = said.getvalue().splitlines()
    assert head == "[SERVER] session   pages"
    assert lines == [f"[SERVER] {one}  0" for one in ids(server)]


def test_nobody_fits(server, said):
    """It is said."""
    server.handle_cmd("sessions idle>1d")
    assert said.getvalue() == "[SERVER] no sessions\n"


def test_one_session_is_shown(server, said):
    """With the names of its data and their sizes, not the data."""
    short_id = ids(server)[0]
    server.handle_cmd(f"sessions show {short_id}")
    assert f"session    {short_id}\n" in said.getvalue()
    assert "data       'name' 5 B\n" in said.getvalue()
    assert not {"ann", "bob"} & set(said.getvalue().split("'"))


def test_one_session_is_ended(server, said):
    """By the beginning of its id; again finds nobody."""
    short_id = ids(server)[0]
    for _ in range(2):
        server.handle_cmd(f"sessions kill {short_id}")
    assert f"session {short_id} ended" in said.getvalue()
    assert f"no single session starts with {short_id}" in said.getvalue()
    assert short_id not in ids(server)


@pytest.mark.parametrize(
    ("line", "count", "text"),
    [
        ("sessions clear", 0, "2 sessions ended"),
        ("sessions clear idle<1h", 0, "2 sessions ended"),
        ("sessions clear idle>1h", 2, "0 sessions ended"),
        ("sessions clear colour=red", 2, "there is no column 'colour'"),
    ],
)
def test_some_sessions_are_ended(server, said, line, count, text):
    """All, or those that fit; a word that makes no sense ends none."""
    server.handle_cmd(line)
    assert text in said.getvalue()
    assert "ERROR" not in said.getvalue()
    assert len(server.sessions) == count


def test_words_are_completed(server):
    """Commands, columns and ids, each in its place."""
    server.handle_cmd("")  # brings the commands
    complete = server.commands.complete
    assert complete("sessions k") == ["kill "]
    assert complete("sessions idl") == ["idle<", "idle>"]
    assert complete("sessions kill ") == ids(server)
    assert complete("sessions kill x ") == []
    assert complete("sessions clear sort=-i") == ["sort=-idle"]
