"""The process that runs the real one as its child and starts it again when that asks for it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..logs import ERR_SOURCE_RESTART
from .beginning import ENV_SOCKETS
from .handover import SUPPORTED, Held, encode, receive
from .main_thread import signal_bell
from .terminal import in_foreground, open_terminal

if TYPE_CHECKING:
    import subprocess

    from ..interfaces import Log

_signals: Any = signal  # Windows lacks some of their names

ENV_RESTART = "QUICK_SERVER_RESTART"  # in a supervised child: the exit code that asks for a restart
ENV_SUBSEQUENT = "QUICK_SERVER_SUBSEQ"  # "1" from the second start on

_FORWARDED = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")  # those the platform has
_PR_SET_PDEATHSIG = 1  # prctl(2)


def flush_streams() -> None:
    """Bring what was printed out of the process; a closed stream has nothing to lose."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()


def die_with_parent() -> None:
    """Linux: get SIGTERM when the parent process dies. Elsewhere nothing."""
    if sys.platform == "linux":
        import ctypes  # here: every other process does without it

        with suppress(OSError, AttributeError):  # a libc without prctl: then without this comfort
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _on_terminal() -> bool:
    """Whether CTRL-C on the terminal reaches us, and so the child in our process group as well.

    POSIX only, as is signalling a child at all.
    """
    try:
        fd = os.open("/dev/tty", os.O_RDONLY)
    except OSError:  # no terminal
        return False
    try:
        return in_foreground(fd)
    finally:
        os.close(fd)


@contextmanager
def _told_of_children() -> Iterator[None]:
    """SIGCHLD has a handler in the block, and is not held back. POSIX, main thread only."""
    before = _signals.signal(_signals.SIGCHLD, _nothing)
    held_back = _signals.pthread_sigmask(_signals.SIG_UNBLOCK, {_signals.SIGCHLD})
    try:
        yield
    finally:
        _signals.pthread_sigmask(_signals.SIG_SETMASK, held_back)
        _signals.signal(_signals.SIGCHLD, signal.SIG_DFL if before is None else before)


def _nothing(*_: object) -> None:
    """What is done about the signal; it wakes us up."""


class Supervisor:
    """Runs a command until it ends with another code than the one that asks for a restart.

    SIGTERM, SIGINT and SIGHUP are passed on to the child, and its end is waited for. The first
    SIGINT is left to the terminal if there is one: it has signalled the child too.

    Args:
        command: program and arguments.
        environment: of the child, extended by ``QUICK_SERVER_RESTART`` and later
            ``QUICK_SERVER_SUBSEQ``.
        restart_code: exit code that asks for a restart.
        error_code: exit code after CTRL-C, unless the child failed with one of its own, and when
            the child cannot be started.
        log: where a failing start is reported.
        activated: sockets of a service manager, given to every child.

    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        restart_code: int,
        error_code: int,
        log: Log,
        activated: Sequence[Held] = (),
    ) -> None:
        self._command = list(command)
        self._environment = {**environment, ENV_RESTART: str(restart_code)}
        self._restart_code = restart_code
        self._error_code = error_code
        self._log = log
        self._activated = list(activated)
        # All on the main thread, where signal handlers run too:
        self._child: subprocess.Popen[bytes] | None = None
        self._received: list[int] = []  # signals, in order
        self._forwarded = 0  # how many of them have been passed on, or left to the terminal
        self._kept: list[Held] = []  # listening sockets on their way from one child to the next

    def run(self) -> int:
        """Run the child as often as it wants.

        Returns:
            The exit code of the last child; 128 + N when signal N killed it.

        """
        terminal = open_terminal(0)
        with self._handlers():
            while True:
                code = self._run_once()
                if terminal is not None:
                    terminal.restore()  # a child that crashed may have left it without echo
                if code != self._restart_code or self._received:
                    self._let_go()  # nobody comes to answer there
                    return self._result(code)
                self._environment[ENV_SUBSEQUENT] = "1"

    def _run_once(self) -> int:
        flush_streams()
        with self._channel() as channel:
            if not self._start(channel):
                return self._error_code
            assert self._child is not None
            self._forward()  # what arrived while there was no child
            code = self._wait(self._child)
            if channel is not None:
                self._kept = receive(channel[0])
        return code if code >= 0 else 128 - code

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of the child; signals that come meanwhile are passed on at once."""
        if os.name == "nt":  # the console tells the child
            return child.wait()
        with signal_bell() as bell:
            if bell is None:
                return child.wait()
            with _told_of_children():
                while (code := child.poll()) is None:
                    bell.wait()
                return code

    @contextmanager
    def _channel(self) -> Iterator[tuple[socket.socket, socket.socket] | None]:
        """Our end and the child's, for the listening sockets; see ``handover``."""
        if not SUPPORTED:
            yield None
            return
        ours, theirs = socket.socketpair()
        with ours, theirs:
            yield ours, theirs

    def _start(self, channel: tuple[socket.socket, socket.socket] | None) -> bool:
        """Start the child and give it what was kept; the child holds it alone then."""
        environment, given = self._environment, []
        if channel is not None:
            sockets = [*self._kept, *self._activated]
            control = channel[1].fileno()
            text = encode(sockets, parent=os.getpid(), control=control)
            environment = {**environment, ENV_SOCKETS: text}
            given = [control, *(held.fd for held in sockets)]
        import subprocess  # the program that is supervised needs none of it

        try:
            self._child = subprocess.Popen(self._command, env=environment, pass_fds=given)  # noqa: S603 ourselves
        except OSError as error:
            text = f"cannot start {subprocess.list2cmdline(self._command)}"
            self._log.error(ERR_SOURCE_RESTART, text, error)
            return False
        finally:
            self._let_go()
            if channel is not None:
                channel[1].close()
        return True

    def _let_go(self) -> None:
        while self._kept:
            self._kept.pop().close()

    def _result(self, code: int) -> int:
        if not self._received or code not in (0, self._restart_code):
            return code
        if code == self._restart_code:
            return 128 + self._received[-1]
        return self._error_code if signal.SIGINT in self._received else code

    @contextmanager
    def _handlers(self) -> Iterator[None]:
        previous = {}
        if threading.current_thread() is threading.main_thread():
            for name in _FORWARDED:
                number = getattr(signal, name, None)
                # an ignored signal stays ignored: nohup, and "&" in a script
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    previous[number] = signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _receive(self, signum: int, frame: FrameType | None) -> None:
        self._received.append(signum)
        self._forward()

    def _forward(self) -> None:
        child = self._child
        while child is not None and self._forwarded < len(self._received):
            signum = self._received[self._forwarded]
            self._forwarded += 1
            first = self._received.count(signum) == 1
            if os.name == "nt":
                continue  # the console has told the child; kill() there would end it at once
            if signum == signal.SIGINT and first and _on_terminal():
                continue  # from the second on it does no harm, and may be from kill(1)
            if child.returncode is None:
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(child.pid, signum)
