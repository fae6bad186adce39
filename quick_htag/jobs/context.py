"""What the function of a job may call: progress, and questions whether it was stopped.

The same functions work on a thread of the server, in a process of its own and on another machine:
whoever runs the job sets its link. Outside of a job they do nothing, so that a function can be
tested on its own. Threads that a job starts have no link; give them ``get_worker_check()``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from ..errors import WorkerDeath


class Link(Protocol):
    """The way from a running job to the table that has it. Any thread."""

    soft: bool
    """Whether the function wants to end by itself: then ``progress`` raises nothing."""

    def alive(self) -> bool:
        """Whether the job is still wanted."""

    def progress(self, fraction: float | None, text: str) -> None:
        """Tell how far it is."""

    def item(self, text: str) -> None:
        """Hand over a partial result, as JSON text."""


_link: ContextVar[Link | None] = ContextVar("quick_htag_job", default=None)


@contextmanager
def running(link: Link) -> Iterator[None]:
    """The code in the block is the job of ``link``."""
    before = _link.set(link)
    try:
        yield
    finally:
        _link.reset(before)


def is_worker_alive() -> bool:
    """Whether the job this is called in is still wanted; True outside of a job."""
    link = _link.get()
    return link is None or link.alive()


def get_worker_check() -> Callable[[], bool]:
    """A function that tells whether the job is still wanted, for any thread the job uses."""
    link = _link.get()
    return (lambda: True) if link is None else link.alive


def check() -> None:
    """End the job here if it was stopped; nothing happens outside of a job.

    Raises:
        WorkerDeath: the client, a time limit or the end of the server has stopped the job.

    """
    if not is_worker_alive():
        raise WorkerDeath


def progress(fraction: float | None = None, text: str = "") -> None:
    """Tell the client how far the job is; ends a job that was stopped, as ``check`` does.

    Cheap enough for every turn of a loop. Nothing happens outside of a job.

    Args:
        fraction: 0 to 1, what is outside is clipped; None: not known.
        text: what is being done, shown to the user.

    Raises:
        WorkerDeath: the job was stopped, and its endpoint is not ``soft_worker_death``.
        TypeError: ``fraction`` is no number.

    """
    link = _link.get()
    if link is None:
        return
    if fraction is not None:
        fraction = float(fraction)
        fraction = None if math.isnan(fraction) else min(max(fraction, 0.0), 1.0)
    if not link.soft and not link.alive():
        raise WorkerDeath
    link.progress(fraction, str(text))
