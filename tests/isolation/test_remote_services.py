"""What an app in a process gets from its server."""

from __future__ import annotations

import io
from typing import Any

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.remote_services import LogFile, RemoteBegun, RemoteLog, RemoteUploads
from quick_htag.uploads import UploadProgress
from tests.patience import until


def anchors(*links: Any) -> Anchors:
    """Of a process with these connections."""
    made = Anchors()
    for link in links:
        made.add(link)
    return made


def test_lines_of_the_log_go_to_the_server(linked: Any) -> None:
    """Errors with their traceback, ``msg`` line by line."""
    ends = linked()
    remote = RemoteLog(anchors(ends.here), io.StringIO())
    remote.message("hello")
    remote.error("err_gui", "it failed", ZeroDivisionError("why"))
    LogFile(remote).write("[SERVER] one\n[SERVER] two\nhalf")
    until(lambda: len(ends.notes) == 4)
    told = [value["text"] for _, value in ends.notes]
    assert [told[0], *told[2:]] == ["hello", "one", "two"]
    assert "ZeroDivisionError: why" in told[1]


def test_without_a_server_they_are_written() -> None:
    """So that nothing is lost."""
    file = io.StringIO()
    RemoteLog(anchors(), file).message("alone")
    assert file.getvalue() == "alone\n"


def test_an_event_begins_once(linked: Any) -> None:
    """The server is asked with the first of a page, and told of the others."""
    ends, asked = linked(), []

    def answer(link: Any, talk: int, value: Any) -> None:
        asked.append(value["number"])
        link.end(talk, new=value["page"] != "old")

    ends.answers["begun"] = answer
    begun = RemoteBegun(anchors(ends.here), "me", waits=False)
    assert [begun.begin("me", "page", number) for number in (1, 2, 2, 1, 3)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert not begun.begin("me", "old", 1)
    until(lambda: len(ends.notes) == 2)
    assert asked == [1, 1]
    assert [value["number"] for _, value in ends.notes] == [2, 3]


def test_with_a_store_that_outlives_the_server_it_is_asked_always(linked: Any) -> None:
    """The event has been noted before it is handled."""
    ends = linked()
    ends.answers["begun"] = lambda link, talk, value: link.end(talk, new=True)
    begun = RemoteBegun(anchors(ends.here), "me", waits=True)
    assert all(begun.begin("me", "page", number) for number in (1, 2, 3))
    assert not ends.notes
    with pytest.raises(StoreUnavailable):
        RemoteBegun(anchors(), "me", waits=True).begin("me", "page", 1)


def test_uploads_are_followed_until_they_are_over(linked: Any) -> None:
    """Every server is told, since any may receive it."""
    ends, seen = linked(), []
    uploads = RemoteUploads(anchors(ends.here))
    leave = uploads.follow("name", seen.append)
    uploads.follow("other", seen.append)()
    uploads.told({"upload": "name", "received": 1, "total": 2, "state": "receiving"})
    uploads.told({"upload": "name", "received": 2, "total": 2, "state": "received"})
    uploads.told({"upload": "name", "received": 2, "total": 2, "state": "received"})
    leave()
    assert seen == [UploadProgress(1, 2), UploadProgress(2, 2, "received")]
    assert uploads.names() == []
    until(lambda: len(ends.notes) >= 3)
    assert ends.notes[2] == ("unfollow", {"upload": "other"})
