"""The ``sessions`` commands of the prompt: list the sessions, look at one, and end them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interfaces import Log
from .monitor.rows import SessionRow, cell, kinds
from .monitor.tables import plural, size
from .process.commands import CommandTable
from .row_commands import SELECTION, details, one_of, selecting, shown, told

if TYPE_CHECKING:
    from .monitor_methods import MonitorMethods

_LIST = f"""List the sessions of visitors, with their live apps.

{SELECTION}"""
_CLEAR = f"""End all sessions, or those that fit: sessions clear idle>1h.

A session with several apps ends if all of them fit. Its pages are told. {SELECTION}"""


class SessionCommands:
    """They run on the command thread.

    Args:
        server: whose sessions they are.
        log: where the answers go.

    """

    def __init__(self, server: MonitorMethods, log: Log) -> None:
        self._server = server
        self._log = log

    def add_to(self, commands: CommandTable) -> None:
        """Register the commands, unless the user has some of the same names."""
        complete, ids = selecting(SessionRow, "show", "kill", "clear"), one_of(self._ids)
        show = shown(self._log, SessionRow, self._server.list_sessions, "sessions")
        clear = told(self._log, self.clear)
        add, words = commands.add, "[WORD ...]"
        add("sessions", show, None, complete, replace=False, usage=words, help=_LIST)
        add("sessions_show", self.show, 1, ids, replace=False, usage="ID")
        add("sessions_kill", self.kill, 1, ids, replace=False, usage="ID")
        complete = selecting(SessionRow)
        add("sessions_clear", clear, None, complete, replace=False, usage=words, help=_CLEAR)

    def show(self, args: list[str]) -> None:
        """Show what is known of one session, but not its data."""
        session = self._server._session(args[0])
        if session is None:
            self._nobody(args[0])
            return
        of = kinds(SessionRow)
        lines: list[tuple[str, str]] = []
        for row in self._server.list_sessions(f"session={session.short_id}"):
            lines += [(name, cell(getattr(row, name), kind)) for name, kind in of.items()]
        sizes = {key: len(text) for key, text in dict(session.texts).items()}
        keys = ", ".join(f"{key!r} {size(sizes.get(key))}" for key in list(session.data))
        self._log.message(details([*lines, ("data", keys or "none")]))

    def kill(self, args: list[str]) -> None:
        """End one session, its apps and its data; its pages are told."""
        session = self._server._session(args[0])
        if session is None or not self._server.end_session(session.short_id):
            self._nobody(args[0])
        else:
            self._log.message(f"session {session.short_id} ended")

    def clear(self, args: list[str]) -> None:
        """End those that fit."""
        self._log.message(f"{plural(self._server.end_sessions(*args), 'session')} ended")

    def _nobody(self, short_id: str) -> None:
        self._log.message(f"no single session starts with {short_id}; sessions lists them")

    def _ids(self) -> list[str]:
        return [row.session for row in self._server.list_sessions()]
