"""The supervisor: holds the listening sockets, and runs a program in several processes.

Nothing of the program is ever imported here. One thread does it all, and waits in one place; other
threads, as that of the prompt, give it work by ``call_soon``. Messages are lines of JSON:

from a worker
    a list: a listening socket, see ``handover``; ``ready``, with what the prompt is to be; ``quit``
    and ``restart``; ``answer`` to a question, with ``value``; ``ask``, a question to all workers,
    with ``what`` and ``args``; ``publish``, a topic, with ``text``.
to a worker
    ``hello``, first; ``end``: "stop" or "restart"; ``ask``, a question, with ``what`` and ``args``;
    ``answered``, with the ``values`` of a question of its own; ``deliver``, a topic, with ``text``.

The question "alive" is asked now and then, see ``vigil``, all others when somebody wants to know.

The first worker is started alone, and the others when it is ready: what is wrong with a program is
said once, and a socket that only the program knows of is bound once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Clock, monotonic
from ..log_text import format_address
from ..logs import ERR_SOURCE_RESTART
from ..process.handover import Held
from ..process.notify import notify, notify_stopping
from .child import Child
from .ends import Ends
from .held import is_held
from .kept_sockets import KeptSockets
from .places import Places
from .questions import Answered, Questions
from .rolling import Rolling
from .shared_folder import SharedFolder, sweep
from .slot import Slot
from .stacks import take
from .supervisor_signals import SupervisorSignals
from .switchboard import Switchboard, Told
from .vigil import Vigil
from .waiting import Waiting
from .watchdog import Watchdog

if TYPE_CHECKING:
    from ..interfaces import Log
    from .launcher import Launcher

_NO_FOLDER: Final = (
    "there is no folder for what workers share: see TMPDIR, and how full the disk is"
)

Opened = Callable[["Fleet", dict[str, Any]], object]
"""Told once what the first worker says of the prompt; gives what is to be stopped at the end."""


class Fleet:
    """Runs a program in several processes until it is told to end. Main thread only.

    Args:
        launcher: starts its processes.
        log: where it tells what it does.
        sockets: listening sockets that were kept for the program.
        opened: called when the first worker is ready, on this thread.
        clock: seconds, monotonic.

    """

    def __init__(
        self,
        launcher: Launcher,
        log: Log,
        sockets: Sequence[Held] = (),
        *,
        opened: Opened | None = None,
        clock: Clock = monotonic,
    ) -> None:
        self.log = log
        self._launcher = launcher
        self._sockets = KeptSockets(sockets)
        self._opened = opened
        self._clock = clock
        self._places = Places(launcher.count, clock)
        self.slots = self._places.slots
        self.questions = Questions(clock)
        self._folder: SharedFolder
        self._is_open = False  # a worker has been ready
        self._rolling = Rolling(self.slots, self._start, log)
        self._quitting = False
        self._ends = Ends(self._places, self._rolling, launcher.restart_code, self._say)
        heed: dict[str, Told] = {
            "ready": lambda child, what: self._ready(child, what["ready"]),
            "quit": lambda *_: self._stop(),
            "restart": lambda *_: self._roll(),
        }
        self._switchboard = Switchboard(
            self._places, self.questions, self._sockets, heed, self._say
        )
        self._waiting = Waiting(self._switchboard.hear)
        self._vigil = Vigil(
            self._places.serving, self.questions, is_held, self._say, self._ends.hangs, clock
        )
        self._watchdog = Watchdog(os.environ, clock)
        self._signals = SupervisorSignals(
            self.call_soon,
            stop=self._stop,
            roll=self._roll,
            kill=self._kill_all,
            wakeup=self._waiting.fileno(),
            clock=clock,
        )

    # -- for other threads -------------------------------------------------------------------------

    def call_soon(self, work: Callable[[], object]) -> None:
        """Have it called on the thread of the supervisor. Any thread, and handlers of signals."""
        self._waiting.call_soon(work)

    def quit(self) -> None:
        """End all, in order. Any thread."""
        self.call_soon(self._stop)

    def restart(self) -> None:
        """Replace all processes, one after another. Any thread."""
        self.call_soon(self._roll)

    def ask(
        self,
        what: str,
        args: list[Any],
        timeout: float | None,
        done: Answered,
        *,
        one: bool = False,
    ) -> None:
        """Ask the workers that serve, or the first of them. Any thread; answered on ours."""

        def begin() -> None:
            asked = self._places.quickest() if one else self._places.serving()
            self.questions.ask(asked, what, args, timeout, done)

        self.call_soon(begin)

    @property
    def quitting(self) -> bool:
        """Whether it ends. Any thread."""
        return self._quitting

    def described(self) -> Iterator[tuple[int, int | None, str, float | None, int]]:
        """Of each worker its index, process, state, seconds of service, and number of starts."""
        return (slot.described() for slot in self.slots)

    # -- the loop ----------------------------------------------------------------------------------

    def run(self) -> int:
        """Serve.

        Returns:
            the exit code: that of a program that never came to serve; else 0, or what the processes
            end with.

        """
        try:
            sweep()
            self._folder = SharedFolder()
        except OSError as error:
            self.log.error(ERR_SOURCE_RESTART, _NO_FOLDER, error)
            self._sockets.close()
            self._waiting.close()
            return 1
        try:
            with self._signals.handled():
                while not self._is_over():
                    self._start_missing()
                    self._wait()
                    self._reap()
                    self._look_at_clock()
        finally:
            for child in list(self._places.children()):
                child.kill()
            self._sockets.close()
            self._waiting.close()
            self._folder.remove()
            self._folder.leave()
        ordered = self._signals.code
        return self._ends.code if ordered is None else ordered

    def _is_over(self) -> bool:
        return self._quitting and not any(self._places.children())

    def _wait(self) -> None:
        due = self._next_deadline()
        self._waiting.wait(None if due is None else max(0.0, due - self._clock()))

    def _next_deadline(self) -> float | None:
        found = [self.questions.next_deadline(), self._watchdog.due, self._vigil.due]
        for slot in self.slots:
            if slot.is_empty() and self._may_start(slot):
                found.append(slot.next_start)
            found += [child.limit for child in slot.all()]
        return min((one for one in found if one is not None), default=None)

    def _look_at_clock(self) -> None:
        now = self._clock()
        self.questions.expire()
        self._watchdog.look(now)
        self._vigil.look(now)
        for child in self._places.children():
            limit = child.limit
            if limit is not None and limit <= now:
                self._ends.late(child)

    # -- starting ----------------------------------------------------------------------------------

    def _may_start(self, slot: Slot) -> bool:
        return not self._quitting and (self._is_open or slot is self.slots[0])

    def _start_missing(self) -> None:
        now = self._clock()
        for slot in self.slots:
            if slot.is_empty() and self._may_start(slot) and slot.next_start <= now:
                slot.current = self._start(slot)
                if slot.current is None:
                    slot.next_start = now + slot.backoff.died(None)

    def _start(self, slot: Slot) -> Child | None:
        try:
            child = self._launcher.start(slot, self._sockets.all(), self._folder.path)
        except OSError as error:
            self.log.error(ERR_SOURCE_RESTART, f"worker {slot.index} cannot be started", error)
            return None
        self._waiting.add(child)
        return child

    def _ready(self, child: Child, told: dict[str, Any]) -> None:
        child.ready(told)
        slot = self.slots[child.index - 1]
        if child is slot.coming:
            old = slot.take_over()
            if old is not None:
                old.end("restart")
        if not self._is_open:
            self._is_open = True
            self._open(told)
        self._status()

    def _open(self, told: dict[str, Any]) -> None:
        places = ", ".join(format_address(*place) for place in self._sockets.places())
        count = len(self.slots)
        self.log.message(f"{count} worker{'' if count == 1 else 's'} at {places}")
        notify("READY=1")
        if self._opened is not None:
            self._opened(self, told)

    def _status(self) -> None:
        notify(f"STATUS={len(self._places.serving())} of {len(self.slots)} workers serve")

    # -- ends --------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for child in list(self._places.children()):
            if child.reap():
                self._switchboard.hear(child)  # its last words
                self._forget(child)
                self._lost(child)
        if not self._quitting:
            self._rolling.go_on()

    def _forget(self, child: Child) -> None:
        self._waiting.forget(child)
        child.close()
        self.questions.gone(child)
        stacks = take(self._folder.path, child.pid)
        if stacks:
            self._say(child, f"had its threads here:\n{stacks}")

    def _lost(self, child: Child) -> None:
        goes_on = self._ends.ended(child, wanted=self._quitting, is_open=self._is_open)
        if not goes_on:
            self._stop()
        self._status()

    def _stop(self) -> None:
        if self._quitting:
            return
        self._quitting = True
        notify_stopping()
        self._sockets.close()  # first: new clients are refused as soon as the workers close theirs
        for child in self._places.children():
            child.end("stop")

    def _roll(self) -> None:
        if self._is_open and not self._quitting:
            self._rolling.begin()

    def _kill_all(self) -> None:
        for child in self._places.children():
            child.kill()

    def _say(self, child: Child, text: str) -> None:
        self.log.message(f"worker {child.index} (process {child.pid}) {text}")
