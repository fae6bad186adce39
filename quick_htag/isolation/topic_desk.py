"""Passes topics on between a server and the process of an app. In the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import QuickHtagError
from ..stores.values import decode
from .link import Link, Value

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..interfaces import Log
    from ..topics.table import Topics


class TopicDesk:
    """Of one process. Any thread, unless noted.

    Args:
        topics: gives those of the server.
        executor: runs what may wait.
        log: told when the process is too slow.

    """

    def __init__(self, topics: Callable[[], Topics], executor: Executor, log: Log) -> None:
        self._topics = topics
        self._executor = executor
        self._log = log
        self._lock = threading.Lock()  # guards all that follows
        self._count = 0  # of the list that holds
        self._heard: dict[str, Callable[[], None]] = {}  # what undoes it, by topic
        self._behind = False
        self._over = False

    def asked(self, link: Link, talk: int, name: str, value: Value) -> None:
        """Answer "topics" and "publish". Thread of the hub."""
        work = self._listen if name == "topics" else self._publish
        with suppress(RuntimeError):  # the server stops
            self._executor.submit(self._answer, link, talk, work, value)

    def end(self) -> None:
        """The process is gone."""
        with self._lock:
            self._over = True
            undone, self._heard = list(self._heard.values()), {}
        for undo in undone:
            undo()

    def _answer(
        self, link: Link, talk: int, work: Callable[[Link, Value], object], value: Value
    ) -> None:
        try:
            work(link, value)
        except (QuickHtagError, KeyError, TypeError, ValueError) as error:
            link.refuse(talk, "store", str(error))
        else:
            link.end(talk)

    def _publish(self, _link: Link, value: Value) -> None:
        self._topics().publish(str(value["topic"]), decode(value["text"]))

    def _listen(self, link: Link, value: Value) -> None:
        wanted, count = {str(one) for one in value["topics"]}, int(value["count"])
        topics = self._topics()
        with self._lock:
            if self._over or count < self._count:
                return
            self._count = count
            old = [self._heard.pop(one) for one in self._heard.keys() - wanted]
            new = wanted - self._heard.keys()
            self._heard.update((one, _nothing) for one in new)
        for undo in old:
            undo()
        for topic in new:
            self._keep(topic, topics.subscribe_with(topic, self._passes(link, topic), _at_once))

    def _keep(self, topic: str, undo: Callable[[], None]) -> None:
        with self._lock:
            wanted = not self._over and self._heard.get(topic) is _nothing
            if wanted:
                self._heard[topic] = undo
        if not wanted:
            undo()

    def _passes(self, link: Link, topic: str) -> Callable[[Any], None]:
        def tell(data: Any) -> None:
            news = link.congested and not self._behind
            self._behind = link.congested
            if news:
                self._log.message(
                    f"topics: the process that listens to {topic!r} is too slow, messages are "
                    "given up"
                )
            if not self._behind:
                link.note("topic", topic=topic, data=data)

        return tell


def _at_once(take: Callable[[], Any]) -> bool:
    """Who publishes hands it to the connection, which does not wait."""
    take()
    return True


def _nothing() -> None:
    """Stands for what undoes a subscription that is being made."""
