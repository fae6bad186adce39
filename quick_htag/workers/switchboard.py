"""What workers say to their supervisor, and through it to each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .child import Child
    from .kept_sockets import KeptSockets
    from .places import Places
    from .questions import Questions

_ANSWER_LIMIT: Final = 10.0  # seconds for a question of a worker

Told = Callable[["Child", Any], object]
"""Called with a worker and what it says."""


class Switchboard:
    """Connects all workers; the messages are described in ``fleet``. Its thread only.

    Args:
        places: of the workers.
        questions: those that are open.
        sockets: where their listening sockets are kept.
        heed: what is done about a message, by its name; of all that are not for other workers.
        say: tells the log something about a worker.

    """

    def __init__(
        self,
        places: Places,
        questions: Questions,
        sockets: KeptSockets,
        heed: dict[str, Told],
        say: Callable[[Child, str], object],
    ) -> None:
        self._places = places
        self._questions = questions
        self._sockets = sockets
        self._heed = {
            **heed,
            "answer": self._answer,
            "ask": self._ask,
            "publish": self._publish,
        }
        self._say = say

    def hear(self, child: Child) -> None:
        """Do what a worker has asked for, as far as it has said anything."""
        sockets, told = child.mailbox.read()
        for held in sockets:
            self._sockets.keep(held)
        for what in told:
            for name in self._heed.keys() & what.keys():
                self._heed[name](child, what)

    def _answer(self, child: Child, what: dict[str, Any]) -> None:
        self._questions.answer(child, what["answer"], what["value"])

    def _ask(self, child: Child, what: dict[str, Any]) -> None:
        done = partial(self._answered, child, what["ask"])
        asked = self._places.serving()
        self._questions.ask(asked, what["what"], what["args"], _ANSWER_LIMIT, done)

    def _answered(self, child: Child, number: int, values: list[tuple[int, Any]]) -> None:
        try:
            child.say({"answered": number, "values": values})
        except ValueError:  # all together are too long
            child.say({"answered": number, "values": []})

    def _publish(self, child: Child, what: dict[str, Any]) -> None:
        message = {"deliver": what["publish"], "text": what["text"]}
        for other in self._places.children():
            heard = other.say(message)
            if other.hears and not heard:
                self._say(other, "reads nothing: topics are lost")
            other.hears = heard
