"""The ``sessions`` commands of the prompt: list the live GUI sessions, and end them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .guis import GuiHost, SessionInfo
from .interfaces import Log
from .process.commands import CommandTable

_COLUMNS: Final = ("session", "app", "at", "age", "idle", "transport", "address", "pages", "tasks")


def short_duration(seconds: float) -> str:
    """A duration for a narrow column: ``42s``, ``3m05s``, ``2h07m``, ``5d03h``."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d{hour:02d}h"
    if hours:
        return f"{hours}h{minute:02d}m"
    return f"{minutes}m{second:02d}s" if minutes else f"{second}s"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)  # noqa: B905 same length
    return "\n".join(line.rstrip() for line in lines)


def _row(info: SessionInfo) -> tuple[str, ...]:
    return (
        info.short_id,
        info.app,
        info.mount,
        short_duration(info.age),
        short_duration(info.idle),
        info.transport,
        info.address,
        str(info.pages),
        str(info.tasks),
    )


class SessionCommands:
    """``sessions``, ``sessions kill ID`` and ``sessions clear``. They run on the command thread.

    Args:
        guis: whose sessions they are.
        log: where the answers go.

    """

    def __init__(self, guis: GuiHost, log: Log) -> None:
        self._guis = guis
        self._log = log

    def add_to(self, commands: CommandTable) -> None:
        """Register the commands, unless the user has some of the same names."""
        commands.add("sessions", self.show, argc=0, replace=False)
        commands.add("sessions_kill", self.kill, argc=1, complete=self._ids, replace=False)
        commands.add("sessions_clear", self.clear, argc=0, replace=False)

    def show(self, args: list[str]) -> None:
        """List the live sessions, the oldest first."""
        rows = [_row(info) for info in self._guis.sessions_snapshot()]
        self._log.message(table([_COLUMNS, *rows]) if rows else "no sessions")

    def kill(self, args: list[str]) -> None:
        """End one session, its apps and its data; its pages are told."""
        short_id = args[0]
        if self._guis.kill(short_id):
            self._log.message(f"session {short_id} ended")
        else:
            self._log.message(f"no single session starts with {short_id}; sessions lists them")

    def clear(self, args: list[str]) -> None:
        """End every session that has a live app."""
        count = self._guis.clear()
        self._log.message(f"{count} session{'' if count == 1 else 's'} ended")

    def _ids(self, args: list[str], text: str) -> list[str] | None:
        if args:
            return None
        ids = {info.short_id for info in self._guis.sessions_snapshot()}
        return sorted(short_id for short_id in ids if short_id.startswith(text))
