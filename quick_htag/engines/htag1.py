"""htag 1: hosts one ``HRenderer`` per instance.

Rules of this file: everything runs on the thread of the session, inside the scope of its instance;
``interact`` runs under a lock, one step at a time, because two that overlap see each other's
half-done changes; an update never takes that lock, because handlers await it.
"""

from __future__ import annotations

import asyncio
import html
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed
from .base import PageParts
from .from_threads import HOME, Home, steady
from .htag1_arguments import Arguments, BuildOnce, read_arguments
from .htag1_message import Call, read_call
from .htag1_patches import EMITTED, Scope, install
from .htag1_updates import Updates
from .reports import PageReports, failing, reporting

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext, Payload, Values

# what htag's page script calls to send; the client of the host is there before it
PAGE_SCRIPT = "function interact(o) { window.quick_htag.send(o); }"
RUN = "_quick_htag_run"  # attribute of the app while it is called
HIDDEN_ERROR = "the application failed, see the server's log"
PUSH_INTERVAL = 0.05  # seconds between two pushes that threads ask for, as htag 2 has it
CLOSE_LIMIT = 5.0  # seconds the generators of an app get to end


class Htag1Engine:
    """htag 1; patches it when built.

    Raises:
        ImportError: the installed htag is not of this generation.

    """

    major = 1
    script = "htag1.js"

    def __init__(self) -> None:
        from htag import render, tag
        from htag.runners.commons import url2ak

        install(tag, render)
        self._tag_class: Any = tag.Tag
        self._renderer_class: Any = render.HRenderer
        self._parse_query = url2ak

    def find_app(self, candidate: Any) -> Any | None:
        """The subclass of ``Tag`` in ``candidate``; ``Tag`` itself is no app."""
        if isinstance(candidate, ModuleType):
            candidate = getattr(candidate, "App", None)
        if not inspect.isclass(candidate) or candidate is self._tag_class:
            return None
        return candidate if issubclass(candidate, self._tag_class) else None

    def arguments(self, app: Any, request: Request) -> Arguments:
        """What ``app`` is to be built with for this page request."""
        return read_arguments(app, request.query_string, self._parse_query)

    def element(self, name: str, *children: Any, **attributes: Any) -> Any:
        """A tag; htag replaces "_" in its name."""
        return getattr(self._tag_class, name)(list(children), **attributes)

    def text(self, text: str) -> Any:
        """Escaped: htag writes strings into the page as they are."""
        return html.escape(text, quote=False)

    def build(self, app: Any, context: InstanceContext) -> Htag1Instance:
        """Build an instance; its loop is running on this thread.

        Raises:
            AppFailed: the app raised.

        """
        arguments = self.arguments(app, context.request)
        if arguments.ignored:
            names = ", ".join(arguments.ignored)[:200]
            context.error(f"{app.__name__}: ignored in the query of the page: {names}", None)
        scope = Scope(self._tag_class)
        with scope.entered(), failing(f"{app.__name__} could not be built"):
            renderer = self._renderer_class(
                BuildOnce(app),
                PAGE_SCRIPT,
                exit_callback=_no_value(context.leave),
                init=(arguments.args, arguments.kargs),
                fullerror=True,  # for us; what a page gets to see is decided below
                session=context.session,
            )
            if type(renderer.tag) is not app:  # htag shows a page with the error instead
                raise scope.failure or RuntimeError("".join(map(str, renderer.tag.childs)))
            context.built(renderer.tag)
        return Htag1Instance(self, app, context, scope, renderer)


def as_method(function: Callable[[], Any]) -> Callable[[], Any]:
    """``function`` as htag takes it for a method: it gives None, or is a generator."""

    async def call() -> Any:
        result = function()
        if inspect.isawaitable(result):
            await result
            return None
        return result if inspect.isgenerator(result) or inspect.isasyncgen(result) else None

    return call


def _no_value(function: Any) -> Any:
    """``function`` as htag takes it for a method: a function that returns None."""

    def leave() -> None:
        function()

    return leave


def _drawn(tag: Any) -> Any:
    """The tag, or the one around it when it is a placeholder, which no element stands for."""
    while tag.tag is None and tag.parent is not None:
        tag = tag.parent
    return tag


def _inside(tag: Any, others: list[Any]) -> bool:
    """Whether one of the others contains the tag."""
    around = tag.parent
    while around is not None:
        if any(around is other for other in others):
            return True
        around = around.parent
    return False


