"""Who listens to which topic in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..deadline import Deadline
from ..errors import ConfigurationError
from ..logs import ERR_SOURCE_GENERAL_QS
from ..stores.values import check_key, encode
from .subscription import Subscription
from .turns import Turns

if TYPE_CHECKING:
    from ..interfaces import Log, TopicLine
    from ..settings import Settings


class Topics:
    """The topics of a server. Any thread.

    A message goes to those who listen when it is published, each in order and at most once.
    Without a line these are the listeners of this server, with one those of all who share it.

    Args:
        settings: limits.
        log: told what listeners raise, when one is too slow, and how the line is.
        line: carries messages to other processes; None: they stay here.

    """

    def __init__(self, settings: Settings, log: Log, line: TopicLine | None = None) -> None:
        self._settings = settings
        self._log = log
        self._line = line
        self._lock = threading.Lock()  # guards _table, _turns and _closed
        self._table: dict[str, list[Subscription]] = {}
        self._turns: set[Turns] = set()
        self._closed = False
        if line is not None:
            line.open(self._wanted, self._deliver, log.message)

    def publish(self, topic: str, data: Any) -> None:
        """Let all who listen have it.

        Args:
            topic: text of 1 to 2048 characters.
            data: what JSON can hold; every listener gets a copy.

        Raises:
            NotStorable: the topic or the data cannot be.
            StoreUnavailable: the line is down; nobody has it.

        """
        text = encode(data, self._settings.max_stored_value, "data")
        if self._line is None:
            self._deliver(check_key(topic), text)
        else:
            self._line.send(check_key(topic), text)

    def subscribe(self, topic: str, fun: Callable[[Any], object]) -> Callable[[], None]:
        """Have ``fun`` called with the data of each message, in order, on a thread of its own.

        Returns:
            what undoes it. A call that has begun ends by itself.

        Raises:
            ConfigurationError: ``fun`` cannot be called.
            NotStorable: the topic cannot be one.

        """

        def failed(error: BaseException) -> None:
            text = f"a listener of the topic {topic!r} failed"
            self._log.error(ERR_SOURCE_GENERAL_QS, text, error)

        turns = Turns("quick_htag-topic", failed)
        undo = self.subscribe_with(topic, fun, turns.start)
        with self._lock:
            if self._closed:
                turns.end()
            self._turns.add(turns)

        def end() -> None:
            undo()
            turns.end()
            with self._lock:
                self._turns.discard(turns)

        return end

    def subscribe_with(
        self,
        topic: str,
        fun: Callable[[Any], object],
        start: Callable[[Callable[[], Any]], bool],
    ) -> Callable[[], None]:
        """``subscribe`` with the thread of the caller's choice: ``start`` has a function called."""
        check_key(topic)
        if not callable(fun):
            raise ConfigurationError(f"a listener is a function of the data, not {fun!r}")
        limit = max(1, self._settings.max_topic_backlog)

        def dropped() -> None:
            self._log.message(
                f"topics: a listener of {topic!r} is too slow: more than {limit} messages wait, "
                "the oldest are given up"
            )

        subscription = Subscription(fun, start, limit, dropped)
        with self._lock:
            first = topic not in self._table
            if not self._closed:
                self._table[topic] = [*self._table.get(topic, ()), subscription]
        if first and self._line is not None:
            self._line.listen(topic)

        def undo() -> None:
            subscription.end()
            with self._lock:
                left = [one for one in self._table.get(topic, ()) if one is not subscription]
                last = not left and self._table.pop(topic, None) is not None
                if left:
                    self._table[topic] = left
            if last and self._line is not None:
                self._line.forget()

        return undo

    def listeners(self) -> dict[str, int]:
        """How many listen here, by topic."""
        with self._lock:
            return {topic: len(here) for topic, here in self._table.items()}

    def _wanted(self) -> set[str]:
        with self._lock:
            return set(self._table)

    def _deliver(self, topic: str, text: str) -> None:
        with self._lock:
            here = self._table.get(topic, ())
        for subscription in here:
            subscription.deliver(text)

    def close(self, deadline: Deadline) -> bool:
        """Deliver nothing more; False when calls under way did not end in time."""
        with self._lock:
            self._closed = True
            self._table.clear()
            turns, self._turns = self._turns, set()
        for one in turns:
            one.end()
        if self._line is not None:
            self._line.close()
        ended = [one.join(deadline) for one in turns]
        return all(ended)
