"""htag 1: what is installed, and how an instance of an app is built."""

from __future__ import annotations

import html
import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .htag1_arguments import SCRIPTS, Arguments, BuildOnce, read_arguments
from .htag1_instance import Htag1Instance
from .htag1_invoke import Invoker
from .htag1_patches import event_class, install
from .htag1_scope import Scope
from .htag1_writer import Writer
from .reports import failing

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext

# what htag's page script calls to send; the client of the host is there before it
PAGE_SCRIPT = "function interact(o) { window.quick_htag.send(o); }"


class Htag1Engine:
    """htag 1; patches it when built.

    Raises:
        ImportError: the installed htag is not of this generation.

    """

    major = 1
    script = "htag1.js"
    fixed = ""

    def __init__(self) -> None:
        from htag import __version__, render, tag
        from htag.runners.commons import url2ak

        self.kinds = install(tag, render)
        make, names = tag.Tag.meta, tag.TAG_KEYWORDS
        metas = (
            make(_charset="utf-8"),
            make(_name="viewport", _content="width=device-width, initial-scale=1"),
            make(_name="version", _content=f"htag {__version__}"),
        )
        head = "".join(map(str, metas))
        self.writer = Writer(self.kinds, names, tag.BaseCaller, tag.logger.warning, head)
        self.invoker = Invoker(tag.Tag, event_class)
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
                BuildOnce(app, self.writer.scripts),
                PAGE_SCRIPT,
                exit_callback=_no_value(context.leave),
                init=(arguments.args, arguments.kargs),
                fullerror=True,  # for us; what a page gets to see is decided below
                session=context.session,
            )
            if type(renderer.tag) is not app:  # htag shows a page with the error instead
                raise scope.failure or RuntimeError("".join(map(str, renderer.tag.childs)))
            renderer.tag.__dict__.pop(SCRIPTS, None)
            context.built(renderer.tag)
        return Htag1Instance(self, app, context, scope, renderer, arguments)


def _no_value(function: Any) -> Any:
    """``function`` as htag takes it for a method: a function that returns None."""

    def leave() -> None:
        function()

    return leave
