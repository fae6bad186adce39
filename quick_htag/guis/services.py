"""What an instance gets from its surroundings, and what it gives for a page."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..record import record

if TYPE_CHECKING:
    from ..deadline import Clock
    from ..engines.base import Engine
    from ..interfaces import Log, RunnerFactory, Timer
    from ..settings import Settings
    from ..uploads import Uploads
    from .begun_events import BegunEvents
    from .downloads import Downloads
    from .options import GuiOptions


def _nothing() -> None:
    """Nobody is interested."""


class Mount(Protocol):
    """Where an app is bound, as far as its instances care."""

    @property
    def path(self) -> str:
        """The path, without a slash at its end; empty for the root."""

    @property
    def name(self) -> str:
        """The name of the app in lists and logs."""

    def largest_file(self) -> int:
        """Bytes of the largest file its pages may send."""

    @property
    def start(self) -> str:
        """Names this start of a program that is started again after changes; else empty."""

    @property
    def app(self) -> Any:
        """The app, as the engine found it."""

    @property
    def source(self) -> Callable[[], Any]:
        """Gives the app as it is now; raises ``AppFailed`` when it cannot be loaded."""

    @property
    def engine(self) -> Engine:
        """The engine that builds it."""

    @property
    def client(self) -> str:
        """The address of the script each page gets, relative to the page as a folder."""

    @property
    def transports(self) -> tuple[str, ...]:
        """What its pages may use, the best first."""

    @property
    def debug(self) -> Callable[[], bool]:
        """Whether pages are told the traceback of an error."""

    @property
    def on_instance(self) -> Callable[..., object] | None:
        """Called with each new app, and with the request if it takes two arguments."""

    @property
    def on_exit(self) -> Callable[[], object] | None:
        """Called after an app has ended itself."""

    @property
    def shared_session(self) -> MutableMapping[str, Any] | None:
        """What its apps have as their session; None: each that of its visitor."""

    @property
    def options(self) -> GuiOptions:
        """How its instances live."""


@record(frozen=True)
class Services:
    """What instances get from their host.

    Attributes:
        settings: limits and timeouts.
        log: told of failures of apps.
        runner: tells, for an isolation, what starts the thread of an instance.
        timer: calls back when an instance may have expired.
        clock: the monotonic clock.
        downloads: what visitors may fetch.
        uploads: what visitors send, and who follows it.
        begun: which events have begun to be handled.
        pages_changed: told when a page has connected, or one has left. Any thread; it must
            neither wait nor call back.
        jobs: gives what runs jobs; None: nothing does.
        topics: gives the topics; None: there are none.

    """

    settings: Settings
    log: Log
    runner: Callable[[str], RunnerFactory]
    timer: Timer
    clock: Clock
    downloads: Downloads
    uploads: Uploads
    begun: BegunEvents
    pages_changed: Callable[[], object] = _nothing
    jobs: Callable[[], Any] = _nothing
    topics: Callable[[], Any] = _nothing


class Rendered(NamedTuple):
    """A page of the app.

    Attributes:
        id: of the page.
        html: the whole document.
        script: JavaScript to run once the transport is ready.
        seen: number of the last payload the document contains.
        password: what its messages are encrypted with; empty: they are not.

    """

    id: str
    html: str
    script: str
    seen: int
    password: str = ""
