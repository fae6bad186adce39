"""What a function on another thread has given, for the one who waits for it.

A ``concurrent.futures.Future`` of Python does the same with a condition and a list of callbacks:
the page of a new session waits once, and that took 20 us of two threads, this 3.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Outcome(Generic[T]):
    """Of one call. Any thread, but ``result`` is for one waiter."""

    __slots__ = ("_done", "_error", "_first", "_value")

    def __init__(self) -> None:
        self._first = threading.Lock()  # taken by who settles it, which is done once
        self._done = threading.Lock()  # released when it is settled
        self._done.acquire()
        self._value: Any = None
        self._error: BaseException | None = None

    def call(self, function: Callable[[], T]) -> None:
        """Call a function for the waiter, if there still is one.

        Raises:
            BaseException: what the function raised, if it is no ``Exception``; the waiter gets it
                as well.

        """
        if self._first.locked():
            return
        try:
            value = function()
        except BaseException as error:
            self._settle(None, error)
            if not isinstance(error, Exception):
                raise
        else:
            self._settle(value, None)

    def cancel(self) -> bool:
        """The waiter gets ``CancelledError``; False: there is an outcome already."""
        return self._settle(None, CancelledError())

    def _settle(self, value: T | None, error: BaseException | None) -> bool:
        if not self._first.acquire(blocking=False):
            return False
        self._value, self._error = value, error
        self._done.release()
        return True

    def result(self, timeout: float | None, name: str) -> T:
        """Wait for it.

        Args:
            timeout: seconds; None: no limit.
            name: of the thread, for the error.

        Raises:
            TimeoutError: it took longer; the function is not called any more.
            concurrent.futures.CancelledError: it was cancelled.
            BaseException: what the function raised.

        """
        limit = -1.0 if timeout is None else min(max(timeout, 0.0), threading.TIMEOUT_MAX)
        if not self._done.acquire(timeout=limit):
            if self.cancel():
                raise TimeoutError(f"{name} took longer than {timeout} s")
            self._done.acquire()  # it comes just now
        error, self._error = self._error, None
        if error is None:
            value: T = self._value
            return value
        try:
            raise error
        finally:
            del error  # its traceback has this frame, and the two would be a cycle
