"""One live htag 2 app, an ``AppRunner``, without starlette or uvicorn.

Rules of this file: htag never gets a connection, only one channel of ours for life, so that every
payload goes out once; everything runs on the thread of the session, and what other threads change
is pushed from there.

A change made on another thread is pushed after it was made. htag locks single tags only: several
changes are not one step, and a render meanwhile may show the first without the second until the
push that follows; ``from_threads.changing`` makes them one.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import traceback
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import AppFailed
from .base import PageParts
from .from_threads import HOME, Home, Steady
from .htag2_changes import NOTHING, Changed, Changes
from .htag2_events import Events, EventWords
from .htag2_message import read_event
from .htag2_page import document
from .htag2_patches import BROADCAST
from .htag2_stand_ins import (
    HIDDEN_ERROR,
    NO_UPDATE,
    HostChannel,
    answer_fields,
    variants,
    with_problem,
)
from .htag2_states import KeptStates, keeper
from .htag2_writer import Words, Writer
from .reports import PageReports, failing, reporting

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext, Payload, Values

DESTROY_LIMIT = 5.0  # seconds an asynchronous on_destroy gets


class Htag2(NamedTuple):
    """What instances need of the installed htag.

    Attributes:
        current_request: its variable of that name.
        words: its classes, and what it has for writing tags.
        events: what it has for events.

    """

    current_request: contextvars.ContextVar[Any]
    words: Words
    events: EventWords


class _Entered:
    """Runs what is inside as code of an instance, with its request as the current one."""

    __slots__ = ("_instance", "_making", "_token")

    def __init__(self, instance: Htag2Instance) -> None:
        self._instance = instance

    def __enter__(self) -> None:
        instance = self._instance
        self._token = instance._current_request.set(instance._request)
        states = instance._states  # mostly none, in a context that has none
        self._making = None if keeper.get() is states else keeper.set(states)

    def __exit__(self, *failure: object) -> None:
        try:
            if self._making is not None:
                keeper.reset(self._making)
            self._instance._current_request.reset(self._token)
        except ValueError:  # a coroutine may be collected in another context: not ours to change
            return


class Htag2Instance:
    """One live htag 2 app.

    Args:
        app: its class.
        context: what the host gave.
        htag: what of the installed htag is needed.
        states: those of its own; None: nothing is kept of them.

    Raises:
        AppFailed: the app raised while it was built.

    """

    def __init__(
        self,
        app: Any,
        context: InstanceContext,
        htag: Htag2,
        states: KeptStates | None = None,
    ) -> None:
        self._context = context
        self._states = states
        self._name = str(app.__name__)
        self._htag = htag
        self._current_request = htag.current_request
        self._request: Any = context.request
        self._rendered = False
        self._connected = False
        self._closed = False
        self._events: Events | None = None  # made for the first one
        self._reports: PageReports | None = None
        with _Entered(self), failing(f"{self._name} could not be built"):
            self._own_context = contextvars.copy_context()
            self._home = Home(self, context, context=self._own_context)
            self._app = app()
            self._app.__dict__[HOME] = self._home
            context.built(self._app)
            if states is not None:
                states.load(self._app)
            self._channel = HostChannel(context, self._name)
            self._take_over()
            self._app._trigger_mount()

    @property
    def reports(self) -> PageReports:
        """Of what its pages did wrong, which most never do."""
        if self._reports is None:
            self._reports = PageReports(self._context.error)
        return self._reports

    def accepts(self, request: Request) -> bool:
        """Any page: an htag 2 app reads the query from ``self.request``."""
        return True

    def page(self, request: Request) -> PageParts:
        """Render the page.

        Rendering clears the marks of what has changed, so changes are sent to the other pages
        before. JavaScript calls made by mounting are kept: they are for the page that comes.

        Raises:
            AppFailed: the app raised.

        """
        self._request = self._app.htag_request = request
        with _Entered(self), failing(f"{self._name} could not be rendered"):
            if self._rendered:
                if self._connected:
                    self._flush()
                self._app._trigger_unmount()
                self._app._trigger_mount()
                self._push_tags()
            html = document(self._app, request, self._current_request)
        self._rendered = True
        return PageParts(html)

    def connected(self) -> None:
        """Send what waited for a page, and start the asynchronous hooks of mounting."""
        self._connected = True
        with _Entered(self), reporting(self._context.error, f"{self._name} could not be mounted"):
            self._flush()
            self._app._flush_pending_lifecycle_generators(self._channel)

    def snapshot(self) -> str:
        """A payload that redraws the whole page in place, or says that it cannot be drawn."""
        with _Entered(self):
            try:
                with failing(f"{self._name} could not be rendered"):
                    self._flush()
                    updates = {self._app.id: self._app.render_initial()}
                    statics: list[str] = []  # all of them; the page leaves out those it has
                    Steady(self._app.collect_statics)(self._app, statics)
                    payload = {"action": "update", "updates": updates, "js": []}
                    return json.dumps({**payload, "statics": statics})
            except AppFailed as exc:
                told = self._context.failed(str(exc), exc.__cause__)
                trace = exc.trace if self._context.debug else HIDDEN_ERROR
                failed = {"action": "error", "traceback": trace, "result": None}
                return json.dumps(with_problem(failed, told))

    async def receive(self, message: Payload) -> None:
        """Handle an event of a page. Several may run at a time."""
        context = self._context
        if self.ended():
            return
        if message.get("action") == "log_error":
            self.reports.script_error(message.get("error"))
            return
        try:
            event = read_event(message)
        except ValueError as exc:
            self.reports.refused(str(exc))
            return
        # for good: this is a task of the event; two context managers would be 4 us
        self._current_request.set(self._request)
        keeper.set(self._states)
        try:
            if not context.begin():
                return
            events = self._events
            if events is None:
                events = self._events = Events(
                    self._app, self._channel, self._send_changes, self._htag.events
                )
            left = events.handle(event, context.asker())
            if left is not None:
                await left
            if self._channel.failed:  # htag leaves the page without what was changed before
                self._channel.failed = False
                self._flush()
        except (Exception, SystemExit) as exc:  # noqa: BLE001 the app's code
            context.error(f"{self._name} could not handle an event", exc)

    async def run(self, function: Callable[[], Any]) -> None:
        """As htag calls the handler of an event."""
        if self.ended():
            return
        text = f"{self._name} could not be called"
        with _Entered(self), reporting(self._context.error, text):
            try:
                result = function()
                if inspect.isawaitable(result):
                    await result
                elif inspect.isasyncgen(result):
                    async for _ in result:
                        self._flush()
                elif inspect.isgenerator(result):
                    for _ in result:
                        self._flush()
            except Exception as exc:  # noqa: BLE001 the app's own code
                self._context.error(f"a function of {self._name} failed", exc)
                trace = "".join(traceback.format_exception(exc))
                self._tell_failure(trace if self._context.debug else "Internal Server Error")
            self._flush()

    def _tell_failure(self, text: str) -> None:
        """The page whose event it was shows an error."""
        error = json.dumps({"action": "error", "traceback": text, "result": None})
        asker = self._context.asker()
        if asker is None:
            self._context.send(error)
        else:
            self._context.send_for(NO_UPDATE, {asker: error})

    def states(self) -> Values:
        """The values of the ``States`` of this instance."""
        return {} if self._states is None else self._states.values(self._app)

    async def close(self) -> None:
        """Run ``on_destroy``; every later push does nothing."""
        if self._closed:
            return
        with _Entered(self), reporting(self._context.error, f"{self._name}.on_destroy failed"):
            result = self._app.on_destroy()
            if inspect.isawaitable(result):
                await asyncio.wait_for(result, DESTROY_LIMIT)
        self._closed = True
        handle = getattr(self._app, "_update_handle", None)
        if handle is not None:
            handle.cancel()
        for _, hook in getattr(self._app, "_pending_lifecycle_generators", ()):
            if hasattr(hook, "close"):  # a coroutine that never ran would warn; some have none
                hook.close()
        self._app.websockets.clear()

    # -- taking htag's place -----------------------------------------------------------------------

    def _take_over(self) -> None:
        """Set what htag's own server would set, and stand between htag and its callers."""
        app = self._app
        app.debug = self._context.debug
        app.exit_on_disconnect = False
        app.parano_key = None
        app.htag_csrf = None
        app.htag_request = self._request
        app.websockets.add(self._channel)
        if not hasattr(app, "exit"):  # htag 2 has none; apps of htag 1 know it
            app.exit = self._context.leave
        own = app.__dict__
        # each method kept would be an object more of each app; mostly that of its class is meant
        self._plain_update: Callable[[float | None], None] | None = own.get("update")
        app.update = self._update
        own[BROADCAST] = self
        self._writer = app.render_tag = Writer(self._htag.words, app)

    @cached_property
    def _changes(self) -> Changes:
        """Finds what has changed. Made for the first event or push; the page does without."""
        app = self._app
        found = Changes(app, self._htag.words, self._writer)
        app.find_tag = found.find
        return found

    def _update(self, throttle: float | None = None) -> None:
        """Schedule a push; takes the place of ``App.update``. Any thread.

        It runs in a context of this instance, not of who changed a shared ``State``.
        """
        if self.ended():
            return
        if not self._home.is_current():
            self._home.push(throttle)
            return
        self._push_soon(throttle)

    def _push_soon(self, throttle: float | None) -> None:
        context = self._own_context.copy()
        context.run(self._current_request.set, self._request)
        if self._plain_update is None:
            context.run(type(self._app).update, self._app, throttle)
        else:
            context.run(self._plain_update, throttle)

    def push_changes(self, asked: list[Any]) -> None:
        """Push what other threads have changed; ``asked`` has tags, and values for throttling."""
        for throttle in {one if isinstance(one, (int, float)) else None for one in asked}:
            self._push_soon(throttle)

    async def broadcast(
        self, result: Any = None, callback_id: str | None = None, ws: Any = None
    ) -> None:
        """Takes the place of ``App.broadcast_updates``."""
        self._send_changes(result, callback_id, self._context.asker())

    def _send_changes(self, result: Any, callback_id: str | None, asker: str | None) -> None:
        """Send what has changed.

        A result that JSON has no form for would lose the whole payload; the page gets null.

        Args:
            result: of a handler.
            callback_id: what the page calls the question.
            asker: id of the page.

        """
        if self.ended():
            return
        answer = answer_fields(callback_id) if result is None else self._answer(result, callback_id)
        try:
            changed = self._changes.collect()
        except Exception:  # noqa: BLE001 the app's code, which renders
            self._channel.tell(self._render_failed(callback_id if asker is None else None))
            if asker is None:
                return
            changed = NOTHING
        if not answer and not any(changed):
            return
        text = changed.text()
        if asker is None:
            text = f"{text[:-1]}{answer}}}" if answer else text
            self._context.send_for(text, variants(text, changed.calls, "", None))
            return
        own = variants(text, changed.calls, answer, asker)
        # an answer is the end of a handler, steps of a generator have none
        last = self._context.send_last if answer else None
        if last is None:
            self._context.send_for(text, own)
        else:
            last(text, own, asker)

    def _answer(self, result: Any, callback_id: str | None) -> str:
        try:
            # browsers take no NaN
            return answer_fields(callback_id, json.dumps(result, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as exc:
            self._context.error(f"the result of a handler of {self._name} is not JSON", exc)
        return answer_fields(callback_id)

    def _render_failed(self, callback_id: str | None) -> str:
        """What htag tells pages when a tag cannot be rendered; called where that was caught."""
        trace = traceback.format_exc() if self._context.debug else HIDDEN_ERROR
        failed = {
            "action": "error",
            "traceback": trace,
            "callback_id": callback_id or None,
            "result": None,
        }
        return json.dumps(failed)

    # -- parts -------------------------------------------------------------------------------------

    def ended(self) -> bool:
        """Whether it has ended. Any thread."""
        return self._closed or self._context.closed()

    def _flush(self) -> None:
        """Send what has changed, now."""
        self._send_changes(None, None, self._context.asker())

    def _push_tags(self) -> None:
        """Send changed tags and new statics, but leave JavaScript calls for the page to come."""
        app = self._app
        changed = self._changes.collect(statics=False)
        for call in changed.calls:
            app.call_js(call)
        statics: list[str] = []  # which the page to come has anyway, so they do not count as sent
        Steady(app.collect_statics)(app, statics)
        new = [text for text in statics if text not in app.sent_statics]
        if changed.updates or new:
            self._context.send(Changed(changed.updates, [], new).text())
