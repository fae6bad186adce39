"""The servers that the process of an app is connected to, and whom of them it asks.

Any of them may be stopped, frozen or overloaded while the others are well. Rules of this file: who
was heard last is asked first, for it has passed on the event that is handled; who does not answer
is passed over until it is heard again; and a question says until when it is worth an answer, so
that a server which wakes up does nothing that another one has been asked meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from ..deadline import Deadline, monotonic
from .link import Link, LinkLost, Value

_SILENCE: Final = 2.0  # seconds for an answer while there is another one to ask
UNTIL: Final = "until"  # of a question: monotonic time, which all processes of a machine share


class Anchors:
    """Any thread.

    Attributes:
        changed: called when there are others, or one does not answer.

    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards all that follows, which is replaced as a whole
        self._links: tuple[Link, ...] = ()
        self._keeping: frozenset[Link] = frozenset()
        self._begun = False
        self.changed: Callable[[], object] = _nothing
        self._silent: dict[Link, float] = {}  # asked in vain, at this monotonic time

    def add(self, link: Link, *, keeps: bool = False) -> None:
        """It is connected.

        Args:
            link: to the server.
            keeps: it does nothing but keep the process alive, for it knows no session.

        """
        with self._lock:
            first = self._begun and not self._links  # who has started the process knows
            self._begun = True
            self._links = (*self._links, link)
            if keeps:
                self._keeping |= {link}
        if first:
            link.note("first")
        self.changed()

    def remove(self, link: Link) -> bool:
        """It is not; whether there is none left."""
        with self._lock:
            first = self._links[:1] == (link,)
            self._links = left = tuple(one for one in self._links if one is not link)
            self._keeping -= {link}
            self._silent = {one: when for one, when in self._silent.items() if one is not link}
        if first and left:
            left[0].note("first")  # who has started it tells of it, then the next one does
        self.changed()
        return not left

    def forget_all(self) -> tuple[Link, ...]:
        """None is ours any more, in a copy of this process; those that were. Takes no lock."""
        links, self._links = self._links, ()
        return links

    def all(self) -> tuple[Link, ...]:
        """In the order in which they have connected."""
        return self._links

    def best(self) -> list[Link]:
        """Whom to ask first comes first."""
        keeping, silent = self._keeping, self._silent
        links = [one for one in self._links if one not in keeping]
        if len(links) < 2:
            return links
        return sorted(links, key=lambda one: (silent.get(one, 0.0) > one.heard, -one.heard))

    def note(self, name: str, /, **value: Any) -> None:
        """Say something to one of them that nobody answers."""
        for link in (self.best() or self._links)[:1]:
            link.note(name, **value)

    def ask(self, name: str, timeout: float, /, **value: Any) -> Value:
        """Ask one of them, and the next one if it does not answer. Not on the thread of the hub.

        Args:
            name: what is wanted.
            timeout: seconds, in all.
            value: the values.

        Raises:
            LinkLost: there is none.
            Refused: it cannot.
            TimeoutError: nobody answers in time.

        """
        deadline, links = Deadline(timeout), self.best()
        failure: Exception = LinkLost("there is no server")
        for place, link in enumerate(links, 1):
            left = deadline.remaining() or 0.0
            patience = left if place == len(links) else min(left, _SILENCE)
            asked = monotonic()
            try:
                return link.ask(name, patience, **value, **{UNTIL: asked + patience})
            except TimeoutError as error:
                failure = error
                with self._lock:
                    self._silent = {**self._silent, link: asked}
                self.changed()
            except LinkLost as error:
                failure = error
        raise failure


def _nothing() -> None:
    """Nobody wants to know."""


def too_late(value: Value) -> bool:
    """Whether who has asked this does not wait any more."""
    return monotonic() > float(value.get(UNTIL, float("inf")))
