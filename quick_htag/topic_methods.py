"""The methods of a server for topics; see ``topics.table``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .later import later

if TYPE_CHECKING:
    from .interfaces import Store, TopicLine
    from .logs import MessageLog
    from .settings import Settings
    from .topics.table import Topics

F = TypeVar("F", bound=Callable[[Any], object])


class TopicMethods:
    """Base of ``QuickServer``; see there for the attributes."""

    log: MessageLog
    settings: Settings
    store: Store
    _worker_line: Callable[[], TopicLine | None]

    @later
    def topics(self) -> Topics:
        """Who listens to what."""
        from .topics.table import Topics

        line = getattr(self.store, "topic_line", None)
        made = self._worker_line() if line is None else line()
        return Topics(self.settings, self.log, made)

    def publish(self, topic: str, data: Any) -> None:
        """Let all who listen to a topic have ``data``: functions and apps of this server.

        With ``workers``, those of all workers; with a ``RedisStore`` as the store of the server,
        those of all servers that share it, and the caller waits for Redis. Any thread. It is a
        message and not a value: nothing is kept for those who come later, nor for those who are
        cut off just then.

        Args:
            topic: text of 1 to 2048 characters, ``f"user:{name}"`` say.
            data: what JSON can hold; every listener gets a copy.

        Raises:
            NotStorable: the topic or the data cannot be.
            StoreUnavailable: Redis, or the supervisor of the workers, cannot be reached, or does
                not take it; nobody has it.

        """
        self.topics.publish(topic, data)

    def subscribe(self, topic: str, fun: Callable[[Any], object]) -> Callable[[], None]:
        """Have ``fun`` called with the data of each message of a topic, until the server stops.

        In order, on a thread of its own, so that it may block; beyond
        ``settings.max_topic_backlog`` messages that wait for it, the oldest are given up, which
        the log tells. What it raises is reported. Apps use ``quick_htag.gui.subscribe``.

        Returns:
            what undoes it.

        Raises:
            ConfigurationError: ``fun`` is no function.
            NotStorable: the topic cannot be one.

        """
        return self.topics.subscribe(topic, fun)

    def on_topic(self, topic: str) -> Callable[[F], F]:
        """``subscribe`` as a decorator."""

        def add(fun: F) -> F:
            self.subscribe(topic, fun)
            return fun

        return add
