"""Where the prompt's lines come from: a pipe or file, a terminal, a console, or nowhere.

No source takes more from standard input than the line it returns, so that lines typed ahead are
still there for the process that a restart puts in our place. ``sys.stdin`` itself reads ahead,
therefore its descriptor is read instead; what a script read through ``sys.stdin`` before the
prompt started may have taken such lines along.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Protocol

from .editing import LineEditor, load_readline
from .terminal import Terminal, in_foreground, open_terminal
from .wakeup import Wakeup

_BACKGROUND_PAUSE = 1.0  # seconds between looks whether a shell has put us in the foreground


class Lines(Protocol):
    """A source of lines; used by one thread, but for ``leave``."""

    def open(self) -> None:
        """Prepare; called once, before the first ``read``."""

    def read(self) -> str | None:
        """The next line without its end; None: woken up, there is no next one.

        Raises:
            EOFError: there are no more lines.
            OSError: the descriptor is unusable.

        """

    def leave(self) -> None:
        """Give back the terminal although ``read`` has not returned. Any thread."""

    def restore_terminal(self) -> None:
        """Only its modes. Takes no lock: a signal handler may call it."""

    def close(self) -> None:
        """Give back everything; called once, after the last ``read``."""


def _write(text: str) -> None:
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError):
        return  # nobody looks at the prompt; the lines are read all the same


class NoLines:
    """No usable input: it has ended before it began."""

    def open(self) -> None:
        """Nothing to prepare."""

    def read(self) -> str | None:
        raise EOFError

    def leave(self) -> None:
        """Nothing to give back."""

    def restore_terminal(self) -> None:
        """Nothing to restore."""

    def close(self) -> None:
        """Nothing to give back."""


class DescriptorLines(NoLines):
    """Lines of a pipe, a file, or a terminal without a line editor.

    Args:
        fd: the descriptor; read byte by byte.
        encoding: of its text; bytes that do not fit are replaced.
        prompt: called for the text to print before each line.
        wakeup: ends a wait.
        selectable: False where ``select`` takes sockets only (Windows): a read then blocks.

    """

    def __init__(
        self,
        fd: int,
        encoding: str,
        prompt: Callable[[], str],
        wakeup: Wakeup,
        selectable: bool = True,
    ) -> None:
        self._fd = fd
        self._encoding = encoding
        self._prompt = prompt
        self._wakeup = wakeup
        self._selectable = selectable
        self._terminal = selectable and os.isatty(fd)

    def read(self) -> str | None:
        _write(self._prompt())
        line = bytearray()
        while (byte := self._byte()) != b"\n":
            if byte is None:
                return None
            if not byte:
                if line:
                    break  # the last line has no end; the next read finds the end of input
                raise EOFError
            line += byte
        return line.decode(self._encoding, "replace").rstrip("\r")

    def _byte(self) -> bytes | None:
        if not self._selectable:
            return self._byte_blocking()
        while self._wakeup.wait(self._fd):
            if self._terminal and not in_foreground(self._fd):
                self._wakeup.wait(timeout=_BACKGROUND_PAUSE)  # the key was the shell's
                continue
            try:
                return os.read(self._fd, 1)
            except BlockingIOError:  # somebody else who has the descriptor was faster
                continue
        return None

    def _byte_blocking(self) -> bytes | None:
        if not self._wakeup.enter_unwakeable():
            return None
        try:
            return os.read(self._fd, 1)
        finally:
            self._wakeup.leave_unwakeable()


class ConsoleLines(NoLines):
    """Lines through ``input()``: a Windows console, or a ``sys.stdin`` without a descriptor.

    Nothing can end its wait: a stopping server leaves the thread behind, which is a daemon.

    Args:
        prompt: called for the prompt of each line.
        wakeup: is told about the wait.

    """

    def __init__(self, prompt: Callable[[], str], wakeup: Wakeup) -> None:
        self._prompt = prompt
        self._wakeup = wakeup

    def read(self) -> str | None:
        if not self._wakeup.enter_unwakeable():
            return None
        try:
            return input(self._prompt())
        finally:
            self._wakeup.leave_unwakeable()


class TerminalLines(ConsoleLines):
    """Lines of a terminal with a line editor.

    While the line is empty the thread waits for the first key in a way that can be ended; then
    ``input()`` takes over, which cannot. The terminal has its usual modes while a command runs.

    Args:
        fd: the terminal's descriptor.
        terminal: its modes.
        editor: completion and history.
        prompt: called for the prompt of each line.
        wakeup: ends the wait for the first key.

    """

    def __init__(
        self,
        fd: int,
        terminal: Terminal,
        editor: LineEditor,
        prompt: Callable[[], str],
        wakeup: Wakeup,
    ) -> None:
        super().__init__(prompt, wakeup)
        self._fd = fd
        self._terminal = terminal
        self._editor = editor

    def open(self) -> None:
        self._editor.open()

    def read(self) -> str | None:
        _write(self._prompt())
        with self._terminal.keys():
            typed = self._first_key()
        if not typed:
            _write("\n")  # what the server says next starts a line of its own
            return None
        _write("\r")  # the line editor prints the prompt again
        return super().read()

    def _first_key(self) -> bool:
        while self._wakeup.wait(self._fd):
            if in_foreground(self._fd):
                return True
            self._wakeup.wait(timeout=_BACKGROUND_PAUSE)  # the key was the shell's
        return False

    def leave(self) -> None:
        self._terminal.restore()
        _write("\n")
        self._editor.save()

    def restore_terminal(self) -> None:
        self._terminal.restore()

    def close(self) -> None:
        self._terminal.restore()
        self._editor.save()
        self._editor.close()


def open_lines(
    prompt: Callable[[], str],
    complete: Callable[[str], list[str]],
    history_file: Callable[[], str],
    wakeup: Wakeup,
) -> Lines:
    """The lines of this process's standard input.

    Args:
        prompt: called for the prompt of each line.
        complete: called with the line up to the cursor, returns replacements for its last word.
        history_file: called for the path of the history, with a terminal only.
        wakeup: ends the waits of the source.

    """
    stdin = sys.stdin
    if stdin is None:  # started without one
        return NoLines()
    try:
        fd = stdin.fileno()
    except io.UnsupportedOperation:  # an object in its place, as in a graphical shell
        return ConsoleLines(prompt, wakeup)
    except ValueError:  # closed
        return NoLines()
    windows = sys.platform == "win32"
    if not os.isatty(fd):
        return DescriptorLines(fd, stdin.encoding, prompt, wakeup, selectable=not windows)
    if windows:
        return ConsoleLines(prompt, wakeup)
    terminal = open_terminal(fd)
    if terminal is None:  # in the background: reading would stop the process
        return NoLines()
    readline = load_readline() if fd == 0 and _stdout_is_terminal() else None
    if readline is None:  # input() would not use it either
        return DescriptorLines(fd, stdin.encoding, prompt, wakeup)
    editor = LineEditor(readline, complete, history_file())
    return TerminalLines(fd, terminal, editor, prompt, wakeup)


def _stdout_is_terminal() -> bool:
    try:
        return sys.stdout is not None and sys.stdout.fileno() == 1 and os.isatty(1)
    except (OSError, ValueError):  # replaced, or closed
        return False
