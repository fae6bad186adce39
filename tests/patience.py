"""Waiting for what nothing announces."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT = 60.0  # seconds; a busy machine takes its time, and only a failing test waits so long


def until(found: Callable[[], T], limit: float = LIMIT) -> T:
    """What ``found`` gives as soon as that is true.

    Raises:
        AssertionError: If it is not within ``limit`` seconds.
    """
    end = time.monotonic() + limit
    pause = threading.Event()
    while not (value := found()):
        assert time.monotonic() < end, "it did not become true in time"
        pause.wait(0.002)
    return value


def quick(action: Callable[[], object], seconds: float, limit: float = LIMIT) -> None:
    """Do something again and again until it takes less than ``seconds``.

    What is slow by itself is so each time; a busy machine is slow now and then.

    Raises:
        AssertionError: If it takes longer each time within ``limit`` seconds.
    """

    def is_quick() -> bool:
        begun = time.perf_counter()
        action()
        return time.perf_counter() - begun < seconds

    until(is_quick, limit)
