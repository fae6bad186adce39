"""Topics over a real Redis: two servers' worth of them, and a Redis that goes and comes back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from quick_htag import MessageLog, RedisStore, Settings, StoreUnavailable
from quick_htag.deadline import Deadline
from quick_htag.topics.table import Topics
from tests.patience import until

LIMIT = 20.0  # seconds


class Side:
    """The topics of one server."""

    def __init__(self, url: str, prefix: str) -> None:
        self._log = io.StringIO()
        self.store = RedisStore(url, prefix=prefix)
        self.topics = Topics(Settings(), MessageLog(self._log), self.store.topic_line())
        self.got: Queue[Any] = Queue()

    @property
    def log(self) -> str:
        """What was reported."""
        return self._log.getvalue()

    def close(self) -> None:
        """End it."""
        assert self.topics.close(Deadline(LIMIT))
        self.store.close()


@pytest.fixture
def side(redis_server: Any, no_thread_left: None) -> Iterator[Callable[..., Side]]:
    """``side(prefix)``: another server's topics."""
    made: list[Side] = []

    def make(prefix: str = "quick_htag:") -> Side:
        made.append(Side(redis_server.url, prefix))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_both_hear_both(side: Callable[..., Side]) -> None:
    """Each message once, in order; the sender's own server too."""
    one, other = side(), side()
    for each in (one, other):
        each.topics.subscribe("nëws *", each.got.put)
    for number in range(20):
        (one, other)[number % 2].topics.publish("nëws *", {"n": number})
    for each in (one, other):
        seen = [each.got.get(timeout=LIMIT)["n"] for _ in range(20)]
        assert sorted(seen) == list(range(20))
        assert (seen[::2], each.got.empty()) == (sorted(seen[::2]), True)


def test_another_prefix_is_another_site(side: Callable[..., Side]) -> None:
    """What shares a Redis by chance hears nothing."""
    one, other = side("a:"), side("b:")
    other.topics.subscribe("news", other.got.put)
    one.topics.subscribe("news", one.got.put)
    one.topics.publish("news", 1)
    other.topics.publish("news", 2)
    assert (one.got.get(timeout=LIMIT), other.got.get(timeout=LIMIT)) == (1, 2)


def test_leaving_and_coming_back(side: Callable[..., Side]) -> None:
    """Whoever listens again hears what is published from then on, from the first on."""
    one = side()
    for number in range(20):
        undo = one.topics.subscribe("news", one.got.put)
        one.topics.publish("news", number)
        assert one.got.get(timeout=LIMIT) == number
        undo()
    assert (one.topics.listeners(), one.got.empty()) == ({}, True)


def test_a_redis_that_was_restarted(side: Callable[..., Side], redis_server: Any) -> None:
    """Listeners are there again by themselves, and the log has told both."""
    one = side()
    one.topics.subscribe("news", one.got.put)
    redis_server.stop()
    until(lambda: "the connection is lost" in one.log)
    with pytest.raises(StoreUnavailable, match="published"):
        one.topics.publish("news", "nobody")
    one.topics.subscribe("late", one.got.put)  # does not wait for Redis
    redis_server.start()
    until(lambda: "connected again" in one.log)
    for topic in ("news", "late"):
        one.topics.publish(topic, topic)
        assert one.got.get(timeout=LIMIT) == topic
    assert one.log.count("the connection is lost") == 1


def test_a_topic_given_up_while_redis_is_away(side: Callable[..., Side], redis_server: Any) -> None:
    """Nothing is kept of it once the connection is back."""
    one = side()
    one.topics.subscribe("news", one.got.put)
    redis_server.stop()
    until(lambda: "the connection is lost" in one.log)
    one.topics.subscribe("late", one.got.put)()
    redis_server.start()
    until(lambda: "connected again" in one.log)
    until(lambda: not one.topics._line._waiting)  # type: ignore[union-attr]


def test_no_redis(tmp_path: Path, no_thread_left: None) -> None:
    """The server starts, listens as soon as it can, and ends at once."""
    one = Side(f"unix://{tmp_path}/nobody.sock", "x:")
    one.topics.subscribe("news", one.got.put)
    until(lambda: "the connection is lost" in one.log)
    with pytest.raises(StoreUnavailable):
        one.topics.publish("news", 1)
    one.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        one.topics.publish("news", 1)
