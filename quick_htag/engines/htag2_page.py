"""The document of an htag 2 app, as htag renders it; what fails meanwhile fails the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .from_threads import Steady
from .htag2_stand_ins import FORCED_TRANSPORT, RenderRequest

if TYPE_CHECKING:
    from contextvars import ContextVar

    from ..messages.request import Request

ICON = '<link rel="icon" href="/logo.png">'  # of the root, where the server may have another page
_NOTED = ("render_initial", "collect_statics")  # what ``_render_page`` calls


class _Noting:
    """A function, leaving a note of what it raised: ``_render_page`` swallows it."""

    __slots__ = ("_function", "_raised")

    def __init__(self, raised: list[Exception], function: Callable[..., Any]) -> None:
        self._raised = raised
        self._function = function

    def __call__(self, *args: Any) -> Any:
        try:
            return self._function(*args)
        except Exception as exc:
            self._raised.append(exc)
            raise


def document(app: Any, request: Request, current_request: ContextVar[Any]) -> str:
    """The page for a request. On the thread of the app, in a context of it.

    Args:
        app: the app, an ``AppRunner``.
        request: what is answered.
        current_request: the variable of htag.

    Raises:
        Exception: what the app raised; htag would give a page without that.

    """
    own = app.__dict__
    theirs = {name: own[name] for name in _NOTED if name in own}
    raised: list[Exception] = []
    forced = FORCED_TRANSPORT in request.cookies
    token = current_request.set(RenderRequest(request)) if forced else None
    try:
        # only for as long as this takes: they would be five objects more of each app
        app.render_initial = _Noting(raised, app.render_initial)
        app.collect_statics = _Noting(raised, Steady(app.collect_statics))
        html: str = app._render_page()
    finally:
        for name in _NOTED:
            if type(own.get(name)) is _Noting:  # and not what the app has set meanwhile
                del own[name]
                own.update({name: theirs[name]} if name in theirs else ())
        if token is not None:
            current_request.reset(token)
    if raised:
        raise raised[-1]
    return html.replace(ICON, "", 1)
