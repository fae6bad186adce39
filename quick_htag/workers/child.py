"""One process of a program, as its supervisor has it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from ..deadline import Clock, monotonic
from ..process.beginning import ENV_SOCKETS, ENV_WORKER
from ..process.handover import Held, encode
from ..process.mailbox import Mailbox
from .channel import Outgoing, line_of
from .stacks import WRITE_LIMIT, ask_for

# Windows lacks some of their names; there are no workers there
_os: Any = os
_signals: Any = signal

END_LIMIT: Final = 30.0  # seconds more than its server takes for one to end; then it is killed


class Child:
    """A worker that was started. The thread of the supervisor only.

    Args:
        command: program and arguments.
        environment: of the program.
        sockets: what it is to listen at.
        hello: what it is told first.
        clock: seconds, monotonic.
        start_limit: seconds for it to be ready; then it is killed; None: any.

    Attributes:
        index: of the worker.
        pid: its process.
        sock: our end of the channel, to be watched.
        mailbox: what it says.
        outgoing: what it is told.
        hears: the last topic was not lost.
        trouble: why it does not answer, in words; empty: it does, as far as is known.
        started: when, by the clock.
        ready_at: when it was ready, by the clock; None: it is not.
        told: what it has said of itself when it was ready.
        ending_since: when it was told to end; None: it was not.
        killed: it was killed by us.
        ended: its exit code, or minus the number of the signal; None: it runs.

    Raises:
        OSError: it cannot be started.

    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        sockets: Sequence[Held],
        hello: dict[str, Any],
        clock: Clock = monotonic,
        start_limit: float | None = None,
    ) -> None:
        self._clock = clock
        self._start_limit = start_limit
        self._exposed_at: float | None = None
        self.trouble = ""
        self.index: int = hello["index"]
        self.ready_at: float | None = None
        self.told: dict[str, Any] = {}
        self.ending_since: float | None = None
        self.ended: int | None = None
        self.killed = False
        self.hears = True
        self.sock, theirs = socket.socketpair()
        with theirs:
            control = theirs.fileno()
            given = encode(sockets, parent=os.getpid(), control=control)
            marked = {ENV_SOCKETS: given, ENV_WORKER: str(os.getpid())}
            try:
                self._process = subprocess.Popen(  # noqa: S603 ourselves
                    command,
                    env={**environment, **marked},
                    stdin=subprocess.DEVNULL,
                    pass_fds=[control, *(held.fd for held in sockets)],
                    start_new_session=True,  # CTRL-C on the terminal is for the supervisor alone
                )
            except OSError:
                self.sock.close()
                raise
        self.pid = self._process.pid
        self.started = clock()
        self.mailbox = Mailbox(self.sock)
        self.outgoing = Outgoing(self.sock)
        self.say({"hello": hello})

    @property
    def serves(self) -> bool:
        """Whether it is ready, and neither was told to end nor given up."""
        going = self.ending_since is not None or self.given_up or self.ended is not None
        return self.ready_at is not None and not going

    @property
    def given_up(self) -> bool:
        """Whether it was killed by us, or is about to be."""
        return self.killed or self._exposed_at is not None

    @property
    def timeout(self) -> float | None:
        """Seconds that it may take to show that it does not hang; None: any."""
        return self.told.get("timeout") or None

    @property
    def served(self) -> float | None:
        """Seconds it has served; None: it was never ready."""
        return None if self.ready_at is None else self._clock() - self.ready_at

    @property
    def limit(self) -> float | None:
        """When it is killed unless it is ready, or has ended, by the clock; None: never."""
        if self.killed:
            return None
        if self._exposed_at is not None:
            return self._exposed_at + WRITE_LIMIT
        if self.ending_since is not None:
            return self.ending_since + END_LIMIT + float(self.told.get("patience", 0.0))
        if self.ready_at is not None or self._start_limit is None:
            return None
        return self.started + self._start_limit

    def say(self, what: dict[str, Any]) -> bool:
        """Tell it something; False: it reads nothing any more."""
        return self.outgoing.add(line_of(what))

    def ready(self, told: dict[str, Any]) -> None:
        """It serves."""
        self.ready_at, self.told = self._clock(), told

    def end(self, why: str) -> None:
        """Have it end; once. One that is not ready yet has nothing to finish.

        Args:
            why: "stop", or "restart" when another one takes its place.

        """
        if self.ending_since is not None:
            return
        self.ending_since = self._clock()
        if self.ready_at is None:
            self._signal(signal.SIGTERM)
        else:
            self.say({"end": why})

    def give_up(self) -> None:
        """Have it killed, in a moment: before that it writes down what its threads are at."""
        self._exposed_at = self._clock()
        ask_for(self.pid)

    def kill(self) -> None:
        """End it at once, with all in its process group; that it has ended is seen by ``reap``."""
        self.killed = True
        with suppress(ProcessLookupError, PermissionError):
            _os.killpg(self.pid, _signals.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def reap(self) -> bool:
        """Whether it has ended by now; then the channel is to be closed."""
        if self.ended is None:
            self.ended = self._process.poll()
        return self.ended is not None

    def close(self) -> None:
        """Forget it."""
        self.sock.close()

    def how_it_ended(self) -> str:
        """For the log."""
        assert self.ended is not None
        if self.ended >= 0:
            return f"ended with exit code {self.ended}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-self.ended).name}"
        return f"was ended by signal {-self.ended}"
