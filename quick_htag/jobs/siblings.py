"""Jobs that run in another worker of the same program, which is asked at once.

The archive tells that there is one; how far it is, and the pieces of a long result, are in the
memory of the worker it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ..stores.job import Job
    from .service import JobService

AskAll = Callable[..., list[tuple[int, Any]]]
"""``ask_all(name, *args)``: what each worker answers, by its index."""

LONGEST_PIECE: Final = 1024 * 1024  # characters of a piece of a result, in a message
_ITEMS: Final = 1024 * 1024  # characters of partial results in one answer; the rest comes next


def progress_of(service: JobService, job: Job, seen: Any) -> dict[str, Any]:
    """How far a job is, as its client is told.

    Args:
        service: whose job it is.
        job: it is alive.
        seen: how many partial results the client has; no number: it does not want any.

    """
    extra = items_of(job, seen)
    position = service.table.position(job)
    if position is not None:
        extra["position"] = position
    if job.told:
        extra["progress"] = {"fraction": job.fraction, "text": job.text}
    return extra


def items_of(job: Job, seen: Any) -> dict[str, Any]:
    """The partial results a client has not seen; ``seen`` says how many it has."""
    if not isinstance(seen, int) or seen < 0:
        return {}
    return {"first": seen, "items": [json.loads(text) for text in job.items[seen:]]}


class Siblings:
    """Asks the other workers. Any thread; waits for them.

    Args:
        ask_all: see above.
        prefix: of the names of the questions of this server, among those of a program.

    """

    def __init__(self, ask_all: AskAll, prefix: str = "") -> None:
        self._ask_all = ask_all
        self._prefix = prefix

    def _first(self, name: str, *args: Any) -> Any:
        found = (value for _, value in self._ask_all(self._prefix + name, *args))
        return next((value for value in found if value is not None), None)

    def progress(self, token: str, group: str, owner: str | None, seen: Any) -> dict[str, Any]:
        """How far a job is; empty: nobody knows."""
        return self._first("job progress", token, group, owner, seen) or {}

    def stop(self, token: str, group: str, owner: str | None) -> None:
        """A job is not wanted any more."""
        self._ask_all(f"{self._prefix}job stop", token, group, owner)

    def cargo(self, name: str, group: str, owner: str | None) -> str | None:
        """A piece of a result, which is forgotten there; None: nobody has it."""
        piece = self._first("job cargo", name, group, owner)
        return None if piece is None else str(piece)


class SiblingAnswers:
    """Answers such questions for one server. Any thread.

    Args:
        service: its jobs.

    """

    def __init__(self, service: JobService) -> None:
        self._service = service

    def answers(self, prefix: str = "") -> dict[str, Callable[..., Any]]:
        """By the name of the question, see ``Siblings`` for its prefix."""
        return {
            f"{prefix}job progress": self.progress,
            f"{prefix}job stop": self.stop,
            f"{prefix}job cargo": self.cargo,
        }

    def progress(
        self, token: str, group: str, owner: str | None, seen: Any
    ) -> dict[str, Any] | None:
        """How far a job is; None: it is not here."""
        job = self._service.table.find(token, group, owner)
        if job is None or not job.alive:
            return None
        extra = progress_of(self._service, job, None)
        if isinstance(seen, int) and seen >= 0:
            extra |= {"first": seen, "items": _some_items(job, seen)}
        return extra

    def stop(self, token: str, group: str, owner: str | None) -> bool | None:
        """Stop a job; None: it is not here."""
        job = self._service.table.find(token, group, owner)
        if job is None:
            return None
        self._service.cancel(job)
        return True

    def cargo(self, name: str, group: str, owner: str | None) -> str | None:
        """A piece of a result; None: it is not here."""
        return self._service.cargo.take(name, group, owner)


def _some_items(job: Job, seen: int) -> list[Any]:
    found: list[Any] = []
    size = 0
    for text in job.items[seen:]:
        size += len(text)
        if found and size > _ITEMS:
            break
        found.append(json.loads(text))
    return found
