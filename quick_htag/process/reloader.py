"""The parent that runs a program as its child and starts it again when files change.

It only looks at files: nothing of the program is ever imported here. On POSIX it holds the
listening sockets of the program, so that clients wait during a restart, and while the program
cannot run it answers them itself, with what is wrong (``problem_page``). ``watched`` is the side of
the program.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..deadline import Deadline
from ..interfaces import Log
from ..logs import default_log
from .beginning import ENV_RELOAD
from .clean_start import clean_start
from .file_watch import SETTLE_LIMIT, SETTLED, FileWatch
from .handover import Held, bound_address
from .listening import listening
from .mailbox import Mailbox
from .problem_page import ProblemPage
from .restart import codes, get_exec_arr
from .supervisor import ENV_SUBSEQUENT, Supervisor
from .syntax import syntax_errors
from .terminal import open_terminal

STOP_TIME = 2.0  # seconds a program has to end when files have changed; then it is killed

_UNKNOWN = "The program ended with exit code {0}. Its last words are at the prompt."


def command_of(command: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a process that watches ``command``."""
    return clean_start(command[0], __name__, command)


def main(command: Sequence[str]) -> None:
    """What the process of ``command_of`` does.

    Raises:
        SystemExit: the program has ended.

    """
    os.environ.pop(ENV_SUBSEQUENT, None)
    sys.exit(Reloader(command, os.environ, default_log()).run())


