"""The topics of one process, with and without a line to others."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest

from quick_htag import ConfigurationError, MessageLog, NotStorable, Settings
from quick_htag.deadline import Deadline
from quick_htag.topics.table import Topics

LIMIT = 20.0  # seconds


@pytest.fixture
def log() -> io.StringIO:
    """What was reported."""
    return io.StringIO()


@pytest.fixture
def topics(log: io.StringIO, no_thread_left: None) -> Iterator[Topics]:
    """Those of a process, closed at the end."""
    made = Topics(Settings(max_topic_backlog=3), MessageLog(log))
    yield made
    assert made.close(Deadline(LIMIT))


def test_all_who_listen_get_a_copy(topics: Topics) -> None:
    """What one does with the data, another does not see; other topics are silent."""
    one: Queue[Any] = Queue()
    other: Queue[Any] = Queue()
    silent: Queue[Any] = Queue()
    topics.subscribe("news", one.put)
    topics.subscribe("news", other.put)
    topics.subscribe("olds", silent.put)
    data = {"a": [1]}
    topics.publish("news", data)
    first = one.get(timeout=LIMIT)
    first["a"].append(2)
    assert (other.get(timeout=LIMIT), data, silent.empty()) == ({"a": [1]}, {"a": [1]}, True)


def test_nobody_listens(topics: Topics) -> None:
    """A message is not kept for those who come later."""
    got: Queue[Any] = Queue()
    topics.publish("news", 1)
    topics.subscribe("news", got.put)
    topics.publish("news", 2)
    assert got.get(timeout=LIMIT) == 2


@pytest.mark.parametrize("topic", ["", 5])
def test_what_is_refused_leaves_nothing(topics: Topics, topic: Any) -> None:
    """A listener that was not taken holds no thread that ``close`` would look for."""
    with pytest.raises(NotStorable):
        topics.subscribe(topic, print)
    with pytest.raises(ConfigurationError):
        topics.subscribe("news", None)  # type: ignore[arg-type]
    assert (topics.listeners(), topics._turns) == ({}, set())


def test_undo(topics: Topics) -> None:
    """Whoever has left hears nothing; twice is once."""
    got: Queue[Any] = Queue()
    left: Queue[Any] = Queue()
    undo = topics.subscribe("news", left.put)
    topics.subscribe("news", got.put)
    undo()
    undo()
    topics.publish("news", 1)
    assert got.get(timeout=LIMIT) == 1
    assert (left.empty(), topics.listeners()) == (True, {"news": 1})


def test_a_listener_that_fails(topics: Topics, log: io.StringIO) -> None:
    """It is reported with the topic, and the next message comes."""
    got: Queue[Any] = Queue()

    def listen(data: int) -> None:
        got.put(10 // data)

    topics.subscribe("news", listen)
    topics.publish("news", 0)
    topics.publish("news", 5)
    assert got.get(timeout=LIMIT) == 2
    assert "a listener of the topic 'news' failed" in log.getvalue()
    assert "ZeroDivisionError" in log.getvalue()


def test_a_listener_that_is_slow(topics: Topics, log: io.StringIO) -> None:
    """It misses the oldest and delays nobody."""
    go, got, fast = threading.Event(), Queue[Any](), Queue[Any]()

    def slow(data: int) -> None:
        assert go.wait(LIMIT)
        got.put(data)

    topics.subscribe("news", slow)
    topics.subscribe("news", fast.put)
    for number in range(10):
        topics.publish("news", number)
        assert fast.get(timeout=LIMIT) == number
    go.set()
    last = []
    while 9 not in last:
        last.append(got.get(timeout=LIMIT))
    assert last[-3:] == [7, 8, 9]
    assert "a listener of 'news' is too slow" in log.getvalue()


@pytest.mark.parametrize(
    ("topic", "data", "text"),
    [("", 1, "key"), ("x" * 2049, 1, "key"), ("news", {1}, "data"), ("news", {"a": {2}}, "a")],
)
def test_what_cannot_be_published(topics: Topics, topic: str, data: Any, text: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(NotStorable, match=text):
        topics.publish(topic, data)


def test_what_cannot_listen(topics: Topics) -> None:
    """At once, and not with the first message."""
    with pytest.raises(ConfigurationError, match="function"):
        topics.subscribe("news", 5)  # type: ignore[arg-type]
    with pytest.raises(NotStorable):
        topics.subscribe("", print)
    assert topics.listeners() == {}


class FakeLine:
    """A line that notes what it is told."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def open(
        self,
        wanted: Callable[[], set[str]],
        deliver: Callable[[str, str], object],
        report: Callable[[str], object],
    ) -> None:
        """Keep them."""
        self.wanted, self.deliver = wanted, deliver

    def send(self, topic: str, text: str) -> None:
        """Note it."""
        self.notes.append((topic, text))

    def listen(self, topic: str) -> None:
        """Note it."""
        self.notes.append(topic)

    def forget(self) -> None:
        """Note what is left."""
        self.notes.append(self.wanted())

    def close(self) -> None:
        """Note it."""
        self.notes.append("closed")


def test_a_line_is_told_the_least(log: io.StringIO, no_thread_left: None) -> None:
    """The first listener of a topic and the last; what is sent comes back by the line only."""
    line, got = FakeLine(), Queue[Any]()
    topics = Topics(Settings(), MessageLog(log), line)
    undo = [topics.subscribe("a", got.put), topics.subscribe("a", got.put)]
    topics.publish("a", [1])
    assert got.empty()
    line.deliver("a", "[1]")
    assert [got.get(timeout=LIMIT) for _ in undo] == [[1], [1]]
    for one in undo:
        one()
    assert topics.close(Deadline(LIMIT))
    assert line.notes == ["a", ("a", "[1]"), set(), "closed"]
