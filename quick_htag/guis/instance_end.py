"""The end of a live app: it is told on its thread, waited for, or its thread is left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .hosted_app import CLOSE_LIMIT

if TYPE_CHECKING:
    from ..deadline import Deadline
    from ..interfaces import Runner, Timer
    from .instance import GuiInstance

BLOCKED_LIMIT = 1.0  # seconds in which the thread of a stuck app must turn out not to be blocked


def _nothing() -> None:
    """There is no timer."""


class InstanceEnd:
    """Of one instance, which takes no more pages. Any thread, except where noted.

    Args:
        instance: which ends.
        runner: its thread; None: it has none.
        timer: calls back when the thread takes too long.
        on_gone: told once, when the thread is done, or was given up. Any thread.

    Attributes:
        instance: as above.
        left_behind: it was given up while its thread was busy.

    """

    def __init__(
        self,
        instance: GuiInstance,
        runner: Runner | None,
        timer: Timer,
        on_gone: Callable[[InstanceEnd], object],
    ) -> None:
        self.instance = instance
        self.left_behind = False
        self._runner = runner
        self._timer = timer
        self._on_gone = on_gone
        self._unguard: Callable[[], object] = _nothing  # undoes the timer of ``begin``
        self._telling = False  # the app is being told
        self._task: asyncio.Task[None] | None = None  # that does it
        self._lock = threading.Lock()  # guards all below
        self._gone = False  # the app has been told, or was given up
        self._leaving: threading.Event | None = None  # for who waits until it is gone

    def begin(self, *, guard: bool) -> None:
        """Have the app told, and its thread end. Never blocks.

        Args:
            guard: give the thread up when it does not end in time; False: the caller waits.

        """
        if self._runner is None or not self._runner.post(self._tell):
            self._be_gone()
        elif guard:
            guarding = self._timer.call_later(CLOSE_LIMIT + 1.0, self.give_up)
            self._unguard = guarding
            if self._gone:
                guarding()

    def hurry(self) -> None:
        """The app is stuck, and who waits for a page must not wait for a blocked thread."""
        self._timer.call_later(BLOCKED_LIMIT, self._give_up_if_blocked)

    def wait(self, deadline: Deadline) -> bool:
        """Wait until the app was told; False when the time is up."""
        with self._lock:
            if self._gone:
                return True
            if self._leaving is None:
                self._leaving = threading.Event()
            leaving = self._leaving
        return leaving.wait(deadline.remaining())

    def join(self, deadline: Deadline) -> bool:
        """Stop the thread and wait for it; False when the time is up."""
        return self._runner is None or self._runner.stop(deadline.remaining() or 0.0)

    def give_up(self) -> None:
        """Leave a thread behind that is still busy with foreign code; it ends when that does."""
        if self._gone:
            return
        assert self._runner is not None
        self._runner.stop()
        self.left_behind = True
        self.instance.report("it has ended, but its thread is still busy and was left behind", None)
        self._be_gone()

    def _give_up_if_blocked(self) -> None:
        if not self._telling:
            self.give_up()

    def _tell(self) -> None:
        """Session thread."""
        self._telling = True
        finish = self.instance.app.finish()
        self._task = asyncio.get_running_loop().create_task(finish)  # held weakly by the loop
        self._task.add_done_callback(self._told)  # it may be cancelled before its first step

    def _told(self, _: asyncio.Task[None]) -> None:
        assert self._runner is not None
        self._runner.stop()
        self._be_gone()

    def _be_gone(self) -> None:
        with self._lock:
            if self._gone:
                return
            self._gone = True
        if self._leaving is not None:
            self._leaving.set()
        self._on_gone(self)
        self._unguard()  # a timer would keep the app in memory
