"""Parts of a server that are made at their first use, with the modules that they need."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")

_LOCK = "_parts_lock"
_ENDS = "_parts_ends"


class _Later:
    """Makes an attribute when it is asked for; it is in the object itself from then on.

    Args:
        make: called once for each object, on the thread that asks first.

    """

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make
        self._name = make.__name__

    def __get__(self, instance: Any, owner: type | None = None) -> object:
        if instance is None:
            return self
        parts = vars(instance)
        with _lock(parts):
            if self._name not in parts:
                part = parts[self._name] = self._make(instance)
                end = parts.get(_ENDS, {}).get(self._name)
                if end is not None:
                    end(part)
            return parts[self._name]


def _lock(parts: dict[str, Any]) -> Any:
    """One for all parts of an object, because one may need another."""
    lock = parts.get(_LOCK)
    # setdefault is one step for other threads: all get the same
    return parts.setdefault(_LOCK, threading.RLock()) if lock is None else lock


def later(make: Callable[[Any], T]) -> T:
    """An attribute that the decorated method makes when it is used first. Any thread."""
    return cast("T", _Later(make))


def made(instance: object, name: str) -> Any:
    """An attribute that was made, or None: to end what was begun, without beginning it."""
    parts = vars(instance)
    with _lock(parts):  # who makes it has it soon
        return parts.get(name)


def end_later_ones(instance: object, **ends: Callable[[Any], object]) -> None:
    """The object ends: parts that are made from now on are ended at once.

    Args:
        instance: the object.
        ends: how, by the name of the part.

    """
    parts = vars(instance)
    with _lock(parts):
        parts[_ENDS] = ends
