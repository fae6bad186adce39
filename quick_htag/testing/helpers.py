"""What the helpers of ``quick_htag.gui`` show in a page without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Notice(NamedTuple):
    """A message over the page.

    Attributes:
        text: what it says.
        level: how important it is.

    """

    text: str
    level: str


class Question(NamedTuple):
    """A dialog.

    Attributes:
        id: its number.
        kind: "confirm", "prompt" or "alert".
        text: what it asks.
        title: above that.
        labels: of its buttons, the one that agrees first.
        value: what the field of a prompt has.

    """

    id: int
    kind: str
    text: str
    title: str
    labels: tuple[str, ...]
    value: str


class PageHelpers:
    """What ``js/helpers.js`` does. On the thread of the page.

    Args:
        send: sends the server a message.

    Attributes:
        notices: what was shown, in order.
        questions: those that are open, in order.
        answers: what the next questions are answered with, as soon as they come.

    """

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self.notices: list[Notice] = []
        self.questions: list[Question] = []
        self.answers: list[Any] = []
        self._known: set[int] = set()
        self._send = send

    def take(self, message: dict[str, Any] | None) -> None:
        """A message of the server; None: it is for another page."""
        for kind, value in (message or {}).items():
            if kind == "notice":
                self.notices.append(Notice(value["text"], value["level"]))
            elif kind == "over":
                self._known.add(value)
                self.questions = [one for one in self.questions if one.id != value]
            elif kind == "ask" and value["id"] not in self._known:
                self._asked(value)

    def _asked(self, message: dict[str, Any]) -> None:
        self._known.add(message["id"])
        question = Question(
            message["id"],
            message["kind"],
            message["text"],
            message["title"],
            tuple(message[name] for name in ("yes", "no") if name in message),
            message.get("value", ""),
        )
        self.questions.append(question)
        if self.answers:
            self.answer(self.answers.pop(0))

    def answer(self, value: Any) -> None:
        """Answer the question the page shows, which is the oldest.

        Raises:
            AssertionError: nothing is asked.

        """
        assert self.questions, "nothing is asked"
        self._send({"answer": [self.questions.pop(0).id, value]})
