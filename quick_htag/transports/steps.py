"""Steps of single connections: on which thread they run, and what happens when one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..logs import ERR_SOURCE_GENERAL_QS

if TYPE_CHECKING:
    from ..logs import MessageLog
    from .connection import Connection
    from .crew import Crew
    from .hub import Hub

Step = Callable[[], bool]
"""Goes on with one connection; False: the lead was lost meanwhile."""


class Steps:
    """Runs steps. Any thread.

    Args:
        hub: the connections.
        crew: the threads.
        log: told of what fails.

    """

    def __init__(self, hub: Hub, crew: Crew, log: MessageLog) -> None:
        self._hub = hub
        self._crew = crew
        self._log = log

    def guarded(self, connection: Connection, step: Step) -> bool:
        """Run a step of a connection; whatever fails ends this connection and no other."""
        try:
            return step()
        except BaseException as error:  # noqa: BLE001 a bug must not end a thread of the crew
            self.failed(connection, error)
        return True

    def failed(self, connection: Connection, error: BaseException) -> None:
        """End a connection because a step of it raised ``error``."""
        if isinstance(error, OSError):  # the client is gone; that is its right
            self._log.debug(f"the connection with {connection.address[0]} has ended: {error}")
        else:
            self._log.error(ERR_SOURCE_GENERAL_QS, "a connection failed", error)
        self._hub.discard(connection)

    def on_worker(self, connection: Connection, step: Step) -> None:
        """Have a worker go on with a connection; it is the worker's from now on.

        Raises:
            RuntimeError: there is no worker, and the system gives no thread for one.

        """
        self._hub.detach(connection)
        self._crew.submit(lambda: self.guarded(connection, step))
