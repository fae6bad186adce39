"""Whether the leader still comes round: something for it to do, at once."""

from __future__ import annotations

import threading

from .connection import NEVER


class Pulse:
    """Due since ever. The leader sets ``felt`` when it comes to what is due; a ``Timed``.

    Attributes:
        felt: the leader has been here.

    """

    def __init__(self) -> None:
        self.deadline = 0.0
        self.timer_at = NEVER
        self.felt = threading.Event()
