"""The addresses of a bound htag app: its page, and the ways of the page to the server."""

from __future__ import annotations

import json
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed, ConfigurationError, HTTPError, NoCapacity
from ..guis.carried_session import carry
from ..guis.options import DEFAULTS, GuiOptions
from ..guis.transports import TRANSPORTS
from ..messages.fixed_text import FixedText
from ..messages.form_limits import FormLimits
from ..messages.framing import SAME_ORIGIN
from ..messages.response import HTML, JSON, HTTPResponse
from ..middleware.sessions import current_session, open_session
from ..record import record
from .client_file import NAME as CLIENT
from .client_file import client_file
from .gui_lines import GuiLines
from .gui_offers import GuiOffers
from .gui_uploads import GuiUploads

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..guis.hosting import Hosting
    from ..interfaces import Channel, Handler, Log
    from ..messages.request import Request
    from .parano_advice import ParanoAdvice

ALWAYS_WAITS = float("inf")  # Target.cost of a page: it waits for the thread of its session
AT_ONCE = 0.0

_HTML = ("Content-Type", HTML)
_NO_PIECE = FixedText()
_PAGE_HEADERS = (("Cache-Control", "no-store"),)  # a page belongs to one load: its id is a token
_NOT_ASKED = "{0} was not started anew: ?{1} did not come from the visitor or a page of this server"
_STARTING = "The program is starting again"
_ROOM = 64 * 1024  # bytes of a POST beside its events


def _same_origin() -> tuple[str, str]:
    """Another site must not frame a page to steal clicks."""
    return SAME_ORIGIN


def no_debug() -> bool:
    """Errors are not told to pages."""
    return False


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


class _UntilStopped:
    """The receiver of a stream that says something only by its end."""

    def opened(self, channel: Channel) -> None:
        """It is held by who sends it."""

    def received(self, message: str | bytes) -> None:
        """A stream brings nothing."""

    def closed(self, code: int, reason: str) -> None:
        """Nothing is kept that would have to go."""


@record(frozen=True)
class Endpoint:
    """One address of a bound app, for ``App.add_target``."""

    method: str
    mask: str
    handler: Handler
    cost: float = AT_ONCE
    body_limit: int = 0
    tells_refusal: bool = False
    takes_files: bool = False


