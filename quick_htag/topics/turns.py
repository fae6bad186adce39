"""Calls of one listener outside of apps: in turn, on a thread that lives while there are some."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ..deadline import Deadline


class Turns:
    """Runs functions one after the other ("topic thread").

    Args:
        name: of the thread.
        report: told what a function raises.

    """

    def __init__(self, name: str, report: Callable[[BaseException], object]) -> None:
        self._name = name
        self._report = report
        self._lock = threading.Lock()  # guards _waiting, _thread and _ended
        self._waiting: deque[Callable[[], Any]] = deque()
        self._thread: threading.Thread | None = None
        self._ended = False

    def start(self, function: Callable[[], Any]) -> bool:
        """Call ``function`` soon. Any thread; False after ``end``, or without a thread."""
        with self._lock:
            if self._ended:
                return False
            self._waiting.append(function)
            if self._thread is not None:
                return True
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:  # the system has no more of them
                self._thread = None
                self._waiting.clear()
                self._report(error)
                return False
        return True

    def _work(self) -> None:
        while function := self._next():
            try:
                function()
            except BaseException as error:  # noqa: BLE001 user code; SystemExit is no way to leave
                self._report(error)

    def _next(self) -> Callable[[], Any] | None:
        with self._lock:
            if self._waiting and not self._ended:
                return self._waiting.popleft()
            self._thread = None
            return None

    def end(self) -> None:
        """Call nothing more; one that has begun ends by itself."""
        with self._lock:
            self._ended = True
            self._waiting.clear()

    def join(self, deadline: Deadline) -> bool:
        """Wait, after ``end``, for the call under way; False when the time is up. Any thread."""
        with self._lock:
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(deadline.remaining())
        return not thread.is_alive()
