"""What ``readline`` adds to a prompt on a terminal: Tab completion and a history file.

Its state is the process's, so a prompt borrows it and gives it back.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

_DELIMITERS = " \t\n"  # what separates the words of a command line
_HISTORY_LINES = 1000


def load_readline() -> ModuleType | None:
    """The ``readline`` module; None: this Python has none.

    Loaded only when there is a terminal to use it on: importing it already touches the terminal.
    """
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None


class LineEditor:
    """Borrows the line editor of the process.

    Args:
        readline: the module.
        complete: called with the line up to the cursor, returns replacements for its last word.
        history_file: path; empty: no history is kept.

    """

    def __init__(
        self, readline: ModuleType, complete: Callable[[str], list[str]], history_file: str
    ) -> None:
        from pathlib import Path  # with a terminal only

        self._readline = readline
        self._complete = complete
        # the working folder may be another one when the file is written
        self._history_file = str(Path.cwd() / history_file) if history_file else ""
        self._matches: list[str] = []
        self._lent = (
            readline.get_completer(),
            readline.get_completer_delims(),
            readline.get_history_length(),
            self._history(),
        )

    def _history(self) -> list[str]:
        count = self._readline.get_current_history_length()
        lines = (self._readline.get_history_item(index) for index in range(1, count + 1))
        return [line for line in lines if line is not None]

    def open(self) -> None:
        """Bind the Tab key and read the history. On the thread that will read lines."""
        readline = self._readline
        readline.set_completer(self._match)
        readline.set_completer_delims(_DELIMITERS)
        editline = "libedit" in (readline.__doc__ or "")  # what macOS has in readline's place
        readline.parse_and_bind("bind ^I rl_complete" if editline else "tab: complete")
        readline.clear_history()
        readline.set_history_length(_HISTORY_LINES)
        if self._history_file:
            try:
                readline.read_history_file(self._history_file)
            except OSError:
                return  # there is none yet, or it is not for us to read

    def _match(self, text: str, state: int) -> str | None:
        if state == 0:
            line = self._readline.get_line_buffer()[: self._readline.get_endidx()]
            self._matches = self._complete(line)
        return self._matches[state] if state < len(self._matches) else None

    def save(self) -> None:
        """Write the history; a place that cannot be written is no reason to fail."""
        if self._history_file:
            try:
                self._readline.write_history_file(self._history_file)
            except OSError:
                return  # documented: errors with the history are ignored

    def close(self) -> None:
        """Give everything back. Never while a line is being edited: it uses the history."""
        completer, delimiters, length, history = self._lent
        self._readline.set_completer(completer)
        self._readline.set_completer_delims(delimiters)
        self._readline.set_history_length(length)
        self._readline.clear_history()
        for line in history:
            self._readline.add_history(line)
