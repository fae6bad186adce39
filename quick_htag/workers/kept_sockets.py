"""The listening sockets that a supervisor holds for its workers."""

from __future__ import annotations

from collections.abc import Iterable

from ..process.handover import Held, bound_address


class KeptSockets:
    """Each once. The thread of the supervisor only.

    Args:
        held: those that it has from the beginning.

    """

    def __init__(self, held: Iterable[Held] = ()) -> None:
        self._held: list[Held] = list(held)
        self._closed = False

    def all(self) -> list[Held]:
        """Those of now."""
        return list(self._held)

    def keep(self, held: Held) -> None:
        """Hold one of a worker, unless there is one of that address, or it is too late.

        One that the system had no descriptor for is none.
        """
        place = bound_address(held.fd)
        if (
            self._closed
            or place is None
            or any(bound_address(other.fd) == place for other in self._held)
        ):
            held.close()
        else:
            self._held.append(held)

    def places(self) -> list[tuple[str, int]]:
        """Host and port of each."""
        found = (bound_address(held.fd) for held in self._held)
        return [place for place in found if place is not None]

    def close(self) -> None:
        """Let go of all, and keep none from now on; again is harmless."""
        self._closed = True
        while self._held:
            self._held.pop().close()
