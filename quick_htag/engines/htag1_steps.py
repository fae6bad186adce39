"""The steps of interactions of htag 1: a handler called, a generator gone on with, what changed.

It does what ``HRenderer.interact`` does, with another image of the tags and another writer, which
is where its time goes. Session thread, within the scope of the instance, one step at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from .from_threads import Steady
from .htag1_image import Image
from .htag1_invoke import Later
from .htag1_writer import Writer


class Reply(NamedTuple):
    """What came out of a step.

    Attributes:
        actions: for the pages.
        key: of the generator that may have more steps; None: there is none.
        error: what the app raised.

    """

    actions: dict[str, Any]
    key: int | None = None
    error: Exception | None = None


class Steps:
    """The interactions of one instance.

    Args:
        renderer: its ``HRenderer``, which keeps scripts and generators.
        image: what its tags look like.
        writer: writes them.

    """

    def __init__(self, renderer: Any, image: Image, writer: Writer) -> None:
        self._renderer = renderer
        self._image = image
        self._writer = writer
        self._generators: dict[int, dict[str, Any]] = renderer._loop
        self.response = Steady(self._response)

    async def start(self, tag: Any, invoke: Callable[..., Any], *args: Any) -> Reply:
        """Call a handler.

        Args:
            tag: whose it is; it gets what a generator gives.
            invoke: calls it, and gives nothing, a generator, or ``Later``.
            args: what ``invoke`` gets.

        """
        try:
            self._image.before()
            result = invoke(*args)
            if type(result) is Later:
                result = await result.awaitable
            if result is None:
                return Reply(self._with_scripts(self._changed()))
            if inspect.isasyncgen(result) or inspect.isgenerator(result):
                self._generators[id(result)] = {"gen": result, "tag": tag}
                return await self._step(result, tag)
            raise TypeError(f"a handler must return nothing, or a generator: {result!r:.100}")
        except Exception as error:  # noqa: BLE001 the app's own code
            return Reply({}, None, error)

    async def go_on(self, reply: Reply) -> Reply:
        """Do the next step of a generator, if it has not been ended meanwhile.

        Args:
            reply: of the last step.

        """
        entry = None if reply.key is None else self._generators.get(reply.key)
        if entry is None:
            return Reply({})
        try:
            self._image.before()
            return await self._step(entry["gen"], entry["tag"])
        except Exception as error:  # noqa: BLE001 the app's own code
            return Reply({}, reply.key, error)

    async def _step(self, generator: Any, tag: Any) -> Reply:
        key: int | None = id(generator)
        given = None
        try:
            given = next(generator) if inspect.isgenerator(generator) else await anext(generator)
        except (StopIteration, StopAsyncIteration):
            self._ended(generator)
            key = None
        except BaseException:  # that is its end, whatever it is
            self._ended(generator)
            raise
        try:
            actions = self._changed()
            if given:
                actions["stream"] = {id(tag): self._add(tag, given)}
        except Exception as error:  # noqa: BLE001 the app's own code
            return Reply({}, key, error)
        return Reply(self._with_scripts(actions), key)

    def _ended(self, generator: Any) -> None:
        self._generators.pop(id(generator), None)

    def _add(self, tag: Any, given: Any) -> str:
        """Add what a generator has given to its tag; the HTML of it."""
        tag.add(given)
        if isinstance(given, str) or not hasattr(given, "__iter__"):
            return self._writer.text(given)
        return "".join(map(self._writer.text, given))

    def _changed(self) -> dict[str, Any]:
        """Actions that show the tags that the handler has changed."""
        changed = self._image.after()
        if not changed:
            return {}
        for place, tag in enumerate(changed):
            if tag.tag is None:
                changed[place] = _with_element(tag)
        return self.response(changed)

    def shown(self, tag: Any) -> dict[str, Any]:
        """Actions that show a tag."""
        return self._with_scripts(self.response([tag]))

    def _with_scripts(self, actions: dict[str, Any]) -> dict[str, Any]:
        """Actions that run the scripts of handlers as well, after those of the tags."""
        waiting = self._renderer._interaction_scripts
        if waiting:
            actions["post"] = actions.get("post", "") + "\n".join(waiting)
            self._renderer._interaction_scripts = []
        return actions

    def _response(self, tags: list[Any]) -> dict[str, Any]:
        """Actions that show tags; takes the place of ``HRenderer._mkReponse``."""
        updates, scripts = {}, []
        for tag in tags:
            updates[id(tag)] = self._writer.html(tag)
            scripts += self._writer.scripts(tag)
        actions: dict[str, Any] = {"update": updates} if updates else {}
        if scripts:
            actions["post"] = "\n".join(scripts)
        return actions


def _with_element(tag: Any) -> Any:
    """The tag, or the next one around it that there is an element for.

    Raises:
        RuntimeError: there is none.

    """
    shown = tag
    while shown is not None and shown.tag is None:
        shown = shown.parent
    if shown is None:
        raise RuntimeError(f"{tag!r} has changed, and is in no element")
    return shown
