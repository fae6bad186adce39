"""The modes of the terminal on a descriptor, saved and given back; and job control around it.

POSIX only: elsewhere ``open_terminal`` finds none. The rules of the file: the terminal belongs to
its foreground process group, so nothing here changes its modes from the background, and no call
may stop the process with SIGTTIN or SIGTTOU (POSIX.1-2017 section 11.1.4).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform != "win32":
    import termios

    def in_foreground(fd: int) -> bool:
        """Whether our process group may read this terminal and set its modes."""
        try:
            return os.tcgetpgrp(fd) == os.getpgrp()
        except OSError:  # no terminal, not ours, or hung up
            return False

    @contextmanager
    def job_signals_blocked() -> Iterator[None]:
        """Keep the terminal from stopping the process through the calling thread.

        A read from the background then fails with EIO. The mask is put back at the end, since a
        program started meanwhile would inherit it.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    class Terminal:
        """The terminal on a descriptor, with the modes it had at construction.

        Args:
            fd: the descriptor, which stays the caller's.

        Raises:
            OSError: it is no terminal.

        """

        def __init__(self, fd: int) -> None:
            self._fd = fd
            self._original = self._modes()

        def _modes(self) -> list[object]:
            try:
                return list(termios.tcgetattr(self._fd))
            except termios.error as error:
                raise OSError(*error.args) from error

        def _set(self, modes: list[object]) -> None:
            if not in_foreground(self._fd):
                return  # the modes are the shell's now
            with job_signals_blocked():
                try:
                    # not TCSADRAIN: it waits for ever on an output that CTRL-S has stopped
                    termios.tcsetattr(self._fd, termios.TCSANOW, modes)  # type: ignore[arg-type]
                except termios.error:
                    return  # hung up: there is nothing left to set

        @contextmanager
        def keys(self) -> Iterator[None]:
            """Deliver single keys without echo inside the block; CTRL-C stays a signal.

            Raises:
                OSError: the terminal is gone.

            """
            before = self._modes()
            modes = self._modes()
            local, control = modes[3], modes[6]
            assert isinstance(local, int)
            assert isinstance(control, list)
            modes[3] = local & ~(termios.ICANON | termios.ECHO)
            control[termios.VMIN], control[termios.VTIME] = 1, 0
            self._set(modes)
            try:
                yield
            finally:
                self._set(before)

        def restore(self) -> None:
            """Give the terminal its original modes. Takes no lock: a signal handler may call it."""
            self._set(self._original)

else:

    def in_foreground(fd: int) -> bool:
        """Without job control there is no background."""
        return True

    @contextmanager
    def job_signals_blocked() -> Iterator[None]:
        """There are no job signals."""
        yield

    class Terminal:
        """There are no modes to keep."""

        def __init__(self, fd: int) -> None:
            raise OSError("terminal modes need termios")

        @contextmanager
        def keys(self) -> Iterator[None]:
            """Change nothing."""
            yield

        def restore(self) -> None:
            """Change nothing."""


def open_terminal(fd: int) -> Terminal | None:
    """The terminal on ``fd``, its modes saved; None: it is none, or we are in the background."""
    if not os.isatty(fd) or not in_foreground(fd):
        return None
    try:
        return Terminal(fd)
    except OSError:  # hung up meanwhile, or a system without termios
        return None
