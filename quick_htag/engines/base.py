"""The interface to one generation of htag.

An ``Engine`` knows the classes of the installed htag; it builds an ``Instance`` per visitor and
app. Everything of an instance runs on the thread of its session, which runs an asyncio loop: apps
call ``asyncio.create_task`` and block as they like. Only ``Outlet`` may be called elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..messages.request import Request

Payload = Mapping[str, Any]
"""A decoded JSON object."""

Values = Mapping[str, Mapping[str, tuple[str, Any]]]
"""The states of an app: by the name of a group and of a state its kind, and its value."""

Outlet = Callable[[str], bool]
"""Sends one payload, JSON text, to every page of the instance and keeps it for those that are
reconnecting. Any thread. False once the instance is closed: the app should stop pushing."""


def _nobody() -> str | None:
    """No event of a page is being handled."""
    return None


def _always() -> bool:
    """Every event is handled."""
    return True


def _nothing(app: Any) -> None:
    """Nobody wants to know of the app."""


def _no_uploads(follower: Callable[..., object]) -> str:
    """No upload is followed."""
    return ""


def _no_saving(data: Any, filename: str, content_type: str) -> bool:
    """There is no page to save anything."""
    return False


class PageParts(NamedTuple):
    """A rendered page before the host's script is added.

    Attributes:
        html: the whole document.
        script: JavaScript to run once the transport is ready.

    """

    html: str
    script: str = ""


class InstanceContext(NamedTuple):
    """What a new instance gets from its host.

    Attributes:
        request: the page request that asked for it.
        session: the visitor's session mapping, shared with routes.
        send: its way to the pages.
        leave: ends the instance; what the app's ``exit`` calls. Any thread.
        error: reports a failure of the app: what failed, and the exception.
        debug: tell the page the traceback of an error.
        send_last: as ``send_each``, for the last that the task of an event sends: it goes out
            together with the word that the event is done; with the id of the page whose event it
            is, if that is known; None: there is no such way.
        problem: reports a failure that its page sees, and gives what the page is told of it; None:
            it is reported by ``error``, and the page is told nothing special.
        closed: whether the instance has ended. Any thread.
        send_each: as ``send``, with what single pages get in its place, by their ids.
        asker: the id of the page whose event the current task handles; None: it handles none.
        save: has one page save something, see ``downloads.download``. Any thread.
        follow: has a function told of an upload, whose name it gives. Any thread.
        desk: what the helpers of ``quick_htag.gui`` need, a ``guis.desk.Desk``.
        begin: to be called by the task of an event right before its handler is, for the first time;
            False: it must not be, an earlier instance has begun it.
        built: told of the new app, before anything is rendered; what it raises is the app's.
        kept: what ``states`` gave in an earlier instance, through JSON; None: nothing is kept.

    """

    request: Request
    session: MutableMapping[str, Any]
    send: Outlet
    leave: Callable[[], object]
    error: Callable[[str, BaseException | None], None]
    debug: bool
    closed: Callable[[], bool]
    send_each: Callable[[str, Mapping[str, str]], bool] | None = None
    asker: Callable[[], str | None] = _nobody
    begin: Callable[[], bool] = _always
    built: Callable[[Any], object] = _nothing
    kept: Mapping[str, Any] | None = None
    save: Callable[[Any, str, str], bool] = _no_saving
    follow: Callable[[Callable[..., object]], str] = _no_uploads
    desk: Any = None
    problem: Callable[[str, BaseException | None], Mapping[str, Any]] | None = None
    send_last: Callable[[str, Mapping[str, str], str | None], bool] | None = None

    def failed(self, what: str, error: BaseException | None) -> Mapping[str, Any]:
        """Report a failure that the page sees; what it is told, see ``guis.problems``.

        Args:
            what: failed, one line.
            error: the exception; None: the engine has no more than text.

        """
        if self.problem is not None:
            return self.problem(what, error)
        self.error(what, error)
        return {}

    def send_for(self, payload: str, own: Mapping[str, str], *, last: bool = False) -> bool:
        """Send a payload, and to single pages another in its place. Any thread.

        ``last``: the task of an event sends nothing more.
        """
        if last and self.send_last is not None:
            return self.send_last(payload, own, None)
        if own and self.send_each is not None:
            return self.send_each(payload, own)
        return self.send(payload)


class Instance(Protocol):
    """One live app. Every method runs on the thread of its session."""

    def accepts(self, request: Request) -> bool:
        """Whether this instance may answer another page request, or a new one must be built."""

    def page(self, request: Request) -> PageParts:
        """Render the page: the first time, after F5, or for another tab.

        Raises:
            AppFailed: the app raised.

        """

    async def receive(self, message: Payload) -> None:
        """Handle one event of a page; what comes out goes through ``send``.

        A message that is not of the right form, or that asks for what the page was never given,
        is refused and reported, and changes nothing.
        """

    async def run(self, function: Callable[[], Any]) -> None:
        """Call a function of the app as if it handled an event, and send what it changes.

        Args:
            function: may be asynchronous, or a generator, whose steps are sent one by one.

        """

    def connected(self) -> None:
        """A page has connected."""

    def snapshot(self) -> str:
        """A payload that redraws the whole page in place."""

    def states(self) -> Values:
        """What another instance must be given to show the same; see ``kept``. Any thread."""

    async def close(self) -> None:
        """Tell the app that it ends. Tasks are cancelled by the host afterwards."""


class Engine(Protocol):
    """One generation of htag."""

    major: int
    """1 or 2."""

    script: str
    """Name of the file in ``js/`` that joins the transport to the pages of this generation."""

    fixed: str
    """A long text that every page has, see ``FixedText``; empty: none."""

    def find_app(self, candidate: Any) -> Any | None:
        """The app in ``candidate``: itself, or ``candidate.App`` of a module; None: no app."""

    def element(self, name: str, *children: Any, **attributes: Any) -> Any:
        """A tag; "_" in its name stands for "-", attributes and events have "_" before theirs."""

    def text(self, text: str) -> Any:
        """What shows a text inside a tag as it is."""

    def build(self, app: Any, context: InstanceContext) -> Instance:
        """Build an instance, on the session's thread with its loop running.

        Raises:
            AppFailed: the app raised.

        """
