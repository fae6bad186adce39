"""The endpoint before a stream of events: its generator runs while a client listens."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConnectionClosed
from ..messages.event_stream import event_stream
from ..messages.server_sent_event import event_bytes
from .async_waiter import AsyncWaiter
from .entrance import find_session, save_off_loop, set_session
from .line import TRY_AGAIN_LATER

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..settings import Settings
    from ..type_names import EventArgs, ReqArgs
    from .handlers import Handlers
    from .line import Line

_TOO_SLOW = (TRY_AGAIN_LATER, "too slow")
_LAST_ID = "last-event-id"


class EventEntrance:
    """An endpoint function: answers with the events that a generator gives.

    Args:
        handler: called with the request and ``args``; what it gives other than an iterator is the
            answer, as that of a JSON endpoint.
        handlers: runs the generator.
        settings: how long a slow client is waited for.

    """

    def __init__(self, handler: Callable[..., Any], handlers: Handlers, settings: Settings) -> None:
        self._handler = handler
        self._handlers = handlers
        self._timeout = settings.websocket_send_timeout

    def __call__(self, req: Request, args: ReqArgs) -> Any:
        """The stream.

        Raises:
            HTTPError: 503, no room.

        """
        made = cast("EventArgs", args)
        find_session(req)
        set_session(req, made)
        made["last_event_id"] = str(req.headers.get(_LAST_ID, ""))
        over = made["gone"] = threading.Event()
        events = self._handler(req, made)
        on_loop = hasattr(events, "__anext__")
        if not on_loop and not hasattr(events, "__next__"):
            return events
        self._handlers.check_room(on_loop=on_loop)
        if on_loop:
            line = self._handlers.task_line(self._on_loop(req, made, events), req.raw_path, over)
        else:
            run = self._on_thread(req, made, events)
            line = self._handlers.thread_line(run, req.raw_path, over)
        return event_stream(req, line)

    def _on_thread(
        self, req: Request, args: EventArgs, events: Iterator[Any]
    ) -> Callable[[Line], None]:
        def run(line: Line) -> None:
            session = set_session(req, args)
            try:
                for event in events:
                    if event is None:  # nothing to tell: a moment at which it can be ended
                        if line.end is not None:
                            return
                        continue
                    data = event_bytes(event)
                    try:
                        line.wait(partial(line.offer, data), self._timeout)
                    except TimeoutError:
                        line.close(*_TOO_SLOW)
                        return
            except ConnectionClosed as error:
                if not line.is_end(error):
                    raise
            finally:
                close = getattr(events, "close", None)
                if close is not None:
                    close()
                if session is not None:
                    session.save()

        return run

    def _on_loop(
        self, req: Request, args: EventArgs, events: AsyncIterator[Any]
    ) -> Callable[[Line], Any]:
        async def run(line: Line) -> None:
            session = set_session(req, args)
            waiter = AsyncWaiter(line)
            sending = asyncio.ensure_future(self._send_all(line, waiter, events))
            ending = asyncio.ensure_future(waiter.until(lambda: line.end, None))
            try:
                await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ending.cancel()
                sending.cancel()  # also when this very task is: its generator is to end
                try:
                    with contextlib.suppress(asyncio.CancelledError):
                        await sending
                finally:
                    await save_off_loop(session)

        return run

    async def _send_all(self, line: Line, waiter: AsyncWaiter, events: AsyncIterator[Any]) -> None:
        try:
            async for event in events:
                if event is not None:
                    data = event_bytes(event)
                    try:
                        await waiter.until(partial(line.offer, data), self._timeout)
                    except TimeoutError:
                        line.close(*_TOO_SLOW)
                        return
                elif line.end is not None:
                    return
        except ConnectionClosed as error:
            if not line.is_end(error):
                raise
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
