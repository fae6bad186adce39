"""Waits for a line on an asyncio loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..deadline import Deadline

if TYPE_CHECKING:
    from .line import Line

T = TypeVar("T")


class AsyncWaiter:
    """What ``Line.wait`` is for threads. Made and used on one loop; tasks may wait side by side.

    Args:
        line: is watched from now on.

    """

    def __init__(self, line: Line) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        line.on_change = self._changed

    async def until(self, attempt: Callable[[], T | None], timeout: float | None) -> T:
        """Call ``attempt`` until it gives something.

        Raises:
            TimeoutError: it gave nothing for ``timeout`` seconds; None: no limit.

        """
        deadline = Deadline(timeout)
        while True:
            self._event.clear()  # before the attempt: what changes after it is noticed
            value = attempt()
            if value is not None:
                return value
            try:
                await asyncio.wait_for(self._event.wait(), deadline.remaining())
            except asyncio.TimeoutError as error:  # another class in Python 3.10
                raise TimeoutError(f"nothing happened for {timeout} seconds") from error

    def _changed(self) -> None:
        """Any thread."""
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:  # the loop has ended, and the handler with it
            return
