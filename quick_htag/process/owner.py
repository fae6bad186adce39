"""What a server does for the whole process while it is the one the program waits in.

That is the server in whose ``serve_forever`` the main thread is. Servers on other threads are
guests of somebody's program and leave the process alone.
"""

from __future__ import annotations

import threading

from .beginning import INHERITS
from .limits import raise_descriptor_limit
from .listening import listening
from .notify import notify_ready, notify_reloading, notify_stopping


class Owner:
    """Makes the process fit for a server and keeps a service manager informed."""

    def __init__(self) -> None:
        self._owns = False  # the thread of serve_forever only

    def begin(self) -> None:
        """Connections are accepted now; does nothing off the main thread."""
        self._owns = threading.current_thread() is threading.main_thread()
        if self._owns:
            raise_descriptor_limit()
            listening().close_unclaimed()
            notify_ready()
            if INHERITS:
                from .watched import watched

                watched().serving()

    def end(self, *, restarting: bool) -> None:
        """The server begins to stop.

        Args:
            restarting: the program starts again at once.

        """
        if not self._owns:
            return
        self._owns = False
        if restarting:
            notify_reloading()
        else:
            notify_stopping()
