"""Tells a service manager again and again that the supervisor lives: sd_watchdog_enabled(3)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..deadline import Clock, monotonic
from ..process.notify import notify


class Watchdog:
    """Off unless ``WATCHDOG_USEC`` asks for it.

    Args:
        environ: where the service manager asks.
        clock: seconds, monotonic.

    Attributes:
        due: when to tell it next, by the clock; None: nobody wants to know.

    """

    def __init__(self, environ: Mapping[str, str], clock: Clock = monotonic) -> None:
        self._environ = environ
        wanted = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        asked = wanted.isdecimal() and int(wanted) > 0 and ours
        self._pause = int(wanted) / 2e6 if asked else 0.0  # half of the time we have, in seconds
        self.due = clock() if asked else None

    def look(self, now: float) -> None:
        """Tell it if it is time to.

        Args:
            now: by the clock.

        """
        if self.due is not None and now >= self.due:
            notify("WATCHDOG=1", self._environ)
            self.due = now + self._pause
