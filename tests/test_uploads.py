"""Uploads that are followed: who is told what, and when nothing is kept any more."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.messages.request import Request
from quick_htag.settings import Settings
from quick_htag.uploads import UploadProgress, Uploads, upload_name

NAME = "a-name_of_20-letters"


def post(name: str = NAME) -> Request:
    """The head of an upload."""
    return Request("POST", f"/files?x=1&upload={name}")


@pytest.fixture
def uploads(clock: Any) -> Uploads:
    """Reports once a second, ends are told for ten."""
    settings = Settings(upload_report_interval=1.0, upload_report_kept=10.0)
    return Uploads(settings, clock)


def begun(uploads: Uploads, total: int | None = 100) -> Any:
    """An upload that is followed."""
    watch = uploads.begin(post(), total)
    assert watch is not None
    return watch


def test_the_whole_way(uploads: Uploads, clock: Any) -> None:
    """Who follows is told of the begin, now and then how much there is, and of the end."""
    told: list[UploadProgress] = []
    uploads.follow(NAME, told.append)
    watch = begun(uploads)
    watch.received(10)
    watch.received(20)
    clock.advance(1.0)
    watch.received(50)
    watch.received(100)
    watch.ended(complete=True)
    assert [(one.received, one.state) for one in told] == [
        (10, "receiving"),
        (50, "receiving"),
        (100, "received"),
    ]
    assert [one.fraction for one in told] == [0.1, 0.5, 1.0]
    assert len(uploads) == 0


def test_an_upload_that_breaks_off(uploads: Uploads) -> None:
    """The end is told once, and nobody is kept."""
    told: list[UploadProgress] = []
    uploads.follow(NAME, told.append)
    watch = begun(uploads, None)
    watch.received(5)
    watch.ended(complete=False)
    watch.ended(complete=False)
    assert told[-1] == UploadProgress(5, None, "failed")
    assert (len(told), told[-1].fraction, len(uploads)) == (2, None, 0)


def test_who_comes_late(uploads: Uploads, clock: Any) -> None:
    """He is told how far it is, or for a while how it ended."""
    told: list[UploadProgress] = []
    watch = begun(uploads)
    watch.received(60)
    uploads.follow(NAME, told.append)
    assert told == [UploadProgress(60, 100)]
    watch.ended(complete=True)
    clock.advance(9.0)
    uploads.follow(NAME, told.append)
    assert [one.state for one in told[1:]] == ["received", "received"]
    clock.advance(2.0)
    uploads.follow(NAME, told.append)
    assert len(told) == 3


def test_several_follow_one(uploads: Uploads) -> None:
    """Each is told, until he leaves; leaving twice is harmless."""
    first: list[UploadProgress] = []
    second: list[UploadProgress] = []
    leave = uploads.follow(NAME, first.append)
    uploads.follow(NAME, second.append)
    watch = begun(uploads)
    leave()
    leave()
    watch.received(1)
    assert (len(first), len(second)) == (0, 1)


def test_nobody_is_kept_who_has_left(uploads: Uploads) -> None:
    """An upload that never comes leaves nothing behind."""
    leave = uploads.follow(NAME, lambda _: None)
    assert len(uploads) == 1
    leave()
    assert len(uploads) == 0


@pytest.mark.parametrize(
    "target", ["/", "/?a=1", "/?upload=", "/?upload=short", "/?upload=" + 20 * "%20", "/?uploads=1"]
)
def test_what_is_not_followed(uploads: Uploads, target: str) -> None:
    """A request that does not ask for it, or whose name could be guessed."""
    assert uploads.begin(Request("POST", target), 1) is None
    assert len(uploads) == 0


def test_a_name_is_used_once_at_a_time(uploads: Uploads) -> None:
    """A second upload does not mix with the first; after its end it may begin."""
    watch = begun(uploads)
    assert uploads.begin(post(), 1) is None
    watch.ended(complete=True)
    assert uploads.begin(post(), 1) is not None


def test_names() -> None:
    """What a browser makes up is one; what could be guessed is none."""
    assert upload_name("0b6a7ab3-3c0f-4b7e-9a33-0d6d3d9c1f11") is not None
    for wrong in ("", "123456789012345", "a" * 129, "a" * 20 + "\n", "a" * 20 + "ü"):
        assert upload_name(wrong) is None


def test_ends_are_not_remembered_without_limit(clock: Any) -> None:
    """A visitor who sends thousands makes the server remember the last ones."""
    uploads = Uploads(Settings(), clock)
    for number in range(1200):
        watch = uploads.begin(post(f"{number:020}"), 1)
        assert watch is not None
        watch.ended(complete=True)
    assert len(uploads._finished) == 1000
