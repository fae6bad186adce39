"""A process whose web processes are all gone: it looks for another one, for some time.

A server that comes later listens in the same folder, and pages that connect again lead theirs to
the process by the store. Looking is over within seconds, whatever comes of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ..deadline import Deadline
from .folders import doors
from .greeting import NotTrusted

if TYPE_CHECKING:
    from .addresses import Address
    from .anchors import Anchors

_FIRST_PAUSE: Final = 0.05  # seconds between two looks ...
_LONGEST_PAUSE: Final = 1.0  # ... at most


class Orphan:
    """One search ("quick_htag-orphan").

    Args:
        anchors: the servers that are connected.
        folder: where others listen; None: they do not, so one has to come.
        knock: connects to one; raises ``OSError`` or ``NotTrusted``.
        give_up: called when none was found.

    """

    def __init__(
        self,
        anchors: Anchors,
        folder: str | None,
        knock: Callable[[Address], object],
        give_up: Callable[[], object],
    ) -> None:
        self._anchors = anchors
        self._folder = folder
        self._knock = knock
        self._give_up = give_up

    def seek(self, seconds: float) -> None:
        """Begin; does not wait."""
        run = threading.Thread(
            target=self._run, args=(seconds,), name="quick_htag-orphan", daemon=True
        )
        run.start()

    def _run(self, seconds: float) -> None:
        deadline, pause = Deadline(seconds), _FIRST_PAUSE
        while not self._found():
            left = deadline.remaining() or 0.0
            if not left:
                self._give_up()
                return
            threading.Event().wait(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _found(self) -> bool:
        for address in doors(self._folder):
            if self._anchors.all():  # one has come
                break
            with suppress(OSError, NotTrusted):
                self._knock(address)
        return bool(self._anchors.all())
