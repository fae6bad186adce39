"""Topics for apps in processes: what they hear and say goes by the servers.

Where a topic reaches all web processes by itself, one of these passes it on; where each has topics
of its own, all of them do, and are told what the app publishes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ..errors import StoreUnavailable
from ..stores.values import encode
from .anchors import Anchors
from .link import Link, LinkLost, Refused, Value

_TIMEOUT: Final = 10.0  # seconds for a server to publish
_LISTEN: Final = 5.0  # seconds until a server listens to a topic


class RemoteTopics:
    """A ``TopicLine`` over the servers of a process. Any thread.

    Args:
        anchors: the servers.
        max_size: bytes of a message.
        shared: whether what one server publishes reaches the others.

    """

    def __init__(self, anchors: Anchors, max_size: int, *, shared: bool) -> None:
        self._anchors = anchors
        self._max_size = max_size
        self._shared = shared
        self._lock = threading.Lock()  # guards the two below
        self._homes: tuple[Link, ...] = ()  # who is to tell what is published
        self._count = 0  # of lists that were told: of two at once, the later one holds

    def open(
        self,
        wanted: Callable[[], set[str]],
        deliver: Callable[[str, str], object],
        report: Callable[[str], object],
    ) -> None:
        self._wanted = wanted
        self._deliver = deliver
        self._anchors.changed = self.follow

    def send(self, topic: str, text: str) -> None:
        if self._shared:
            self._publish(self._anchors.ask, topic, text)
            return
        links = self._anchors.all()
        if not links:
            raise StoreUnavailable("the server of this process is gone")
        for link in links:
            self._publish(link.ask, topic, text)

    def _publish(self, ask: Callable[..., Value], topic: str, text: str) -> None:
        try:
            ask("publish", _TIMEOUT, topic=topic, text=text)
        except Refused as error:
            raise StoreUnavailable(str(error)) from error
        except (LinkLost, TimeoutError) as error:
            raise StoreUnavailable("the server of this process does not answer") from error

    def listen(self, topic: str) -> None:
        for answer in self._tell(self._anchors.all()):
            with suppress(LinkLost, Refused, TimeoutError):
                answer.result(_LISTEN)

    def forget(self) -> None:
        self._tell(self._anchors.all())

    def follow(self) -> None:
        """The servers are others now."""
        if self._wanted():
            self._tell(self._anchors.all())

    def heard(self, link: Link, value: Value) -> None:
        """A server tells what was published. Thread of the hub."""
        if link in self._homes:  # what another one tells, which was frozen say, was told by now
            self._deliver(str(value["topic"]), encode(value["data"], self._max_size, "data"))

    def close(self) -> None:
        """Nothing to end: the process does."""

    def _tell(self, links: tuple[Link, ...]) -> list[Any]:
        """Say what is wanted to whom it is wanted from, and to the others that nothing is."""
        homes = links
        if self._shared:
            homes = tuple(self._anchors.best()[:1]) or links[:1]
        with self._lock:
            self._homes = homes
            self._count += 1
            count, topics = self._count, sorted(self._wanted())
        told = {one: topics if one in homes else [] for one in links}
        return [link.start("topics", count=count, topics=told[link]) for link in links]
