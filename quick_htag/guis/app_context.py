"""What the engine of one app is given, with the ways of ``HostedApp``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..messages.request import Request
    from .desk import Desk
    from .hosted_app import HostedApp, Life


class AppContext:
    """An ``InstanceContext``, see there.

    A tuple of methods would be a dozen objects more of each app, which the collector looks at.

    Args:
        app: whose it is.
        life: the instance.
        request: the page request that asked for it.
        session: the mapping that the app has as its session.
        kept: what an earlier instance has left; None: nothing is kept.
        debug: tell pages the traceback of an error.
        hook: told of the new app, and of the request if it takes two arguments; None: nobody is.

    """

    __slots__ = ("_app", "_handling", "_hook", "_life", "debug", "kept", "request", "session")

    def __init__(
        self,
        app: HostedApp,
        life: Life,
        request: Request,
        session: MutableMapping[str, Any],
        kept: Mapping[str, Any] | None,
        debug: bool,
        hook: Callable[..., object] | None,
    ) -> None:
        self._app = app
        self._life = life
        self._handling = app.handling
        self._hook = hook
        self.request = request
        self.session = session
        self.kept = kept
        self.debug = debug

    def built(self, app: Any) -> None:
        """Give a new app to the hook of the mount, which may raise."""
        hook = self._hook
        if hook is not None:
            both = len(inspect.signature(hook).parameters) > 1
            hook(app, self.request) if both else hook(app)

    @property
    def desk(self) -> Desk:
        """What the helpers of ``quick_htag.gui`` need."""
        return self._app.desk

    # -- what pages are told -----------------------------------------------------------------------

    def send(self, payload: str) -> bool:
        """Send a payload to the pages. Any thread."""
        return self._app.send(payload)

    def send_each(self, payload: str, own: Mapping[str, str]) -> bool:
        """The same, and to single pages, by their ids, another in its place."""
        return self._app.send(payload, own)

    def send_for(self, payload: str, own: Mapping[str, str], *, last: bool = False) -> bool:
        """The same; ``last``: the task of an event sends nothing more."""
        if last:
            return self._app.send_last(payload, own, None)
        return self._app.send(payload, own)

    def send_last(self, payload: str, own: Mapping[str, str], page: str | None) -> bool:
        """The same, of the last that the task of an event sends."""
        return self._app.send_last(payload, own, page)

    def save(self, data: Any, filename: str, content_type: str) -> bool:
        """Have one page save something. Any thread."""
        return self._app.transfers.save(data, filename, content_type)

    def follow(self, follower: Callable[..., object]) -> str:
        """Have a function told of an upload, whose name it gives. Any thread."""
        return self._app.transfers.follow(follower)

    # -- what happens ------------------------------------------------------------------------------

    def asker(self) -> str | None:
        """The id of the page whose event the current task handles; None: it handles none."""
        return self._handling.asker()

    def begin(self) -> bool:
        """The handler of an event is about to be called; False: it must not be."""
        return self._handling.may_begin()

    def closed(self) -> bool:
        """Whether the instance has ended. Any thread."""
        return self._life.closed

    def leave(self) -> None:
        """End the instance. Any thread."""
        self._life.leave()

    def error(self, what: str, error: BaseException | None) -> None:
        """Report a failure of the app."""
        self._life.report(what, error)

    def problem(self, what: str, error: BaseException | None) -> Mapping[str, Any]:
        """Report a failure that its page sees; what the page is told of it."""
        return self._app.problem(what, error)

    def failed(self, what: str, error: BaseException | None) -> Mapping[str, Any]:
        """The same."""
        return self._app.problem(what, error)
