"""Topics between the workers of one program, by way of their supervisor."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import StoreUnavailable
from .worker import Worker


class WorkersLine:
    """Implements ``TopicLine``. Order is that in which the supervisor took them.

    Args:
        worker: this process.
        prefix: of the server among those of the program.

    """

    def __init__(self, worker: Worker, prefix: str) -> None:
        self._worker = worker
        self._prefix = prefix
        self._undo: Callable[[], None] | None = None

    def open(
        self,
        wanted: Callable[[], set[str]],
        deliver: Callable[[str, str], object],
        report: Callable[[str], object],
    ) -> None:
        def hear(topic: str, text: str) -> None:
            if topic.startswith(self._prefix):
                deliver(topic[len(self._prefix) :], text)

        self._undo = self._worker.hear(hear)

    def send(self, topic: str, text: str) -> None:
        try:
            sent = self._worker.publish(self._prefix + topic, text)
        except ValueError as error:
            raise StoreUnavailable(str(error)) from error
        if not sent:
            raise StoreUnavailable("the supervisor of the workers is gone")

    def listen(self, topic: str) -> None:
        """What is heard is everything."""

    def forget(self) -> None:
        """Nothing is to be told."""

    def close(self) -> None:
        if self._undo is not None:
            self._undo()
