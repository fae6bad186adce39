"""Starts the processes of a program: with what environment, and what each is told first."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ..deadline import Clock, monotonic
from ..process.supervisor import ENV_RESTART, ENV_SUBSEQUENT, flush_streams
from .child import Child

if TYPE_CHECKING:
    from ..process.handover import Held
    from .slot import Slot

_NOT_FOR_WORKERS: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Launcher:
    """Of one program. The thread of the supervisor only.

    Args:
        command: program and arguments.
        environment: of the program.
        count: how many processes serve.
        all_servers: see ``Worker``.
        restart_code: exit code by which a process asks to be started again.
        start_limit: seconds for one to be ready; None: any.
        clock: seconds, monotonic.

    Attributes:
        count: see above.
        restart_code: see above.

    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        count: int,
        *,
        all_servers: bool = False,
        restart_code: int = 42,
        start_limit: float | None = None,
        clock: Clock = monotonic,
    ) -> None:
        self.count = count
        self.restart_code = restart_code
        self._command = list(command)
        kept = {name: value for name, value in environment.items() if name not in _NOT_FOR_WORKERS}
        self._environment = {**kept, ENV_RESTART: str(restart_code)}
        self._environment.pop(ENV_SUBSEQUENT, None)
        self._hello = {"count": count, "all_servers": all_servers, "secret": secrets.token_hex(32)}
        self._start_limit = start_limit
        self._clock = clock

    def start(self, slot: Slot, sockets: Sequence[Held], folder: str) -> Child:
        """Start a process for a place.

        Args:
            slot: the place.
            sockets: what it is to listen at.
            folder: what all workers share.

        Raises:
            OSError: it cannot be started.

        """
        flush_streams()
        environment = dict(self._environment)
        if slot.starts or slot.index > 1:
            environment[ENV_SUBSEQUENT] = "1"
        hello = {**self._hello, "index": slot.index, "folder": folder}
        child = Child(self._command, environment, sockets, hello, self._clock, self._start_limit)
        slot.starts += 1
        return child
