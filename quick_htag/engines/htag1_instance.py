"""One live htag 1 app: its ``HRenderer``, its pages, and the calls of those.

Rules of this file: everything runs on the thread of the session, inside the scope of its instance;
steps of interactions have a turn, one at a time, because two that overlap see each other's
half-done changes; an update never waits for that turn, because handlers await it.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed
from .base import PageParts
from .from_threads import HOME, Home
from .htag1_actions import written
from .htag1_image import Image
from .htag1_invoke import called
from .htag1_message import Call, read_call
from .htag1_patches import EMITTED
from .htag1_steps import Reply, Steps
from .htag1_turn import Turn
from .htag1_updates import Updates
from .reports import PageReports, failing, reporting

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext, Payload, Values
    from .htag1 import Htag1Engine
    from .htag1_arguments import Arguments
    from .htag1_scope import Scope

HIDDEN_ERROR = "the application failed, see the server's log"
PUSH_INTERVAL = 0.05  # seconds between two pushes that threads ask for, as htag 2 has it
CLOSE_LIMIT = 5.0  # seconds the generators of an app get to end


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
        arguments: what it was built with.

    """

    def __init__(
        self,
        engine: Htag1Engine,
        app: Any,
        context: InstanceContext,
        scope: Scope,
        renderer: Any,
        arguments: Arguments,
    ) -> None:
        self._engine = engine
        self._app = app
        self._context = context
        self._scope = scope
        self._renderer = renderer
        self._arguments = arguments
        self._turn = Turn()  # of a step of an interaction
        self._rendered = False
        self._closed = False
        self._reports: PageReports | None = None
        self._own: dict[str, list[str]] = {}  # scripts of handlers, by the page they are for
        self._writer = engine.writer
        self._image = Image(renderer.tag, engine.kinds)
        self._stepper = Steps(renderer, self._image, engine.writer)
        scope.root = renderer.tag
        self._add_script = renderer._addInteractionScript
        renderer._addInteractionScript = self._add_script_for
        renderer.sendactions = self._send_actions
        renderer._mkReponse = self._stepper.response
        renderer.update = Updates(self._show, scope, context.error, self.ended).update
        with scope.entered():
            home = Home(self, context, PUSH_INTERVAL)
        renderer.tag.__dict__[HOME] = home

    @property
    def reports(self) -> PageReports:
        """Of what its pages did wrong, which most never do."""
        if self._reports is None:
            self._reports = PageReports(self._context.error)
        return self._reports

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
            document = self._writer.page(self._renderer)
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
        if self.ended():
            return
        try:
            call = read_call(message)
        except ValueError as exc:
            self.reports.refused(str(exc))
            return
        self._scope.enter()  # for good: this is a task of the event
        try:
            await self._steps(self._start, call)
        except (Exception, SystemExit) as exc:  # noqa: BLE001 the app's code
            self._context.error(f"{self._name} could not handle an event", exc)

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
        self._image.forget()
        self._scope.close()

    # -- calls of the page -------------------------------------------------------------------------

    async def run(self, function: Callable[[], Any]) -> None:
        """As a method of the app, so that what it has changed is found out."""
        if self.ended():
            return
        with (
            self._scope.entered(),
            reporting(self._context.error, f"{self._name} could not be called"),
        ):
            await self._steps(self._stepper.start, self._renderer.tag, called, function)

    def _start(self, call: Call) -> Coroutine[Any, Any, Reply] | None:
        """The first step of a call; None: there is none."""
        tag = self._reachable(call)  # kept meanwhile: an id is used again when it dies
        if tag is None or not self._context.begin():
            return None
        return self._stepper.start(tag, self._engine.invoker.invoked, tag, call)

    async def _steps(
        self, start: Callable[..., Coroutine[Any, Any, Reply] | None], *args: Any
    ) -> None:
        """Do a step in turn, and the others if it began a generator."""
        reply, turn = None, self._turn
        waited = turn.taken
        if waited:
            await turn.wait()
        else:
            turn.taken = True
        try:
            try:
                first = None if waited and self.ended() else start(*args)
                if first is None:
                    return
                reply = await first
                more = self._answer(reply)
            finally:
                turn.give()
            while more and not self.ended():
                await asyncio.sleep(0)  # an endless generator leaves room for others
                await turn.wait()
                try:
                    reply = await self._stepper.go_on(reply)
                    more = self._answer(reply)
                finally:
                    turn.give()
        finally:
            if reply is not None and reply.key is not None:
                await self._end_generator(reply.key)

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

    def _answer(self, reply: Reply) -> bool:
        """Send what a step has changed; whether there is another. To be called in its turn."""
        if reply.error is not None:
            self._handler_failed(reply.error)
            return False
        if reply.actions or self._own:
            self._emit(reply.actions, last=reply.key is None)
        return reply.key is not None

    def _handler_failed(self, failure: Exception) -> None:
        """Tell the page, and redraw it: htag would never send what the handler did change."""
        told = self._context.failed(f"an event handler of {self._name} failed", failure)
        trace = "".join(traceback.format_exception(failure))
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

    async def _end_generator(self, key: int) -> None:
        entry = self._renderer._loop.pop(key, None)
        if entry is None:
            return
        generator = entry["gen"]
        with reporting(self._context.error, f"a generator of {self._name} failed to end"):
            if not inspect.isasyncgen(generator):
                generator.close()
            elif not generator.ag_running:  # else the step that runs will end it
                await generator.aclose()

    def _show(self, tag: Any) -> bool:
        return self._emit(self._stepper.shown(tag))

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
        own: dict[str, str] = {}
        if not self._own:
            return self._context.send_for(written(actions), own, last=last)
        waiting, self._own = self._own, {}
        for page, scripts in waiting.items():
            post = "\n".join([actions["post"], *scripts] if "post" in actions else scripts)
            own[page] = written({**actions, "post": post})
        return self._context.send_for(written(actions), own, last=last)

    def push_changes(self, asked: list[Any]) -> None:
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

    def ended(self) -> bool:
        """Whether it has ended. Any thread."""
        return self._closed or self._context.closed()

    def _all_scripts(self) -> str:
        return "\n".join(self._writer.scripts(self._renderer.tag))

    def _redraw(self, scripts: list[str] | None = None) -> dict[str, Any]:
        """Actions that replace the body; ``scripts`` run after those of the tags."""
        # first: render() may change which scripts there are
        body = self._writer.html(self._renderer.tag)
        post = "\n".join([self._all_scripts(), *(scripts or ())])
        return {"update": {"0": body}, "post": post}
