"""Looks after workers that run but do nothing any more.

Each is asked now and then whether its threads still come round, see ``Answers.alive``; half the
time that it has is between two questions. Who is stopped by a signal, or in the hands of a
debugger, is waited for, and so are all when we were not running ourselves: the machine was asleep,
or overloaded. One worker is given up at a time, the next not before the next question.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..deadline import Clock, monotonic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .child import Child
    from .questions import Questions

DEBUGGED: Final = "debugged"  # an answer: threads may be halted at any time by somebody

_LATE: Final = 0.5  # part of the time between two questions that we may be late ourselves
_HELD: Final = "is stopped, or in a debugger: it is waited for"
_BACK: Final = "answers again"


class _Watch:
    """What is known of one worker."""

    def __init__(self) -> None:
        self.asked = False  # a question is open
        self.since: float | None = None  # when the first was asked that has no answer; None: none
        self.debugged = False


class Vigil:
    """Asks, and judges who does not answer. The thread of the supervisor only.

    Args:
        serving: gives the workers that serve.
        questions: asks them.
        is_held: whether a process is stopped by somebody.
        say: tells the log something about a worker.
        give_up: ends a worker that hangs, told how long it has not answered, in seconds.
        clock: seconds, monotonic.

    """

    def __init__(
        self,
        serving: Callable[[], Iterable[Child]],
        questions: Questions,
        is_held: Callable[[int], bool],
        say: Callable[[Child, str], object],
        give_up: Callable[[Child, float], object],
        clock: Clock = monotonic,
    ) -> None:
        self._serving = serving
        self._questions = questions
        self._is_held = is_held
        self._say = say
        self._give_up = give_up
        self._clock = clock
        self._watches: dict[Child, _Watch] = {}
        self._last = clock()  # when all were asked

    @property
    def due(self) -> float | None:
        """When to look next, by the clock; None: no worker wants to be looked after."""
        pauses = [child.timeout / 2.0 for child in self._serving() if child.timeout]
        return self._last + min(pauses) if pauses else None

    def look(self, now: float) -> None:
        """Ask, and judge, if it is time to.

        Args:
            now: by the clock.

        """
        due = self.due
        if due is None:
            self._last, self._watches = now, {}
            return
        if now < due:
            return
        late = now - due > (due - self._last) * _LATE
        self._last = now
        found = [child for child in self._serving() if child.timeout]
        self._watches = {child: self._watches.get(child) or _Watch() for child in found}
        silent = [child for child in found if self._is_silent(child, now, late)]
        if silent:
            longest = min(silent, key=lambda child: self._watches[child].since or 0.0)
            since = self._watches.pop(longest).since
            self._give_up(longest, now - (since or 0.0))

    def _is_silent(self, child: Child, now: float, late: bool) -> bool:
        """Whether a worker has not answered for too long."""
        watch = self._watches[child]
        if watch.since is None or late:
            watch.since = now
        elif self._is_held(child.pid) or watch.debugged:
            watch.since = now
            self._note(child, _HELD)
        elif child.timeout and now - watch.since >= child.timeout:
            return True
        else:
            self._note(child, f"has not answered for {now - watch.since:.0f} s")
        if not watch.asked:
            self._ask(child, watch)
        return False

    def _note(self, child: Child, trouble: str) -> None:
        if child.trouble != trouble:
            child.trouble = trouble
            self._say(child, trouble)

    def _ask(self, child: Child, watch: _Watch) -> None:
        watch.asked = True
        limit = 2.0 * float(
            child.timeout or 0.0
        )  # the worker gives up, too, and may be asked again
        done = partial(self._answered, child, watch)
        self._questions.ask([child], "alive", [limit], None, done)

    def _answered(self, child: Child, watch: _Watch, values: list[tuple[int, Any]]) -> None:
        watch.asked = False
        for _, said in values:
            if said is not None:
                watch.since, watch.debugged = None, said == DEBUGGED
                if child.trouble:
                    child.trouble = ""
                    self._say(child, _BACK)