class Htag1Instance:
    """One live htag 1 app.

    Args:
        engine: who built it.
        app: its class.
        context: what the host gave.
        scope: its tags.
        renderer: its ``HRenderer``.

    """

    def __init__(
        self, engine: Htag1Engine, app: Any, context: InstanceContext, scope: Scope, renderer: Any
    ) -> None:
        self._engine = engine
        self._app = app
        self._context = context
        self._scope = scope
        self._renderer = renderer
        self._arguments = engine.arguments(app, context.request)
        self._lock = asyncio.Lock()  # held while ``interact`` runs
        self._rendered = False
        self._closed = False
        self.reports = PageReports(context.error)
        self._own: dict[str, list[str]] = {}  # scripts of handlers, by the page they are for
        scope.root = renderer.tag
        self._add_script = renderer._addInteractionScript
        renderer._addInteractionScript = self._add_script_for
        renderer.sendactions = self._send_actions
        renderer._mkReponse = steady(renderer._mkReponse)
        renderer.update = Updates(renderer.update, scope, context.error, self._ended).update
        with scope.entered():
            home = Home(self._push_tags, self._ended, context.error, PUSH_INTERVAL)
        home.save, home.follow, home.desk = context.save, context.follow, context.desk
        renderer.tag.__dict__[HOME] = home

    def accepts(self, request: Request) -> bool:
        """Whether the page asks for the same arguments; others mean another instance."""
        wanted = self._engine.arguments(self._app, request)
        return (wanted.args, wanted.kargs) == (self._arguments.args, self._arguments.kargs)

    def page(self, request: Request) -> PageParts:
        """Render the page.

        The scripts htag puts into ``start()`` are those of construction. Later pages run those of
        the tags there are by then, and no one-shot call a second time.

        Raises:
            AppFailed: the app raised.

        """
        with self._scope.entered(), failing(f"{self._name} could not be rendered"):
            document = str(self._renderer)
            script = "start()"
            if self._rendered:
                script = f"action({json.dumps({'post': self._all_scripts()})})"
        self._rendered = True
        return PageParts(document, script)

    def connected(self) -> None:
        """A page has connected; htag 1 has nothing that waits for it."""

    def snapshot(self) -> str:
        """A payload that redraws the whole page in place, or says that it cannot be drawn."""
        with self._scope.entered():
            try:
                with failing(f"{self._name} could not be rendered"):
                    return json.dumps(self._redraw())
            except AppFailed as exc:
                told = self._context.failed(str(exc), exc.__cause__)
                return json.dumps(self._error(exc.trace, told))

    async def receive(self, message: Payload) -> None:
        """Handle a call of a page: one reply, or one for each step of a generator.

        Several may run at a time; each waits for its turn between steps.
        """
        if self._ended():
            return
        try:
            call = read_call(message)
        except ValueError as exc:
            self.reports.refused(str(exc))
            return
        with (
            self._scope.entered(),
            reporting(self._context.error, f"{self._name} could not handle an event"),
        ):
            await self._handle(call)

    def states(self) -> Values:
        """None: ``tag.state`` is a part of the session."""
        return {}

    async def close(self) -> None:
        """End the generators that wait; every later push is refused."""
        self._closed = True
        self._renderer.sendactions = None
        with self._scope.entered():
            ends = [self._end_generator(key) for key in list(self._renderer._loop)]
            try:
                await asyncio.wait_for(asyncio.gather(*ends), CLOSE_LIMIT)
            except asyncio.TimeoutError:
                self._context.error(f"{self._name}: a generator did not end in time", None)
        self._scope.close()

    # -- calls of the page -------------------------------------------------------------------------

    async def _handle(self, call: Call) -> None:
        async def first() -> bool:
            tag = self._reachable(call)  # kept meanwhile: an id is used again when it dies
            if tag is None or self._ended() or not self._context.begin():
                return False
            return await self._interact(call.tag_id, call.method, call.args, call.kargs, call.event)

        await self._steps(first)

    async def run(self, function: Callable[[], Any]) -> None:
        """Let htag call it as a method of the app, so that it finds out what has changed."""
        if self._ended():
            return
        app = self._renderer.tag
        called = as_method(function)

        async def first() -> bool:
            app.__dict__[RUN] = called
            try:
                return await self._interact(id(app), RUN, [], {}, None)
            finally:
                del app.__dict__[RUN]

        with (
            self._scope.entered(),
            reporting(self._context.error, f"{self._name} could not be called"),
        ):
            await self._steps(first)

    async def _steps(self, first: Callable[[], Awaitable[bool]]) -> None:
        """Do a step under the lock, and the others if it began a generator."""
        generators = self._renderer._loop
        key = None
        try:
            async with self._lock:
                before = set(generators)
                try:
                    more = await first()
                finally:
                    key = next(iter(generators.keys() - before), None)
            while more and not self._ended():
                await asyncio.sleep(0)  # an endless generator leaves room for others
                async with self._lock:
                    more = await self._interact(key, None, None, None, None)
        finally:
            await self._end_generator(key)

    def _reachable(self, call: Call) -> Any:
        """The tag a call is for, if the page was given that call; else None, and it is reported."""
        tag = self._scope.find(call.tag_id)
        if tag is None:
            self.reports.refused(f"there is no tag {call.tag_id}")
            return None
        if call.method in ("__on__", "__on_event__"):
            callback = call.callback
            if isinstance(callback, str) and callback in tag._callbacks_:
                return tag
        elif call.method in tag.__dict__.get(EMITTED, ()):
            return tag
        self.reports.refused(f"{type(tag).__name__}.{call.method} was never given to the page")
        return None

    async def _interact(self, tag_id: Any, method: Any, args: Any, kargs: Any, event: Any) -> bool:
        """Run one step and send what it changed; whether a generator has more. Lock held."""
        reply = await self._renderer.interact(tag_id, method, args, kargs, event)
        more = reply.pop("next", None) is not None
        if "err" in reply:
            self._handler_failed(reply["err"])
            return False
        if reply or self._own:
            self._emit(reply, last=not more)
        return more

    def _handler_failed(self, trace: str) -> None:
        """Tell the page, and redraw it: htag would never send what the handler did change."""
        failure, self._scope.failure = self._scope.failure, None
        text = f"an event handler of {self._name} failed"
        told = self._context.failed(text if failure else f"{text}\n{trace}", failure)
        error = json.dumps(self._error(trace, told))
        asker = self._context.asker()
        if asker is None:
            self._context.send(error)
        else:
            self._context.send_for("{}", {asker: error})
        with reporting(self._context.error, f"{self._name} could not be redrawn"):
            payload = self._redraw(self._renderer._interaction_scripts)
            self._renderer._interaction_scripts = []
            self._emit(payload)

    def _error(self, trace: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """For the page: ``err`` goes to its ``error`` hook, if the app has one."""
        if told:
            return {"err": told.get("trace", HIDDEN_ERROR), "problem": told}
        return {"err": trace if self._context.debug else HIDDEN_ERROR}

    async def _end_generator(self, key: int | None) -> None:
        entry = None if key is None else self._renderer._loop.pop(key, None)
        if entry is None:
            return
        generator = entry["gen"]
        with reporting(self._context.error, f"a generator of {self._name} failed to end"):
            if not inspect.isasyncgen(generator):
                generator.close()
            elif not generator.ag_running:  # else the step that runs will end it
                await generator.aclose()

    async def _send_actions(self, actions: dict[str, Any]) -> bool:
        return self._emit(actions)

    def _add_script_for(self, script: str) -> None:
        """A script that a handler calls is for the page of its event, others are for all."""
        asker = self._context.asker()
        if asker is None:
            self._add_script(script)
        else:
            self._own.setdefault(asker, []).append(script)

    def _emit(self, actions: dict[str, Any], *, last: bool = False) -> bool:
        """Send actions, and the scripts that wait to the pages they are for."""
        waiting, self._own = self._own, {}
        own = {}
        for page, scripts in waiting.items():
            post = "\n".join([actions["post"], *scripts] if "post" in actions else scripts)
            own[page] = json.dumps({**actions, "post": post})
        return self._context.send_for(json.dumps(actions), own, last=last)

    def _push_tags(self, asked: list[Any]) -> None:
        """Send tags that other threads have changed: each once, and within another not again."""
        shown = [tag for tag in map(_drawn, asked) if tag.root is self._scope.root]
        whole = [tag for tag in dict.fromkeys(shown) if not _inside(tag, shown)]
        if not whole:
            return
        actions = self._renderer._mkReponse(whole)
        scripts, self._renderer._interaction_scripts = self._renderer._interaction_scripts, []
        if scripts:
            actions["post"] = "\n".join([actions.get("post", ""), *scripts])
        self._emit(actions)

    # -- parts -------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return str(self._app.__name__)

    def _ended(self) -> bool:
        return self._closed or self._context.closed()

    def _all_scripts(self) -> str:
        return "\n".join(self._renderer.tag._getAllJs())

    def _redraw(self, scripts: list[str] | None = None) -> dict[str, Any]:
        """Actions that replace the body; ``scripts`` run after those of the tags."""
        body = str(self._renderer.tag)  # first: render() may change which scripts there are
        post = "\n".join([self._all_scripts(), *(scripts or ())])
        return {"update": {"0": body}, "post": post}
