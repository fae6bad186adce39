"""htag 2: hosts one ``AppRunner`` per instance, without starlette or uvicorn.

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
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed
from .base import PageParts
from .from_threads import HOME, Home, steady
from .htag2_message import read_event
from .htag2_patches import install
from .htag2_stand_ins import (
    HIDDEN_ERROR,
    NO_UPDATE,
    HostChannel,
    OwnCall,
    RenderRequest,
    variants,
    with_problem,
)
from .htag2_states import KeptStates, keeper
from .reports import PageReports, failing, reporting

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext, Payload, Values

ICON = '<link rel="icon" href="/logo.png">'  # of the root, where the server may have another page
DESTROY_LIMIT = 5.0  # seconds an asynchronous on_destroy gets


class Htag2Engine:
    """htag 2; patches it when built.

    Raises:
        ImportError: the installed htag is not of this generation, or lacks what it needs.

    """

    major = 2
    script = "htag2.js"

    def __init__(self) -> None:
        from htag import context, core, router, runner, tag

        install(core, context, router.Router, runner)
        self._runner_class: Any = runner.AppRunner
        self._current_request: contextvars.ContextVar[Any] = context.current_request
        self._core = core
        self._tags = tag.Tag

    def find_app(self, candidate: Any) -> Any | None:
        """The subclass of ``Tag.App`` in ``candidate``; ``Tag.App`` itself is no app."""
        if isinstance(candidate, ModuleType):
            candidate = getattr(candidate, "App", None)
        if not inspect.isclass(candidate) or candidate is self._runner_class:
            return None
        return candidate if issubclass(candidate, self._runner_class) else None

    def element(self, name: str, *children: Any, **attributes: Any) -> Any:
        """A tag; htag replaces "_" in its name."""
        return getattr(self._tags, name)(*children, **attributes)

    def text(self, text: str) -> Any:
        """A string: htag escapes it."""
        return text

    def build(self, app: Any, context: InstanceContext) -> Htag2Instance:
        """Build an instance; its loop is running on this thread.

        Raises:
            AppFailed: the app raised.

        """
        kept = context.kept
        states = None if kept is None else KeptStates(app, self._core, kept, context.error)
        return Htag2Instance(app, context, self._current_request, states)


class Htag2Instance:
    """One live htag 2 app.

    Args:
        app: its class.
        context: what the host gave.
        current_request: htag's variable of that name.
        states: those of its own; None: nothing is kept of them.

    Raises:
        AppFailed: the app raised while it was built.

    """

    def __init__(
        self,
        app: Any,
        context: InstanceContext,
        current_request: contextvars.ContextVar[Any],
        states: KeptStates | None = None,
    ) -> None:
        self._context = context
        self._states = states
        self._name = str(app.__name__)
        self._current_request = current_request
        self._request: Any = context.request
        self._calls: list[str] = []  # of the update being sent
        self._failure: BaseException | None = None  # what a render of the page raised
        self._rendered = False
        self._connected = False
        self._closed = False
        self.reports = PageReports(context.error)
        with self._entered(), failing(f"{self._name} could not be built"):
            self._own_context = contextvars.copy_context()
            self._home = Home(self._push_changes, self._ended, context.error)
            self._home.asker = context.asker
            self._home.save, self._home.follow = context.save, context.follow
            self._home.desk = context.desk
            self._app = app()
            self._app.__dict__[HOME] = self._home
            context.built(self._app)
            if states is not None:
                states.load(self._app)
            self._channel = HostChannel(context, self._name)
            self._take_over()
            self._app._trigger_mount()

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
        with self._entered(), failing(f"{self._name} could not be rendered"):
            if self._rendered:
                if self._connected:
                    self._flush()
                self._app._trigger_unmount()
                self._app._trigger_mount()
                self._push_tags()
            html = self._render(RenderRequest(request))
        self._rendered = True
        return PageParts(html)

    def connected(self) -> None:
        """Send what waited for a page, and start the asynchronous hooks of mounting."""
        self._connected = True
        with self._entered(), reporting(self._context.error, f"{self._name} could not be mounted"):
            self._flush()
            self._app._flush_pending_lifecycle_generators(self._channel)

    def snapshot(self) -> str:
        """A payload that redraws the whole page in place, or says that it cannot be drawn."""
        with self._entered():
            try:
                with failing(f"{self._name} could not be rendered"):
                    self._flush()
                    updates = {self._app.id: self._app.render_initial()}
                    statics: list[str] = []  # all of them; the page leaves out those it has
                    self._app.collect_statics(self._app, statics)
                    payload = {"action": "update", "updates": updates, "js": []}
                    return json.dumps({**payload, "statics": statics})
            except AppFailed as exc:
                told = self._context.failed(str(exc), exc.__cause__)
                trace = exc.trace if self._context.debug else HIDDEN_ERROR
                failed = {"action": "error", "traceback": trace, "result": None}
                return json.dumps(with_problem(failed, told))

    async def receive(self, message: Payload) -> None:
        """Handle an event of a page. Several may run at a time."""
        if self._ended():
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
            if not self._context.begin():
                return
            await self._app.handle_event(event, self._channel)
            if self._channel.failed:  # htag leaves the page without what was changed before
                self._channel.failed = False
                self._flush()
        except (Exception, SystemExit) as exc:  # noqa: BLE001 the app's code
            self._context.error(f"{self._name} could not handle an event", exc)

    async def run(self, function: Callable[[], Any]) -> None:
        """As htag calls the handler of an event."""
        if self._ended():
            return
        text = f"{self._name} could not be called"
        with self._entered(), reporting(self._context.error, text):
            try:
                result = function()
                if inspect.isawaitable(result):
                    await result
                elif inspect.isasyncgen(result):
                    async for _ in result:
                        await self._broadcast()
                elif inspect.isgenerator(result):
                    for _ in result:
                        await self._broadcast()
            except Exception as exc:  # noqa: BLE001 the app's own code
                self._context.error(f"a function of {self._name} failed", exc)
                trace = "".join(traceback.format_exception(exc))
                self._tell_failure(trace if self._context.debug else "Internal Server Error")
            await self._broadcast()

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
        with self._entered(), reporting(self._context.error, f"{self._name}.on_destroy failed"):
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
        self._plain_update: Callable[[float | None], None] = app.update
        self._plain_broadcast: Callable[..., Coroutine[Any, Any, None]] = app.broadcast_updates
        app.update = self._update
        app.broadcast_updates = self._broadcast
        app.render_initial = self._noting_failure(app.render_initial)
        app.collect_statics = self._noting_failure(steady(app.collect_statics))
        self._plain_collect = steady(app.collect_updates)
        app.collect_updates = self._collect_updates
        app.render_tag = steady(app.render_tag)

    def _update(self, throttle: float | None = None) -> None:
        """Schedule a push; takes the place of ``App.update``. Any thread.

        It runs in a context of this instance, not of who changed a shared ``State``.
        """
        if self._ended():
            return
        if not self._home.is_current():
            self._home.push(throttle)
            return
        self._push_soon(throttle)

    def _push_soon(self, throttle: float | None) -> None:
        context = self._own_context.copy()
        context.run(self._current_request.set, self._request)
        context.run(self._plain_update, throttle)

    def _push_changes(self, asked: list[Any]) -> None:
        """Push what other threads have changed; ``asked`` has tags, and values for throttling."""
        for throttle in {one if isinstance(one, (int, float)) else None for one in asked}:
            self._push_soon(throttle)

    async def _broadcast(
        self, result: Any = None, callback_id: str | None = None, ws: Any = None
    ) -> None:
        """Send what has changed; takes the place of ``App.broadcast_updates``.

        A result that JSON has no form for would lose the whole payload; the page gets null.
        """
        if self._ended():
            return
        if result is not None:
            try:
                json.dumps(result, allow_nan=False)  # browsers take no NaN
            except (TypeError, ValueError, RecursionError) as exc:
                self._context.error(f"the result of a handler of {self._name} is not JSON", exc)
                result = None
        asker = self._context.asker()
        if asker is None:
            await self._send_changes({}, None, result=result, callback_id=callback_id, ws=ws)
        else:
            answer = {"callback_id": callback_id, "result": result} if callback_id else {}
            await self._send_changes(answer, asker, ws=ws)

    async def _send_changes(
        self, answer: Mapping[str, object], asker: str | None, **options: Any
    ) -> None:
        """Let htag collect what has changed; complete it for the pages that get more."""
        self._calls = []
        held: list[str] = []
        self._channel.held = held
        try:
            await self._plain_broadcast(**options)
        finally:
            self._channel.held = None
        calls, self._calls = self._calls, []
        if not held and (calls or answer):
            held.append(NO_UPDATE)
        for text in held:
            # an answer is the end of a handler, steps of a generator have none
            self._context.send_for(text, variants(text, calls, answer, asker), last=bool(answer))

    def _collect_updates(self, tag: Any, updates: dict[str, str], calls: list[str]) -> None:
        """Leave the calls that are for one page out of the payload for all."""
        self._plain_collect(tag, updates, calls)
        self._calls = list(calls)
        if any(isinstance(call, OwnCall) for call in calls):
            calls[:] = [call for call in calls if not isinstance(call, OwnCall)]

    def _noting_failure(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, leaving a note of what it raised: ``_render_page`` swallows it."""

        def noting(*args: Any) -> Any:
            try:
                return function(*args)
            except Exception as exc:
                self._failure = exc
                raise

        return noting

    # -- parts -------------------------------------------------------------------------------------

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Run what is inside as code of this instance, with its request as the current one."""
        token = self._current_request.set(self._request)
        making = keeper.set(self._states)
        try:
            yield
        finally:
            # a coroutine may be collected in another context, which is not ours to change
            with suppress(ValueError):
                keeper.reset(making)
                self._current_request.reset(token)

    def _ended(self) -> bool:
        return self._closed or self._context.closed()

    def _render(self, request: RenderRequest) -> str:
        self._failure = None
        token = self._current_request.set(request)
        try:
            html: str = self._app._render_page()
        finally:
            self._current_request.reset(token)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return html.replace(ICON, "", 1)

    def _flush(self) -> None:
        """Send what has changed, now: with our channel, a broadcast never waits."""
        broadcast = self._broadcast()
        try:
            broadcast.send(None)
        except StopIteration:
            return
        broadcast.close()
        raise RuntimeError("htag waited while it sent an update")

    def _push_tags(self) -> None:
        """Send changed tags and new statics, but leave JavaScript calls for the page to come."""
        app = self._app
        updates: dict[str, str] = {}
        calls: list[str] = []
        self._plain_collect(app, updates, calls)
        for call in calls:
            app.call_js(call)
        statics: list[str] = []
        app.collect_statics(app, statics)
        new = [text for text in statics if text not in app.sent_statics]
        if updates or new:
            payload = {"action": "update", "updates": updates, "js": [], "statics": new}
            self._context.send(json.dumps(payload))
