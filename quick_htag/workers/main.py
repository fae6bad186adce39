"""Becomes the supervisor of a program: what its first process ends as, and ``--workers``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from ..logs import MessageLog, default_log
from ..process.listening import listening
from ..process.prompt import Prompt
from ..process.restart import codes
from ..process.supervisor import ENV_SUBSEQUENT
from ..settings import Settings
from .commands import FleetCommands
from .fleet import Fleet
from .launcher import Launcher


def main(
    command: Sequence[str],
    count: int,
    all_servers: bool = False,
    start_limit: float | None = Settings.worker_start_timeout,
) -> None:
    """Run a program in several processes. Main thread only.

    Args:
        command: program and arguments.
        count: how many.
        all_servers: each of its servers is meant, whether it says ``workers=`` or not.
        start_limit: seconds for each process to be ready; None: any.

    Raises:
        SystemExit: at the end.

    """
    os.environ.pop(ENV_SUBSEQUENT, None)
    sockets = [*listening().take_kept(), *listening().activated()]
    prompts = FleetPrompt(default_log())
    launcher = Launcher(
        command,
        os.environ,
        count,
        all_servers=all_servers,
        restart_code=codes()[0],
        start_limit=start_limit,
    )
    fleet = Fleet(launcher, default_log(), sockets, opened=prompts.start)
    try:
        code = fleet.run()
    finally:
        prompts.stop()
    sys.exit(code)


class FleetPrompt:
    """The prompt of all workers, once the first of them says what it is to be.

    Args:
        log: where answers go.

    """

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self._prompt: Prompt | None = None

    def start(self, fleet: Fleet, told: dict[str, Any]) -> None:
        """Read commands on a thread of their own, unless the program wants none.

        Args:
            fleet: what they are for.
            told: ``no_command_loop``, ``prompt`` and ``history_file`` of its server.

        """
        if told.get("no_command_loop"):
            return
        self._prompt = Prompt(
            FleetCommands(fleet, self._log),
            self._log,
            prompt=lambda: str(told.get("prompt", "> ")),
            history_file=lambda: str(told.get("history_file", "")),
            finished=lambda: fleet.quitting,
            on_interrupt=fleet.quit,
        )
        self._prompt.start()

    def stop(self) -> None:
        """Give the terminal back; again is harmless."""
        if self._prompt is not None:
            self._prompt.stop()
