"""An event, handled as ``AppRunner.handle_event`` handles it, which takes 4 us more.

htag writes the event down for a log that does not get it, asks each callback whether it is a
coroutine function before it calls it, and sends what has changed by a task's way. Here a callback
that gives nothing is asked nothing. Apps with such methods of their own, and those of an htag whose
``handle_event`` is another one, have their events handled by them.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import traceback
from collections.abc import Callable, Coroutine
from logging import INFO
from typing import TYPE_CHECKING, Any, NamedTuple

from .from_threads import Steady, was_changed
from .htag2_stand_ins import HIDDEN_ERROR
from .htag2_writer import is_of_htag

if TYPE_CHECKING:
    from .htag2_stand_ins import HostChannel

# what the method uses whose work is done here; another one uses other names
_NAMES = """
Event Exception GTag HtagEventError StopIteration
_flush_pending_lifecycle_generators _get_events _obf_dumps _push_to_fallback
_set_attr_direct asyncio broadcast_updates close debug dict error exceptions
find_tag format_exc get getattr id info inspect isasyncgen iscoroutine
iscoroutinefunction isgenerator isinstance logger next print put_nowait
send_text sse_queues str tag traceback value
"""
_TAKEN_OVER = ("handle_event", "broadcast_updates")
_SYNCED = ("value", "checked", "name")  # what elements hold, by the names of htag
_NO_CALLBACK = object()


class EventWords(NamedTuple):
    """What the installed htag has for events.

    Attributes:
        event_class: ``Event``.
        error_class: ``HtagEventError``.
        logger: of htag.
        tag_class: ``GTag``.
        runner_class: ``AppRunner``.
        are_known: it handles events as it is done here.

    """

    event_class: Any
    error_class: Any
    logger: Any
    tag_class: Any
    runner_class: Any
    are_known: bool


def event_words(runner_module: Any, tag_class: Any) -> EventWords:
    """Find out what ``htag.runner`` has."""
    runner_class = runner_module.AppRunner
    code = getattr(runner_class.handle_event, "__code__", None)
    if code is None or {*code.co_names} != {*_NAMES.split()}:
        return EventWords(None, None, None, tag_class, runner_class, are_known=False)
    from htag.exceptions import HtagEventError

    event_class, logger = runner_module.Event, runner_module.logger
    return EventWords(event_class, HtagEventError, logger, tag_class, runner_class, are_known=True)


class Events:
    """Handles the events of one app. Session thread only.

    Args:
        app: the app.
        channel: what htag takes for its websocket.
        send: sends what has changed, with a result for a callback of a page, which comes last.
        words: what htag has.

    """

    __slots__ = ("_app", "_channel", "_known", "_send", "_words")

    def __init__(
        self,
        app: Any,
        channel: HostChannel,
        send: Callable[[Any, str | None, str | None], object],
        words: EventWords,
    ) -> None:
        self._app = app
        self._channel = channel
        self._send = send
        self._words = words
        kind = words.runner_class
        self._known = words.are_known and all(is_of_htag(app, name, kind) for name in _TAKEN_OVER)

    def handle(self, message: dict[str, Any], page: str | None) -> Coroutine[Any, Any, None] | None:
        """Takes the place of ``handle_event``.

        Args:
            message: see ``read_event``.
            page: whose event it is.

        Returns:
            what is left to be awaited; None, after most handlers: nothing, and no coroutine was
            made for it.

        """
        app = self._app
        own = app.__dict__
        if not self._known or "handle_event" in own or "broadcast_updates" in own:
            left: Coroutine[Any, Any, None] = app.handle_event(message, self._channel)
            return left
        data = message["data"]
        callback_id = data.get("callback_id")
        try:
            target = app.find_tag(app, message["id"])
        except RuntimeError as error:  # another thread changed what was walked over
            if not was_changed(error):
                raise
            target = Steady(app.find_tag)(app, message["id"])
        if not target:
            if callback_id:
                self._send(None, callback_id, page)
        else:
            for name in _SYNCED:
                if name in data:
                    target._set_attr_direct(name, data[name])
            callback = target._get_events().get(message["event"], _NO_CALLBACK)
            if callback is not _NO_CALLBACK and not isinstance(callback, str):
                return self._run(callback, target, message, page)
            self._send(None, callback_id, page)
            if callback is not _NO_CALLBACK:  # JavaScript, for the page only
                return None
        app._flush_pending_lifecycle_generators(self._channel)
        return None

    def _run(
        self, callback: Any, target: Any, message: dict[str, Any], page: str | None
    ) -> Coroutine[Any, Any, None] | None:
        """Call a handler, and send what comes of it."""
        words, callback_id = self._words, message["data"].get("callback_id")
        logger = words.logger
        if logger.isEnabledFor(INFO):
            logger.info("Event '%s' on tag %s (id: %s)", message["event"], target.tag, target.id)
        event = words.event_class(target, message)
        try:
            result = callback(event)
            if result is not None:
                return self._go_on(callback, result, callback_id, page)
            self._send(None, callback_id, page)
        except Exception:  # noqa: BLE001 the app's own code
            self._tell_failure(callback_id)
            return None
        self._app._flush_pending_lifecycle_generators(self._channel)
        return None

    async def _go_on(
        self, callback: Any, result: Any, callback_id: str | None, page: str | None
    ) -> None:
        """Send what comes of a handler that has given something."""
        try:
            self._send(await self._result(callback, result, page), callback_id, page)
        except Exception:  # noqa: BLE001 the app's own code
            self._tell_failure(callback_id)
            return
        self._app._flush_pending_lifecycle_generators(self._channel)

    def _tell_failure(self, callback_id: str | None) -> None:
        """To be called where it was caught."""
        shown = traceback.format_exc() if self._app.debug else HIDDEN_ERROR
        failed = {"action": "error", "traceback": shown, "callback_id": callback_id}
        self._channel.tell(json.dumps({**failed, "result": None}))

    async def _result(self, callback: Any, result: Any, page: str | None) -> Any:
        """What a handler has given, in the end; what it changes on the way is sent."""
        if asyncio.iscoroutinefunction(callback):
            result = await result
        elif inspect.iscoroutine(result):
            result.close()
            name = getattr(callback, "__name__", str(callback))
            raise self._words.error_class(
                f"Callback '{name}' returned a coroutine. If you call async functions, the "
                "callback itself must be declared 'async def' and use 'await'."
            )
        if inspect.isasyncgen(result):
            async for _ in result:
                self._send(None, None, page)
            return None
        if inspect.isgenerator(result):
            return self._drive(result, page)
        return True if isinstance(result, self._words.tag_class) else result

    def _drive(self, steps: Any, page: str | None) -> Any:
        try:
            while True:
                next(steps)
                self._send(None, None, page)
        except StopIteration as end:
            result = end.value
            return True if isinstance(result, self._words.tag_class) else result
