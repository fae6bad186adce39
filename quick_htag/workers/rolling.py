"""A restart of all workers, one place after another, while the others serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..process.notify import notify, notify_reloading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..interfaces import Log
    from .child import Child
    from .slot import Slot

GIVEN_UP: Final = "restart: given up, the old workers go on"


class Rolling:
    """The restart that is under way, if one is. The thread of the supervisor only.

    Args:
        slots: the places.
        start: starts a process for one; None: it could not.
        log: told of its beginning and end.

    """

    def __init__(
        self, slots: Sequence[Slot], start: Callable[[Slot], Child | None], log: Log
    ) -> None:
        self._slots = slots
        self._start = start
        self._log = log
        self._left: list[Slot] | None = None  # whose process is to be replaced; None: no restart

    def begin(self) -> None:
        """Replace the processes of all places, also of those that have been while one runs."""
        if self._left is None:
            self._left = []
            self._log.message("restart: one worker after another")
            notify_reloading()
        self._left += [slot for slot in self._slots if slot not in self._left]

    def go_on(self) -> None:
        """Start the next one when the one before has come, and the one it replaces is gone."""
        if self._left is None:
            return
        if any(slot.coming is not None or slot.leaving for slot in self._slots):
            return
        if not self._left:
            self.end("restart: done")
        elif not any(slot.current is not None and not slot.current.serves for slot in self._slots):
            slot = self._left.pop(0)  # those that were just started are ready, too
            slot.coming = self._start(slot)
            if slot.coming is None:
                self.end(GIVEN_UP)

    def end(self, text: str) -> None:
        """It is over; ``text`` says how."""
        self._left = None
        self._log.message(text)
        notify("READY=1")
