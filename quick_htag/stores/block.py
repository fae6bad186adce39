"""What a ``with`` block of stored data holds: a lock of this process, and one of all processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager


class Block:
    """Blocks of one thread may be nested; those of others, in any process, wait.

    Attributes:
        lock: held by the thread that has a block open.
        depth: blocks that the thread with the lock has open.

    """

    __slots__ = ("_held", "depth", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.depth = 0
        self._held: AbstractContextManager[object] | None = None  # keeps other processes out

    def enter(
        self, hold: Callable[[], AbstractContextManager[object]], begin: Callable[[], object]
    ) -> None:
        """Open a block; the lock is already held, and released again if this fails.

        Args:
            hold: what keeps other processes out, for the outermost block.
            begin: called when they are.

        """
        try:
            if not self.depth:
                held = hold()
                held.__enter__()
                self._held = held
                begin()
            self.depth += 1
        except BaseException:
            self._release()
            raise

    def leave(self, end: Callable[[], object]) -> None:
        """Close a block; ``end`` is called while the outermost one is still open."""
        try:
            if self.depth == 1:
                end()
        finally:
            self.depth -= 1
            self._release()

    def _release(self) -> None:
        held = self._held
        try:
            if not self.depth and held is not None:
                self._held = None
                held.__exit__(None, None, None)
        finally:
            self.lock.release()
