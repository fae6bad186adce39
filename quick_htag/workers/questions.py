"""Questions of the supervisor to its workers, whose answers come one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..deadline import Clock, monotonic
from .child import Child

Answered = Callable[[list[tuple[int, Any]]], object]
"""Told the index of each worker that has answered, and what it did."""


class _Question:
    def __init__(self, asked: Iterable[Child], done: Answered, until: float | None) -> None:
        self.waiting = set(asked)
        self.values: list[tuple[int, Any]] = []
        self.done = done
        self.until = until


class Questions:
    """Those that are open. The thread of the supervisor only.

    Args:
        clock: seconds, monotonic.

    """

    def __init__(self, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._open: dict[int, _Question] = {}
        self._last = 0

    def ask(
        self,
        children: Iterable[Child],
        what: str,
        args: list[Any],
        timeout: float | None,
        done: Answered,
    ) -> None:
        """Ask some workers.

        Args:
            children: who is asked.
            what: the name of the question.
            args: what belongs to it.
            timeout: seconds after which whoever has not answered is left out; None: never, but for
                those that end.
            done: told the answers, by the index of the worker.

        """
        self._last += 1
        line = {"ask": self._last, "what": what, "args": args}
        try:
            asked = [child for child in children if child.say(line)]
        except ValueError:  # it is too long, for all of them
            asked = []
        until = None if timeout is None else self._clock() + timeout
        self._open[self._last] = _Question(asked, done, until)
        self._finish(self._last)

    def answer(self, child: Child, number: int, value: Any) -> None:
        """One has answered."""
        question = self._open.get(number)
        if question is not None and child in question.waiting:
            question.waiting.discard(child)
            question.values.append((child.index, value))
            self._finish(number)

    def gone(self, child: Child) -> None:
        """One has ended, and answers nothing."""
        for number, question in list(self._open.items()):
            question.waiting.discard(child)
            self._finish(number)

    def next_deadline(self) -> float | None:
        """When somebody has waited long enough, by the clock; None: never."""
        return min(
            (one.until for one in self._open.values() if one.until is not None), default=None
        )

    def expire(self) -> None:
        """Give up on those that took too long."""
        now = self._clock()
        for number, question in list(self._open.items()):
            if question.until is not None and question.until <= now:
                question.waiting.clear()
                self._finish(number)

    def _finish(self, number: int) -> None:
        question = self._open.get(number)
        if question is not None and not question.waiting:
            del self._open[number]
            question.done(sorted(question.values, key=lambda pair: pair[0]))