class Reloader(Supervisor):
    """Runs a command until it ends by itself without a failure; main thread only.

    After a failure it waits for the next change. Signals are those of ``Supervisor``.

    Args:
        command: program and arguments.
        environment: of the program.
        log: where it tells what it does.
        watch: see ``setup_reload``.
        exclude: see ``setup_reload``.

    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Log,
        watch: Sequence[str | os.PathLike[str]] = (),
        exclude: Sequence[str] = (),
    ) -> None:
        marked = {**environment, ENV_RELOAD: str(os.getpid())}
        super().__init__(command, marked, *codes(), log, listening().activated())
        self._kept = listening().take_kept()
        self._files = FileWatch(_roots(command), [os.fspath(path) for path in watch], exclude)
        self._needed: set[object] = set()  # the sockets that this run of the program has told of
        self._report = ""  # what ended it
        self._begun = 0.0  # when it was started, by the wall clock as files have it
        for folder in self._files.cut:
            log.message(f"reload: {folder} has too many folders, not all of them are watched")

    @classmethod
    def of_this_process(
        cls, watch: Sequence[str | os.PathLike[str]], exclude: Sequence[str]
    ) -> Reloader:
        """For the command line that started this process."""
        return cls(get_exec_arr(), os.environ, default_log(), watch, exclude)

    def run(self) -> int:
        terminal = open_terminal(0)
        with self._handlers():
            while True:
                code = self._run_child()
                if terminal is not None:
                    terminal.restore()
                if self._received:
                    break
                again = code is None or code == self._restart_code
                if not again and (self._is_over(code) or not self._wait_for_repair(code or 0)):
                    break
                self._environment[ENV_SUBSEQUENT] = "1"
            super()._let_go()
            return self._result(code if code is not None else 0)

    def _is_over(self, code: int | None) -> bool:
        """Whether the program has ended as it wanted to.

        A later start that never came to its server did not: an editor may empty a file before it
        writes it, and an empty program ends well.
        """
        later = ENV_SUBSEQUENT in self._environment
        return code == 0 and not (later and self._kept and not self._needed)

    def _let_go(self) -> None:
        """They are kept: after a crash nobody else has them."""

    def _result(self, code: int) -> int:
        # a child that had no time for a handler of its own
        return code if code != self._restart_code else 0

    # -- while it runs -----------------------------------------------------------------------------

    def _run_child(self) -> int | None:
        """The exit code of the program; None: files have changed, and it was stopped."""
        self._needed, self._report = set(), ""
        self._begun = time.time()
        with self._channel() as channel:
            if not self._start(channel):
                return self._error_code
            assert self._child is not None
            self._forward()
            mailbox = Mailbox(None if channel is None else channel[0])
            while (code := self._child.poll()) is None:
                self._listen(mailbox, self._files.pause)
                if not self._received and self._has_changed():
                    self._stop(mailbox)
                    return None
            self._heed(mailbox)
        return code if code >= 0 else 128 - code

    def _listen(self, mailbox: Mailbox, seconds: float) -> None:
        """Wait for a word or the end of the program."""
        assert self._child is not None
        if mailbox.closed:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)
        else:
            mailbox.wait(seconds)
            self._heed(mailbox)

    def _has_changed(self) -> bool:
        changed = self._files.changed()
        if not changed:
            return False
        limit = Deadline(SETTLE_LIMIT)
        while not limit.expired():
            time.sleep(SETTLED)
            more = self._files.changed()
            if not more:
                break
            changed = sorted({*changed, *more})
        for path in changed:
            _forget_bytecode(path)
        names = ", ".join(map(_short, changed[:3])) + (", ..." if len(changed) > 3 else "")
        self._log.message(f"reload: {names} changed")
        return True

    def _stop(self, mailbox: Mailbox) -> None:
        assert self._child is not None
        self._child.terminate()
        limit = Deadline(STOP_TIME)
        while self._child.poll() is None:
            if limit.expired():
                self._log.message(f"reload: the program did not end in {STOP_TIME} s, is killed")
                self._child.kill()
                self._child.wait()
                break
            self._listen(mailbox, 0.05)
        self._heed(mailbox)

    # -- what it tells -----------------------------------------------------------------------------

    def _heed(self, mailbox: Mailbox) -> None:
        sockets, told = mailbox.read()
        for held in sockets:
            self._keep(held)
        for what in told:
            loaded = [path for path in what.get("files", ()) if isinstance(path, str)]
            self._files.add(loaded, self._begun)  # it may be older than what was saved meanwhile
            self._report = str(what.get("error", self._report))
            if what.get("serving"):
                self._drop_unneeded()

    def _keep(self, held: Held) -> None:
        """Hold a socket, once."""
        place = bound_address(held.fd)
        self._needed.add(place)
        if any(bound_address(other.fd) == place for other in self._kept):
            held.close()
        else:
            self._kept.append(held)

    def _drop_unneeded(self) -> None:
        """Close what the program does not listen at any more; clients would wait for ever."""
        for held in list(self._kept):
            if bound_address(held.fd) not in self._needed:
                self._kept.remove(held)
                held.close()

    # -- while it cannot run -----------------------------------------------------------------------

    def _wait_for_repair(self, code: int) -> bool:
        """Show what is wrong until a file changes; False: a signal ends it."""
        text = self._report or syntax_errors(self._files.files) or _UNKNOWN.format(code)
        self._log.message(f"reload: ended with exit code {code}, starts again after a change")
        with ProblemPage([held.fd for held in self._kept], text) as page:
            while not self._received:
                page.serve(self._files.pause)
                if self._has_changed():
                    return True
        return False


def _roots(command: Sequence[str]) -> Iterable[str]:
    """The folder we are in, and that of the script."""
    here = Path.cwd()
    script = next((word for word in command[1:] if word.endswith(".py")), None)
    if script is None or not Path(script).is_file():
        return [str(here)]
    folder = Path(script).absolute().parent
    return [str(here)] if folder.is_relative_to(here) else [str(here), str(folder)]


def _forget_bytecode(path: str) -> None:
    """Python takes compiled code for fresh that is of the same second and size."""
    with suppress(OSError, NotImplementedError):  # there is none
        Path(importlib.util.cache_from_source(path)).unlink()


def _short(path: str) -> str:
    near = os.path.relpath(path)
    return path if near.startswith("..") else near
