"""What a server does for the whole process while it is the one the program waits in.

That is the server in whose ``serve_forever`` the main thread is. Servers on other threads are
guests of somebody's program and leave the process alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .beginning import INHERITS
from .listening import listening

_LOOK = 0.001  # seconds between looks at who is still being answered; long enough to be seen at all
_HEAD_START = 0.1  # seconds those who came before the start have for themselves


def _nobody() -> bool:
    return False


class Owner:
    """Makes the process fit for a server and keeps a service manager informed."""

    def __init__(self) -> None:
        self._owns = False  # the thread of serve_forever only

    def begin(self, is_busy: Callable[[], bool] = _nobody) -> None:
        """Connections are accepted now; does nothing off the main thread.

        Who was waiting for the server is answered first: what comes next, here and until the first
        command, takes 4 of the 10 ms between the start and the first page of an app otherwise.

        Args:
            is_busy: whether somebody is being answered.

        """
        self._owns = threading.current_thread() is threading.main_thread()
        if self._owns:
            self._let_pass(is_busy)
            # loaded here, where the first client is served already
            from .limits import raise_descriptor_limit
            from .notify import notify_ready

            raise_descriptor_limit()
            listening().close_unclaimed()
            notify_ready()  # a worker's supervisor does that for it
            if INHERITS:
                from .watched import watched

                watched().serving()

    def _let_pass(self, is_busy: Callable[[], bool]) -> None:
        until = time.monotonic() + _HEAD_START
        time.sleep(_LOOK)
        while is_busy() and time.monotonic() < until:
            time.sleep(_LOOK)

    def end(self, *, restarting: bool) -> None:
        """The server begins to stop.

        Args:
            restarting: the program starts again at once.

        """
        if not self._owns:
            return
        self._owns = False
        from .notify import notify_reloading, notify_stopping

        if restarting:
            notify_reloading()
        else:
            notify_stopping()
