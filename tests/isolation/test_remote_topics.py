"""Topics of an app in a process: both ends, over real connections."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.remote_topics import RemoteTopics
from quick_htag.isolation.topic_desk import TopicDesk
from quick_htag.logs import MessageLog
from quick_htag.settings import Settings
from quick_htag.topics.table import Topics
from tests.patience import until


class Child:
    """The topics of a process with two servers."""

    def __init__(self, linked: Any, services: SimpleNamespace, shared: bool) -> None:
        self.anchors, self.servers, self.ends = Anchors(), [], []
        self.line = RemoteTopics(self.anchors, 10_000, shared=shared)
        self.topics = Topics(Settings(), MessageLog(), self.line)
        for _ in range(2):
            theirs = Topics(Settings(), MessageLog())
            desk = TopicDesk(lambda theirs=theirs: theirs, services.executor, services.log)
            ends = linked(self)
            for name in ("topics", "publish"):
                ends.answers[name] = lambda link, talk, value, name=name, desk=desk: desk.asked(
                    link, talk, name, value
                )
            self.anchors.add(ends.here)
            self.servers.append(theirs)
            self.ends.append(ends)

    def noted(self, link: Any, name: str, value: Any) -> None:
        if name == "topic":
            self.line.heard(link, value)

    def lost(self, link: Any) -> None:
        self.anchors.remove(link)


def test_servers_with_topics_of_their_own_all_tell(linked: Any, services: Any) -> None:
    """And all are told."""
    child, heard = Child(linked, services, shared=False), []
    undo = child.topics.subscribe_with("news", heard.append, lambda take: bool(take() or True))
    for number, server in enumerate(child.servers):
        assert server.listeners() == {"news": 1}
        server.publish("news", number)
    until(lambda: sorted(heard) == [0, 1])
    child.topics.publish("news", "mine")
    until(lambda: heard.count("mine") == 2)
    undo()
    until(lambda: not any(server.listeners() for server in child.servers))


def test_of_servers_that_share_topics_one_tells(linked: Any, services: Any) -> None:
    """When it is gone, the next one does; nothing comes twice."""
    child, heard = Child(linked, services, shared=True), []
    child.topics.subscribe_with("news", heard.append, lambda take: bool(take() or True))
    first = next(server for server in child.servers if server.listeners())
    other = next(server for server in child.servers if server is not first)
    assert not other.listeners()
    child.ends[child.servers.index(first)].there.close()
    until(other.listeners)
    other.publish("news", 1)
    until(lambda: heard == [1])


def test_without_a_server_nothing_is_published(linked: Any, services: Any) -> None:
    """The app is told."""
    for shared in (True, False):
        child = Child(linked, services, shared)
        for ends in child.ends:
            ends.there.close()
        until(lambda child=child: not child.anchors.all())
        with pytest.raises(StoreUnavailable):
            child.topics.publish("news", 1)
