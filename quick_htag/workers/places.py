"""The places of all workers of one program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deadline import Clock, monotonic
from .slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .child import Child


class Places:
    """All places. The thread of the supervisor only.

    Args:
        count: how many there are.
        clock: seconds, monotonic.

    Attributes:
        slots: the places, in the order of their index.

    """

    def __init__(self, count: int, clock: Clock = monotonic) -> None:
        self.slots = [Slot(index, clock) for index in range(1, count + 1)]

    def of(self, child: Child) -> Slot:
        """The place of a process."""
        return self.slots[child.index - 1]

    def children(self) -> Iterator[Child]:
        """Every process there is."""
        for slot in self.slots:
            yield from slot.all()

    def serving(self) -> list[Child]:
        """Those that serve."""
        current = (slot.current for slot in self.slots)
        return [child for child in current if child is not None and child.serves]

    def quickest(self) -> list[Child]:
        """One that serves, if possible one that answers; empty: there is none."""
        return sorted(self.serving(), key=lambda child: bool(child.trouble))[:1]
