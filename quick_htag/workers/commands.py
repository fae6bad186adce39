"""The commands of the prompt for all workers: some are asked, and what they say is put together.

``quit``, ``restart`` and ``workers`` are the supervisor's. Lists are made of the rows of all; other
commands run in every worker, one that is registered with ``once`` in the first that serves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..interfaces import Log
from ..monitor.selection import select
from ..monitor.status import Status
from ..monitor.status_text import status_text
from ..monitor.tables import plural, short_duration, size, table
from ..process.command import CommandFunction, spaced
from ..process.commands import CommandTable
from ..row_commands import SELECTION, told
from .merging import ROWS, merged_rows, merged_status, merged_text, unpacked

if TYPE_CHECKING:
    from .fleet import Fleet

ROW_LIMIT: Final = 10.0  # seconds for the workers to give their rows and numbers

_HEADS: Final = ("worker", "process", "state", "up", "starts", "requests", "memory")
_STATUS: Final = """\
Show requests, latency, connections, threads, sessions, jobs and memory (all workers together)."""
_WORKERS: Final = """\
List the workers.

starts counts the processes there have been in its place; memory is that of the process."""
_RUN: Final = (
    "log",
    "log_level",
    "log_slow",
    "reload",
    "sessions_show",
    "sessions_kill",
    "jobs_show",
    "jobs_cancel",
)
_LISTS: Final = {
    "sessions": "List the sessions of visitors, with their live apps (all workers, each once).",
    "tokens": "List the tokens by their beginnings, with time left and size (all workers).",
    "jobs": "List the jobs that wait, run, or have a result nobody has fetched (all workers).",
}
_CLEAR: Final = f"""\
End all sessions, or those that fit: sessions clear idle>1h (in all workers).

{SELECTION}"""


class FleetCommands:
    """What the prompt runs and completes. The thread of the prompt only.

    Args:
        fleet: whose workers they are for.
        log: where answers go.

    """

    def __init__(self, fleet: Fleet, log: Log) -> None:
        self._fleet = fleet
        self._log = log
        self._table = CommandTable(log)
        self._add_own()

    def _add_own(self) -> None:
        add, words = self._table.add, "[WORD ...]"
        quit_, restart = self._fleet.quit, self._fleet.restart
        self._table.add_builtins(restart=restart, quit=quit_)
        add("restart", lambda _args: restart(), 0, help="Replace the workers, one after another.")
        add("quit", lambda _args: quit_(), 0, help="Stop all workers.")
        add("workers", self._workers, 0, help=_WORKERS)
        add("status", self._status, 0, help=_STATUS)
        for kind in ROWS:
            text = f"{_LISTS[kind]}\n\n{SELECTION}"
            show = told(self._log, partial(self._rows, kind))
            add(kind, show, None, self._completer(kind), usage=words, help=text)
        clear = told(self._log, self._clear)
        complete = self._completer("sessions_clear")
        add("sessions_clear", clear, None, complete, usage=words, help=_CLEAR)
        for name in _RUN:  # what they do a worker tells before they are asked for
            add(name, self._runner(name), None, self._completer(name), help=_placed(""))

    # -- what the prompt calls ---------------------------------------------------------------------

    def handle(self, line: str) -> None:
        """Run the command on a line."""
        self._refresh()
        self._table.handle(line)

    def complete(self, line: str) -> list[str]:
        """What the last word of a line may become, sorted."""
        self._refresh()
        return self._table.complete(line)

    # -- asking ------------------------------------------------------------------------------------

    def _ask(
        self, what: str, *args: Any, timeout: float | None = ROW_LIMIT, one: bool = False
    ) -> list[tuple[int, Any]]:
        """What the workers answer; those that do not are left out."""
        done = threading.Event()
        found: list[tuple[int, Any]] = []

        def answered(values: Iterable[tuple[int, Any]]) -> None:
            found.extend(pair for pair in values if pair[1] is not None)
            done.set()

        self._fleet.ask(what, list(args), timeout, answered, one=one)
        done.wait()
        return found

    def _refresh(self) -> None:
        """Take over the commands of the program, which may be new, and what others do."""
        for _, names in self._ask("commands", *_RUN, one=True):
            for name, argc, usage, text, once in names:
                run, complete = self._runner(name, once=once), self._completer(name)
                help_ = _placed(text, once=once)
                self._table.add(name, run, argc, complete, usage=usage, help=help_)

    def _runner(self, name: str, *, once: bool = False) -> CommandFunction:
        def run(args: list[str]) -> None:
            line = " ".join([spaced(name), *args])
            self._log.message(merged_text(self._ask("run", line, timeout=None, one=once)))

        return run

    def _completer(self, name: str) -> Any:
        def complete(args: list[str], text: str) -> list[str]:
            line = " ".join([spaced(name), *args, text])
            found = self._ask("complete", line)
            return sorted({word.rstrip() for _, words in found for word in words})

        return complete

    # -- commands ----------------------------------------------------------------------------------

    def _rows(self, kind: str, args: Sequence[str]) -> None:
        selection = select(args, ROWS[kind])
        rows = merged_rows(kind, (rows for _, rows in self._ask("rows", kind)))
        self._log.message(selection.text(rows) or f"no {kind}")

    def _clear(self, args: Sequence[str]) -> None:
        selection = select(args, ROWS["sessions"])
        rows: list[Any] = merged_rows(
            "sessions", (rows for _, rows in self._ask("rows", "sessions"))
        )
        fitting = selection.rows(rows)
        kept = {row.session for row in rows if row not in fitting} if args else set()
        ending = sorted({row.session for row in fitting} - kept)
        self._ask("end sessions", ending)
        self._log.message(f"{plural(len(ending), 'session')} ended")

    def _statuses(self) -> dict[int, Status]:
        return {index: unpacked(one) for index, one in self._ask("status")}

    def _status(self, args: Sequence[str]) -> None:
        found = list(self._statuses().values())
        if not found:
            self._log.message("no worker answers")
            return
        rows: list[Any] = merged_rows(
            "sessions", (rows for _, rows in self._ask("rows", "sessions"))
        )
        self._log.message(status_text(merged_status(found, rows, os.getpid())))

    def _workers(self, args: Sequence[str]) -> None:
        known = self._statuses()
        lines = [_HEADS]
        for index, pid, state, up, starts in self._described():
            status = known.get(index)
            requests = "-" if status is None else str(status.requests.total)
            resident = None if status is None else status.memory.get("resident")
            lines.append(
                (
                    str(index),
                    "-" if pid is None else str(pid),
                    state,
                    "-" if up is None else short_duration(up),
                    str(starts),
                    requests,
                    "-" if resident is None else size(resident),
                )
            )
        self._log.message(table(lines))

    def _described(self) -> list[tuple[int, int | None, str, float | None, int]]:
        done = threading.Event()
        found: list[Any] = []

        def look() -> None:
            found.extend(self._fleet.described())
            done.set()

        self._fleet.call_soon(look)
        done.wait()
        return found


def _placed(text: str, *, once: bool = False) -> str:
    """The help of a command, with where it runs at the end of the first line."""
    first, *more = text.split("\n")
    where = "(in one worker)" if once else "(in every worker)"
    return "\n".join([f"{first} {where}".lstrip(), *more])
