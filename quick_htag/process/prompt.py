"""The command thread: reads standard input and runs what is typed."""

from __future__ import annotations

import atexit
import errno
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .lines import Lines, NoLines, open_lines
from .terminal import job_signals_blocked
from .wakeup import Wakeup

if TYPE_CHECKING:
    from ..interfaces import Log

NO_LOOP = "no command loop - use CTRL-C to terminate"

_RETRY_PAUSE = 0.1  # seconds before input that was not ready is asked again
_NOT_READY = (errno.EAGAIN, errno.EINTR)

# The process has one standard input, whoever serves in it: its first prompt holds this until its
# thread has ended. Nothing else is shared between prompts.
_stdin = threading.Lock()


class Table(Protocol):
    """Runs and completes lines, on the thread of the prompt."""

    def handle(self, line: str) -> None:
        """Run the command on a line."""

    def complete(self, line: str) -> list[str]:
        """What the last word of a line may become."""


def _nothing() -> None:
    """Nobody asked to be told."""


def _never() -> bool:
    return False


class Prompt:
    """Reads commands on one daemon thread, from ``start`` until ``stop`` or the end of input.

    For one use: a server makes a new one each time it serves.

    Signals go to the main thread, so CTRL-C is the server's to handle; it should then ``stop``
    the prompt, which gives the terminal back. On Windows, and where ``sys.stdin`` has no
    descriptor, the thread sits in ``input()`` or a blocking read, which nothing can end: ``stop``
    returns without it, and it ends with the process.

    Args:
        table: runs and completes the lines.
        log: is told when input ends.
        prompt: called for the text before each line.
        history_file: called once, for the path of the history; with a terminal only. An empty
            one keeps no history.
        finished: asked after each command; True: read no further. A command that ends the server
            makes it True before it returns, so that the next line is left to whom comes next.
        on_eof: called on the command thread when there is no (more) input; the server goes on.
        on_interrupt: called on the command thread when a command or the console raises
            KeyboardInterrupt; the server should stop.

    """

    def __init__(
        self,
        table: Table,
        log: Log,
        *,
        prompt: Callable[[], str] = lambda: "> ",
        history_file: Callable[[], str] = str,
        finished: Callable[[], bool] = _never,
        on_eof: Callable[[], object] = _nothing,
        on_interrupt: Callable[[], object] = _nothing,
    ) -> None:
        self._table = table
        self._log = log
        self._prompt = prompt
        self._history_file = history_file
        self._finished = finished
        self._on_eof = on_eof
        self._on_interrupt = on_interrupt
        self._lock = threading.Lock()  # guards start against stop: the three below are set once
        self._stopped = False
        self._wakeup: Wakeup | None = None
        self._thread: threading.Thread | None = None
        self._lines: Lines = NoLines()

    def start(self) -> bool:
        """Start reading; False: another prompt has the standard input, or this one was used."""
        with self._lock:
            if self._stopped or self._thread or not _stdin.acquire(blocking=False):
                return False
            wakeup = Wakeup()
            try:
                self._lines = open_lines(
                    self._prompt, self._table.complete, self._history_file, wakeup
                )
            except BaseException:
                wakeup.close()
                _stdin.release()
                raise
            # for a program that ends without stop(); a terminal without echo is a nuisance
            atexit.register(self._lines.restore_terminal)
            self._wakeup = wakeup
            self._thread = threading.Thread(
                target=self._run, args=(wakeup,), name="quick-htag-prompt", daemon=True
            )
            self._thread.start()
            return True

    def stop(self, timeout: float = 1.0) -> bool:
        """End the thread and give back the terminal. Any thread, any number of times.

        A line half typed is given up without waiting for its end.

        Args:
            timeout: seconds a running command may still take.

        Returns:
            Whether the thread has ended; one that has not ends with its command or line.

        """
        with self._lock:
            self._stopped = True
            thread, wakeup, lines = self._thread, self._wakeup, self._lines
        if thread is None or wakeup is None:
            return True
        notices = wakeup.wake()
        if thread is threading.current_thread():  # a command stops the server
            return False
        if notices:
            thread.join(timeout)
        if thread.is_alive():
            lines.leave()
        return not thread.is_alive()

    def restore_terminal(self) -> None:
        """Give the terminal its modes back, nothing else.

        Takes no lock, so a signal handler about to end the process may call it.
        """
        self._lines.restore_terminal()

    def _run(self, wakeup: Wakeup) -> None:
        try:
            self._lines.open()
            self._loop(wakeup)
        except KeyboardInterrupt:
            self._on_interrupt()
        finally:
            try:
                self._lines.close()
            finally:
                atexit.unregister(self._lines.restore_terminal)
                wakeup.close()
                _stdin.release()

    def _loop(self, wakeup: Wakeup) -> None:
        while not wakeup.woken and not self._finished():
            try:
                with job_signals_blocked():
                    line = self._lines.read()
            except (EOFError, OSError, ValueError, RuntimeError) as error:
                if isinstance(error, OSError) and error.errno in _NOT_READY:
                    wakeup.wait(timeout=_RETRY_PAUSE)
                    continue
                self._ended(wakeup)  # closed and broken input is as good as ended
                return
            if line is not None and not wakeup.woken:
                self._table.handle(line)

    def _ended(self, wakeup: Wakeup) -> None:
        if not wakeup.woken:  # else the end was ours
            self._log.message(NO_LOOP)
            self._on_eof()
