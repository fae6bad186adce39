"""Follows a job for one client: what happens to it becomes events of a stream.

What has changed is looked up when something has changed, so a client that is slower than its job
misses steps of its progress, but no item and not the end.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..stores.job import Job
from .service import JobService

if TYPE_CHECKING:
    from ..interfaces import EventSender

_GAP: Final = 0.05  # seconds between two events of progress
_OVER: Final = (1000, "the job is over")


class JobEvents:
    """The receiver of an event stream, see ``interfaces.Receiver``.

    Args:
        service: runs the job.
        job: what to follow.
        seen: number of items the client has.

    """

    def __init__(self, service: JobService, job: Job, seen: int) -> None:
        self._service = service
        self._job = job
        self._lock = threading.Lock()  # guards all that follows, and the order of events
        self._seen = seen
        self._position: int | None = None
        self._told = 0
        self._quiet_until = 0.0  # monotonic time
        self._channel: EventSender | None = None
        self._undo: Callable[[], None] | None = None

    def opened(self, channel: Any) -> None:
        self._channel = channel
        self._undo = self._service.table.listen(self._job, self._changed)
        self._changed()

    def received(self, message: str | bytes) -> None:
        """Nothing ever is."""

    def closed(self, code: int, reason: str) -> None:
        with self._lock:
            self._channel = None
        if self._undo is not None:
            self._undo()

    def _changed(self) -> None:
        """Any thread."""
        with self._lock:
            if self._channel is None:
                return
            alive = self._job.alive  # first: what came before the end is sent before it
            self._send_position()
            self._send_progress(alive)
            self._send_items()
            if not alive:
                self._send("end", {"state": self._job.state})
                self._channel.close(*_OVER)
                self._channel = None

    def _send(self, name: str, value: Any, event_id: str | None = None) -> None:
        assert self._channel is not None
        self._channel.send_event(json.dumps(value), event=name, event_id=event_id)

    def _send_position(self) -> None:
        position = self._service.table.position(self._job)
        if position is not None and position != self._position:
            self._send("queued", {"position": position})
        self._position = position

    def _send_progress(self, alive: bool) -> None:
        told = self._job.told
        if told == self._told:
            return
        now = self._service.clock()
        if alive and now < self._quiet_until:
            return  # ``later`` has been asked to come back
        self._told = told
        self._quiet_until = now + _GAP
        self._service.times.at(self._quiet_until, self._changed)
        self._send("progress", {"fraction": self._job.fraction, "text": self._job.text})

    def _send_items(self) -> None:
        for text in self._job.items[self._seen :]:
            self._seen += 1
            assert self._channel is not None
            self._channel.send_event(text, event="item", event_id=str(self._seen))
