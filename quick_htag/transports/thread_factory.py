"""The threads that run endpoints, made by the user's factory if there is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..logs import ERR_SOURCE_GENERAL_QS

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..type_names import ThreadFactory

NewThread = Callable[[Callable[[], object], str], threading.Thread]
"""``(target, name)``: a daemon thread that was not started."""


def new_thread(target: Callable[[], object], name: str) -> threading.Thread:
    """A thread of the standard library."""
    return threading.Thread(target=target, args=(), name=name, daemon=True)


def from_factory(factory: ThreadFactory | None, log: Log) -> NewThread:
    """Threads of a factory; where that fails, which is logged, plain ones, as work has to go on.

    Args:
        factory: called with ``target``, ``args``, ``name`` and ``daemon``, by keyword; None:
            ``threading.Thread``.
        log: where failures go.

    """
    if factory is None:
        return new_thread

    def make(target: Callable[[], object], name: str) -> threading.Thread:
        try:
            thread = factory(target=target, args=(), name=name, daemon=True)
            thread.daemon = True  # a request that hangs must not hold up the end of the program
        except Exception as error:  # noqa: BLE001 user code
            text = "thread_factory failed; it must return a thread that was not started"
            log.error(ERR_SOURCE_GENERAL_QS, text, error)
            return new_thread(target, name)
        return thread

    return make
