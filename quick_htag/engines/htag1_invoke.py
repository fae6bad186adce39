"""How methods and callbacks of htag 1 tags are called for a page.

htag wraps each callback in an asynchronous generator, for those that are generators themselves, and
tells a log of it: 9 us of a click. Most callbacks are plain functions, and give nothing.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from .htag1_message import Call


class Later:
    """What a method gives once it was awaited.

    Args:
        awaitable: gives it.

    """

    __slots__ = ("awaitable",)

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self.awaitable = awaitable


class Invoker:
    """Calls methods of tags. Session threads.

    Args:
        tag_class: ``Tag``.
        event_class: the class of events with these fields.

    """

    def __init__(self, tag_class: type, event_class: Callable[[str, tuple[str, ...]], Any]) -> None:
        # in a tag that has other ones an app says what its callbacks are called with
        self._on = tag_class.__dict__["__on__"]
        self._on_event = tag_class.__dict__["__on_event__"]
        self._event_class = event_class

    def invoked(self, tag: Any, call: Call) -> Any:
        """What a method of a tag gives, called by a page: nothing, a generator, or ``Later``."""
        method = getattr(tag, call.method)
        function = getattr(method, "__func__", None)
        if function is self._on or function is self._on_event:
            caller = tag._callbacks_[call.args[0]]
            if not caller._others:
                return self._called(caller.callback, tag, call, function is self._on_event)
        if method.__name__ == "__on_event__":
            callback, *args = call.args
            result = method(callback, call.event, *args, **call.kargs)
        else:
            tag._event = call.event
            result = method(*call.args, **call.kargs)
        if result is not None and inspect.iscoroutinefunction(method):
            return Later(result)
        return result

    def _called(self, callback: Callable[..., Any], tag: Any, call: Call, with_event: bool) -> Any:
        """What a callback gives, called as ``Tag.__on__`` and ``Tag.__on_event__`` do."""
        args = call.args[1:]
        if with_event:
            fields = call.event
            kind = self._event_class("event", ("target", *fields))
            result = callback(kind._make((tag, *fields.values())), *args, **call.kargs)
        else:
            tag._event = call.event
            if hasattr(callback, "__self__") and callback.__self__ == tag:
                result = callback(*args, **call.kargs)
            else:
                result = callback(tag, *args, **call.kargs)
        if result is not None and asyncio.iscoroutinefunction(callback):
            return Later(result)
        return result


def called(function: Callable[[], Any]) -> Any:
    """What a function gives, as a method of a tag gives it."""
    result = function()
    if inspect.isawaitable(result):
        return Later(_awaited(result))
    return result if inspect.isgenerator(result) or inspect.isasyncgen(result) else None


async def _awaited(awaitable: Awaitable[Any]) -> None:
    await awaitable
