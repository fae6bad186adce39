"""The runners of htagweb: ``AppServer`` and ``SimpleServer``, and what they share with others."""

from __future__ import annotations

from typing import Any

from ..logs import MessageLog
from ..settings import Settings
from .app_options import app_options
from .base import HtagRunner
from .spellings import UNSET, by_name, one_of, tls_of
from .window import open_tab

HOST = "0.0.0.0"  # of htagweb, which is for the web
PORT = 8000

_ORDER = (
    "session_factory",
    "debug",
    "ssl",
    "parano",
    "http_only",
    "timeout_interaction",
    "timeout_inactivity",
)
_OLD_ORDER = ("debug", "ssl", "parano", "http_only", "session_factory")  # until htagweb 0.10


class WebRunner(HtagRunner):
    """Base of the runners that serve many visitors; see ``AppServer`` for the arguments."""

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        *,
        debug: bool = False,
        ssl: Any = None,
        session_factory: Any = None,
        options: dict[str, Any] | None = None,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        super().__init__(
            app,
            host,
            port,
            debug=debug,
            options=options,
            server_options={"settings": settings, "log": log, "ssl_context": tls_of(ssl)},
            provider=session_factory,
        )

    def handle(
        self,
        request: Any,
        obj: Any,
        http_only: bool | None = None,
        parano: bool | None = None,
        timeout_interaction: float | None = None,
        timeout_inactivity: float | None = None,
        *,
        force: bool = False,
        recreate: bool = False,
        renew: bool = False,
    ) -> Any:
        """Open an app for the request of a route, in the session of its visitor.

        Args:
            request: what the route was given.
            obj: the app: a class, a module with an ``App``, or the name of one.
            http_only: as in the constructor; None: as there, and so the next three.
            parano: encrypt what the page and the server tell each other.
            timeout_interaction: seconds a handler may take; 0: any time.
            timeout_inactivity: seconds the app lives without an event; 0: any time.
            force: make a new app, even if the visitor has one.
            recreate: the same.
            renew: the same.

        Returns:
            a response for the route to give back; with or without ``await``.

        Raises:
            AppNotFound: ``obj`` is no app.
            HTTPError: 500 when the app raised, 503 when there is no room or no time.

        """
        options = app_options(
            http_only=http_only,
            parano=parano,
            timeout_interaction=timeout_interaction,
            timeout_inactivity=timeout_inactivity,
        )
        return self._handle(request, obj, options, anew=force or recreate or renew)

    def serve(
        self,
        request: Any,
        obj: Any,
        force: bool = False,
        *,
        recreate: bool = False,
        renew: bool = False,
    ) -> Any:
        """``handle`` under its old name."""
        return self.handle(request, obj, force=force or recreate or renew)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        openBrowser: bool = UNSET,  # noqa: N803 the published name
        *,
        open_browser: bool = UNSET,
    ) -> None:
        """Serve until CTRL-C or SIGTERM.

        Args:
            host: address to listen at; None: that of the constructor.
            port: to listen at, 0 for any free one; None: that of the constructor.
            openBrowser: show the app in a tab of the browser; False if left out.
            open_browser: the same.

        Raises:
            OSError: the address cannot be used.

        """
        show = one_of(False, openBrowser=openBrowser, open_browser=open_browser)
        self._listen_at(host, port)
        self._serve(self._show if show else None)

    def _show(self, url: str) -> None:
        open_tab(url, self.server.log)


class AppServer(WebRunner):
    """The server of htagweb 0.8 to 1.0 for one or more apps and many visitors.

    Arguments by position are taken in the order of htagweb 0.24; in that of 0.10, ``debug`` first,
    when the second one is a truth value.

    Args:
        obj: the app at "/": a class, a module with an ``App``, or the name of one, "module:Class"
            or "module.Class"; None: ``add_route`` gives the pages.
        session_factory: where sessions are kept; see ``sesprovider``.
        sesprovider: the same: ``MemDict``, ``FileDict`` or ``FilePersistentDict`` of
            ``quick_htag.sessions``, a store, or what makes one; None: in memory.
        debug: tell pages and clients the traceback of errors; False if left out.
        ssl: an ``ssl.SSLContext`` makes it an HTTPS server. True and False need not be told: pages
            find out by themselves.
        parano: encrypt what pages and server tell each other; False if left out.
        http_only: no websockets; False if left out.
        httponly: the same.
        timeout_interaction: seconds a handler may take, 60 if left out; 0: any time.
        timeout_inactivity: seconds an app lives without an event; 0, any time, if left out.
        host: address to listen at.
        port: to listen at, 0 for any free one.
        settings: limits and timeouts of the server.
        log: where messages go.

    Raises:
        AppNotFound: ``obj`` is no app of the installed htag.
        ConfigurationError: an option cannot work.

    """

    def __init__(
        self,
        obj: Any = None,
        *positional: Any,
        session_factory: Any = UNSET,
        sesprovider: Any = UNSET,
        debug: bool = UNSET,
        ssl: Any = UNSET,
        parano: bool = UNSET,
        http_only: bool = UNSET,
        httponly: bool = UNSET,
        timeout_interaction: float = UNSET,
        timeout_inactivity: float = UNSET,
        host: str = HOST,
        port: int = PORT,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        named = {
            "session_factory": one_of(
                UNSET, session_factory=session_factory, sesprovider=sesprovider
            ),
            "debug": debug,
            "ssl": ssl,
            "parano": parano,
            "http_only": one_of(UNSET, http_only=http_only, httponly=httponly),
            "timeout_interaction": timeout_interaction,
            "timeout_inactivity": timeout_inactivity,
        }
        order = _OLD_ORDER if positional and isinstance(positional[0], bool) else _ORDER
        given = {name: value for name, value in named.items() if value is not UNSET}
        chosen = by_name(positional, order, given)
        super().__init__(
            obj,
            host,
            port,
            debug=chosen.get("debug", False),
            ssl=chosen.get("ssl"),
            session_factory=chosen.get("session_factory"),
            options=app_options(
                http_only=chosen.get("http_only"),
                parano=chosen.get("parano"),
                timeout_interaction=chosen.get("timeout_interaction", 60),
                timeout_inactivity=chosen.get("timeout_inactivity", 0),
            ),
            settings=settings,
            log=log,
        )


class SimpleServer(WebRunner):
    """The server of htagweb 0.10 to 0.24 for development: each load of a page makes a new app.

    Args:
        obj: see ``AppServer``.
        debug: tell pages and clients the traceback of errors.
        host: address to listen at.
        port: to listen at, 0 for any free one.
        settings: limits and timeouts of the server.
        log: where messages go.

    Raises:
        AppNotFound: ``obj`` is no app of the installed htag.

    """

    def __init__(
        self,
        obj: Any = None,
        debug: bool = False,
        *,
        host: str = HOST,
        port: int = PORT,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        options = app_options(recreate=True)
        super().__init__(obj, host, port, debug=debug, options=options, settings=settings, log=log)
