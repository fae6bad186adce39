"""What a worker answers its supervisor, and other workers, about its server."""

from __future__ import annotations

import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from .merging import packed
from .vigil import DEBUGGED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..interfaces import Log
    from ..monitor.rows import Row
    from ..operated import Operated
    from ..process.commands import CommandTable
    from .worker import Worker

_DEBUGGER: Final = "pydevd"  # of PyCharm, and below debugpy of all others; it halts any thread


class CommandLog:
    """A log whose messages go to whoever has asked for the command that the thread runs.

    Args:
        log: of everybody else.

    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._asked = threading.local()

    def message(self, text: str) -> None:
        lines = getattr(self._asked, "lines", None)
        if lines is None:
            self._log.message(text)
        else:
            lines.append(text)

    def error(self, *args: Any, **named: Any) -> None:
        self._log.error(*args, **named)

    def heard(self, commands: CommandTable, line: str) -> str:
        """Run a command on this thread; what it says."""
        lines: list[str] = []
        self._asked.lines = lines
        try:
            commands.handle(line)
        finally:
            del self._asked.lines
        return "\n".join(lines)


class Answers:
    """Answers for one server; on threads of their own.

    Args:
        server: whose state it is.
        commands: of the server.
        log: which they were given.
        worker: this process.

    """

    def __init__(
        self,
        server: Operated,
        commands: CommandTable,
        log: CommandLog,
        worker: Worker,
    ) -> None:
        self._server = server
        self._commands = commands
        self._log = log
        self._worker = worker

    def add_own(self, prefix: str) -> None:
        """Answer the same server in other workers from now on.

        Args:
            prefix: of the questions of this server, among those of the program.

        """
        self._worker.answers |= {f"{prefix}rows": self.rows, f"{prefix}status": self.status}

    def add_all(self) -> None:
        """Answer the supervisor from now on, for the program."""
        self._worker.answers |= {
            "alive": self.alive,
            "commands": self.commands,
            "complete": self._commands.complete,
            "end sessions": self.end_sessions,
            "rows": self.rows,
            "run": self.run,
            "status": self.status,
        }

    def alive(self, timeout: float) -> str | None:
        """That the threads that all clients need come round; None: they do not in that time.

        Args:
            timeout: seconds.

        """
        if not self._worker.comes_round(timeout):
            return None
        return DEBUGGED if _DEBUGGER in sys.modules else "well"

    def commands(self, *also: str) -> list[list[Any]]:
        """Those of the program: name, number of words, what follows, help, whether run once.

        Args:
            also: names of the server's that are wanted, too.

        """
        found = self._commands.own(also)
        return [[one.name, one.argc, one.usage, one.help, one.once] for one in found]

    def run(self, line: str) -> str:
        """Run a command; what it says."""
        return self._log.heard(self._commands, line)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """All rows of a kind."""
        server = self._server
        lists: dict[str, Callable[[], Sequence[Row]]] = {
            "sessions": server.list_sessions,
            "tokens": server.list_tokens,
            "jobs": server.list_jobs,
        }
        return [asdict(row) for row in lists[kind]()]

    def end_sessions(self, short_ids: list[str]) -> int:
        """End these sessions; how many were here."""
        return sum(self._server.end_session(one) for one in short_ids)

    def status(self) -> dict[str, Any]:
        """The numbers of now."""
        return packed(self._server.status())
