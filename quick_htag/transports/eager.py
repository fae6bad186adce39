"""Tasks whose first step is made at once, and not in the next round of their loop.

Most handlers of apps are plain functions: their task is done with its first step. Begun by
``create_task`` it takes a round of the loop to get there, and another one for who waits for its
end: 15 us of a click. It is an asyncio task all the same, so a handler that does wait goes on as
any other. Python 3.12 has this, as ``eager_start``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

T = TypeVar("T")

_Task: Any = asyncio.Task
_HAS_EAGER = sys.version_info >= (3, 12)


def start_now(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T], context: Context
) -> asyncio.Task[T]:
    """Begin a coroutine; its first step was made when this returns.

    To be called on the thread of the running loop, outside of its tasks.

    Args:
        loop: that runs.
        coroutine: what is to be done.
        context: the task gets a copy of it.

    """
    task: asyncio.Task[T]
    try:
        if _HAS_EAGER:
            own = context.copy()
            task = _Task(coroutine, loop=loop, context=own, eager_start=True)
        else:
            task, step, own = _prepared(loop, coroutine, context)
            own.run(step)
    except (SystemExit, KeyboardInterrupt) as error:
        # asyncio lets these through; whoever calls this has others to look after
        loop.call_soon(_raise, error)
        task = loop.create_future()  # type: ignore[assignment]
        task.cancel()
    return task


def _prepared(
    loop: Any, coroutine: Coroutine[Any, Any, T], context: Context
) -> tuple[asyncio.Task[T], Callable[[], object], Context]:
    """A task, its first step, and what that is to be made in.

    A task asks its loop, once, to call its first step soon: here the loop only notes it.
    """
    noted: list[tuple[Callable[[], object], Context]] = []

    def note(step: Callable[[], object], *, context: Context) -> None:
        noted.append((step, context))

    loop.call_soon = note
    try:
        task: asyncio.Task[T] = context.run(_Task, coroutine, loop=loop)
    finally:
        del loop.call_soon
    return task, *noted[0]


def _raise(error: BaseException) -> None:
    raise error
