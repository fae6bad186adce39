"""Offers: fetched once, by whom they are for, for a while."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.guis.attachment import attached
from quick_htag.guis.downloads import Downloads
from quick_htag.settings import Settings


class Source:
    """An iterable that knows that it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Any:
        return iter(["x"])

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def downloads(world: Any) -> Downloads:
    """Two offers at a time of one session, for a minute, bytes for ten."""
    settings = Settings(download_timeout=60.0, download_resume=600.0, max_downloads=2)
    return Downloads(settings, world.timer)


def test_an_offer_is_for_one_session(downloads: Downloads) -> None:
    """Another one, or none, gets nothing, and does not spoil it."""
    attachment = attached("text")
    token = downloads.offer("ann", attachment)
    assert downloads.take("bob", token, continues=False) is None
    assert downloads.take(None, token, continues=False) is None
    assert downloads.peek("bob", token) is None
    assert downloads.peek("ann", token) is attachment
    assert downloads.take("ann", token, continues=False) is attachment


def test_once(downloads: Downloads) -> None:
    """A second time there is nothing but the rest of what has begun."""
    token = downloads.offer("ann", attached("text"))
    assert downloads.take("ann", token, continues=False) is not None
    assert downloads.take("ann", token, continues=False) is None
    assert downloads.peek("ann", token) is None
    assert downloads.take("ann", token, continues=True) is not None


def test_pieces_are_gone_when_they_are_taken(downloads: Downloads, world: Any) -> None:
    """Not even the rest is there, and no timer closes what is being sent."""
    source = Source()
    token = downloads.offer("ann", attached(source))
    assert downloads.take("ann", token, continues=False) is not None
    assert downloads.take("ann", token, continues=True) is None
    world.timer.advance(1000.0)
    assert (source.closed, len(downloads)) == (0, 0)


def test_an_offer_expires(downloads: Downloads, world: Any) -> None:
    """What nobody has fetched is closed in the end."""
    source = Source()
    token = downloads.offer("ann", attached(source))
    world.timer.advance(59.0)
    assert downloads.peek("ann", token) is not None
    world.timer.advance(2.0)
    assert downloads.take("ann", token, continues=False) is None
    assert source.closed


def test_the_rest_stays_longer(downloads: Downloads, world: Any) -> None:
    """Each part that is fetched gives it more time."""
    token = downloads.offer("ann", attached("text"))
    downloads.take("ann", token, continues=False)
    for _ in range(3):
        world.timer.advance(599.0)
        assert downloads.take("ann", token, continues=True) is not None
    world.timer.advance(601.0)
    assert (downloads.take("ann", token, continues=True), len(downloads)) == (None, 0)


def test_too_many_make_room(downloads: Downloads) -> None:
    """The oldest of the same session is withdrawn, others' are not."""
    sources = [Source() for _ in range(4)]
    owners = ("bob", "ann", "ann", "ann")
    for owner, source in zip(owners, sources, strict=True):
        downloads.offer(owner, attached(source))
    assert [bool(source.closed) for source in sources] == [False, True, False, False]


def test_the_end_of_a_session(downloads: Downloads, world: Any) -> None:
    """Its offers go with it, and their timers."""
    sources = Source(), Source()
    downloads.offer("ann", attached(sources[0]))
    downloads.offer("bob", attached(sources[1]))
    downloads.forget("ann")
    assert [bool(source.closed) for source in sources] == [True, False]
    assert len(world.timer.alarms) == 1


def test_the_end_of_the_server(downloads: Downloads, world: Any) -> None:
    """Everything is closed, also what comes later; again is harmless."""
    first, late = Source(), Source()
    downloads.offer("ann", attached(first))
    downloads.close()
    downloads.close()
    downloads.offer("ann", attached(late))
    assert first.closed
    assert late.closed
    assert (len(downloads), world.timer.alarms) == (0, [])