@record(frozen=True)
class GuiMount:
    """An htag app at a path. Its handlers run on request workers.

    Args:
        path: where; with or without a slash at its end, "/" is the root.
        app: the app, as the engine found it.
        engine: the engine of the installed htag.
        host: builds and finds the instances.
        client_script: text of the script that pages load, see ``assets``.
        name: of the app, in lists and logs; empty: the name of its class.
        log: told when an app cannot be opened.
        on_instance: see ``bind_htag``.
        on_exit: see ``bind_htag``.
        debug: whether an error page shows the traceback, unless the options say so.
        frame: gives the header field that says who may frame its pages.
        shared_session: what its apps have as their session; None: each that of its visitor.
        options: how its instances live.
        transports: what its pages may use, the best first.
        limits: gives what is too much in a form with files.
        start: names this start of a program that is started again after changes; empty: it is not.
        follow: gives the app as it is now, or raises ``AppFailed``; None: it is ``app``, or what
            its file has with ``recreate_on_change``.

    Raises:
        ConfigurationError: the path cannot be used.

    """

    path: str
    app: Any
    engine: Engine
    host: Hosting
    client_script: str
    log: Log
    name: str = ""
    debug: Callable[[], bool] = no_debug
    frame: Callable[[], tuple[str, str]] = _same_origin
    on_instance: Callable[..., object] | None = None
    on_exit: Callable[[], object] | None = None
    shared_session: MutableMapping[str, Any] | None = None
    options: GuiOptions = DEFAULTS
    transports: tuple[str, ...] = TRANSPORTS
    limits: Callable[[], FormLimits] = FormLimits
    start: str = ""
    follow: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ConfigurationError(f"the path of an app must start with '/', not {self.path!r}")
        object.__setattr__(self, "path", self.path.rstrip("/"))
        if not self.name:
            name = getattr(self.app, "__name__", None) or type(self.app).__name__
            object.__setattr__(self, "name", name)
        if self.follow is not None:
            object.__setattr__(self, "_source", self.follow)
        elif self.options.recreate_on_change:
            from ..guis.app_source import AppSource

            object.__setattr__(self, "_source", AppSource(self.app, self.engine))
        if self.options.parano:
            from .parano_advice import ParanoAdvice

            object.__setattr__(self, "_advice", ParanoAdvice(self.name, self.log))
        fixed = FixedText(getattr(self.engine, "fixed", ""))
        object.__setattr__(self, "_fixed", fixed)
        debug = self.options.debug
        if debug is not None:
            object.__setattr__(self, "debug", lambda: debug)

    def source(self) -> Any:
        """The app as it is now.

        Raises:
            AppFailed: its file has changed and cannot be loaded.

        """
        source: Callable[[], Any] | None = getattr(self, "_source", None)
        return self.app if source is None else source()

    @property
    def client(self) -> str:
        """The address of the client, relative to the page as a folder."""
        return client_file(self.client_script).reference

    def tell_client(self, request: Request) -> HTTPResponse:
        """The client of its pages."""
        return client_file(self.client_script).answer(request)

    def largest_file(self) -> int:
        """Bytes of the largest file its pages may send."""
        return self.limits().file

    def targets(self) -> list[Endpoint]:
        """What is to be registered; what is GET answers HEAD too."""
        lines = GuiLines(self, self.host, self.log)
        text = 2 * self.host.max_message + _ROOM  # as strings in JSON they may need twice the room
        ways = {
            "websocket": [Endpoint("GET", f"{self.path}/ws", lines.socket, tells_refusal=True)],
            "sse": [Endpoint("GET", f"{self.path}/stream", lines.stream, tells_refusal=True)],
            "poll": [Endpoint("POST", f"{self.path}/poll", lines.poll, tells_refusal=True)],
        }
        offers = GuiOffers(self.host, self.log)
        uploads = GuiUploads(self, self.host, self.limits)
        found = [
            Endpoint("GET", self.path or "/", self.page, cost=ALWAYS_WAITS),
            Endpoint("GET", f"{self.path}/{CLIENT}", self.tell_client),
            Endpoint("GET", f"{self.path}/offer", offers.fetch),
            Endpoint("POST", f"{self.path}/send-file", uploads.receive, takes_files=True),
        ]
        for name in self.transports:
            found += ways[name]
        if self.transports != ("websocket",):
            path = f"{self.path}/event"
            found.append(Endpoint("POST", path, lines.events, AT_ONCE, text, tells_refusal=True))
        if self.options.reset_parameter:
            found.append(Endpoint("POST", f"{self.path}/reset", self.reset))
        if self.start:
            found.append(Endpoint("GET", f"{self.path}/start", self.tell_start))
        return found

    def page(self, request: Request) -> HTTPResponse:
        """The page; issues a session if there is none. HEAD does not open the app.

        Raises:
            HTTPError: 500 when the app raised, 503 when there is no room or no time.

        """
        if request.method == "HEAD":
            return HTTPResponse(200, [("Content-Type", HTML), *_PAGE_HEADERS, self.frame()])
        parameter = self.options.reset_parameter
        if parameter and request.query_string:
            from ..messages.navigation import has_parameter

            if has_parameter(request.query_string, parameter):
                return self._start_anew(request, parameter)
        if self.start and self.host.closing and _is_browser(request):
            from ..messages.problem_html import problem_page

            page = problem_page(_STARTING, stream=self._stream(request))
            return HTTPResponse.html(page, 503, headers=[*_PAGE_HEADERS, self.frame()])
        try:
            session = open_session(request)
            carry(request, session)
            html = self.host.open_page(self, request, session)
            carry(request, session)  # what the app has written while it was built
        except AppFailed as error:
            debug = self.debug() or bool(self.start and _is_browser(request))
            stream = self._stream(request) if self.start else ""
            from .gui_failure import failed_page

            text = failed_page(request, self.name, error, self.log, debug=debug, stream=stream)
            return HTTPResponse.html(text, 500, headers=[*_PAGE_HEADERS, self.frame()])
        except NoCapacity as error:
            self.log.message(f"{self.name} was refused: {error}")
            retry = [("Retry-After", str(error.retry_after))]
            raise HTTPError(503, "The server is full, try again later.", retry) from error
        advice: ParanoAdvice | None = getattr(self, "_advice", None)
        if advice is not None:
            advice(request)
        fixed: FixedText = getattr(self, "_fixed", _NO_PIECE)
        return HTTPResponse(200, [_HTML, *_PAGE_HEADERS, self.frame()], fixed.encode(html))

    def _stream(self, request: Request) -> str:
        """Address of a stream that lasts as long as this start of the program."""
        return f"{request.raw_path.rstrip('/')}/start?start={self.start}"

    def tell_start(self, request: Request) -> HTTPResponse:
        """For pages that look for the next start of the program; a stream lasts until then.

        Raises:
            HTTPError: 503 when this start is ending, 409 for a stream of another one.

        """
        if self.host.closing:
            raise HTTPError(503, "This start of the program is ending.")
        if "text/event-stream" in request.headers.get("accept", ""):
            if request.query_params.get("start", self.start) != self.start:
                raise HTTPError(409, "This is another start of the program.")
            from ..messages.event_stream import event_stream

            return event_stream(request, _UntilStopped())
        text = json.dumps({"start": self.start}).encode()
        return HTTPResponse(200, [("Content-Type", JSON), ("Cache-Control", "no-store")], text)

    def _start_anew(self, request: Request, parameter: str) -> HTTPResponse:
        """Lead to the address without the parameter; a link of another site does only that."""
        from ..messages.navigation import asked_by_visitor, relative, without_parameter

        if asked_by_visitor(request):
            self.host.reset(self, current_session(request))
        else:
            self.log.message(_NOT_ASKED.format(self.name, parameter))
        query = without_parameter(request.query_string, parameter)
        return HTTPResponse.redirect(relative(request.raw_path, query), 303)

    def reset(self, request: Request) -> HTTPResponse:
        """End what the session has of this app and lead to a new page: for forms of the app.

        Raises:
            HTTPError: 403 for another origin.

        """
        from ..messages.websocket import same_origin

        if not same_origin(request):
            raise HTTPError(403, "This address may be used by pages of this server only.")
        self.host.reset(self, current_session(request))
        return HTTPResponse.redirect("./", 303)
