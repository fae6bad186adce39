"""The runners of htag 2: ``WebApp`` and ``ChromeApp``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ConfigurationError
from ..logs import MessageLog, default_log
from ..process.restart import has_been_restarted
from ..process.watched import reload_on_change
from ..settings import Settings
from .app_options import app_options
from .desktop_runner import DesktopRunner, Opener
from .spellings import UNSET, one_of, refuse
from .window import Command

HOST = "127.0.0.1"
PORT = 8000
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_NO_RELOAD = (
    "ChromeApp.run(reload=True) would open another window after each change: use "
    "WebApp(...).run(reload=True) while you develop"
)


class WebApp(DesktopRunner):
    """The runner of htag 2 for the web and for a tab of the own browser.

    Args:
        tag_entity: the app at "/": a class, a module with an ``App``, or the name of one.
        on_instance: called with each new instance, and with the request of its page if it takes
            two arguments.
        debug: tell pages and clients the traceback of errors. htag 2 had True here.
        parano: encrypt what pages and server tell each other.
        host: address to listen at.
        port: to listen at, 0 for any free one.
        opener: called with the address, in place of the browser.
        settings: limits and timeouts of the server.
        log: where messages go.

    Raises:
        AppNotFound: ``tag_entity`` is no app of the installed htag.
        ConfigurationError: an option cannot work.

    """

    def __init__(
        self,
        tag_entity: Any,
        on_instance: Callable[..., object] | None = None,
        debug: bool = False,
        parano: bool = False,
        *,
        host: str = HOST,
        port: int = PORT,
        opener: Opener | None = None,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        options = app_options(parano=parano) | {"on_instance": on_instance}
        server_options = {"settings": settings, "log": log}
        super().__init__(
            tag_entity, host, port, debug=debug, options=options, server_options=server_options
        )
        self.opener = opener

    def handle(self, request: Any, app: Any) -> Any:
        """Open an app for the request of a route; see ``AppServer.handle``."""
        return self._handle(request, app, {})

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        open_browser: bool = UNSET,
        exit_on_disconnect: bool | None = None,
        reload: bool = False,
        *,
        openBrowser: bool = UNSET,  # noqa: N803 the spelling of htagweb
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
        log_level: str | None = None,
        **others: Any,
    ) -> None:
        """Serve until CTRL-C or SIGTERM, or until the last page has left.

        Args:
            host: address to listen at; None: that of the constructor.
            port: to listen at, 0 for any free one; None: that of the constructor.
            open_browser: show the app in a tab of the browser; True if left out.
            exit_on_disconnect: end when the last page has left; None: when the browser was opened
                and only this machine reaches the server.
            reload: start the program again when its files change, see ``serve_forever``.
            openBrowser: the same as ``open_browser``.
            ssl_certfile: makes it an HTTPS server: PEM file with the certificate.
            ssl_keyfile: PEM file with its private key; None: it is in ``ssl_certfile``.
            log_level: "warning" and above leave requests that went well out of the log.
            others: other options of uvicorn are refused.

        Raises:
            OSError: the address cannot be used.
            ConfigurationError: an option cannot be honoured.

        """
        refuse("WebApp.run", others)
        if reload:
            reload_on_change(self._server_options.get("log") or default_log())
        self._listen_at(host, port)
        if ssl_certfile is not None:
            self._use_certificate(ssl_certfile, ssl_keyfile)
        if log_level is not None:
            self.server.suppress_noise = log_level.lower() in ("warning", "error", "critical")
        show = one_of(True, open_browser=open_browser, openBrowser=openBrowser)
        desktop = show and self.host in _LOOPBACK
        ends = desktop if exit_on_disconnect is None else exit_on_disconnect
        if ends:
            self._end_with_the_app()
        if show and not (reload and has_been_restarted()):  # else its page comes back by itself
            self._serve_window(None, tab=True, ends=ends)
        else:
            self._serve_unseen(ends=ends)

    def _use_certificate(self, certfile: str, keyfile: str | None) -> None:
        if self._server is not None:
            raise ConfigurationError(
                "ssl_certfile comes too late, because .server was used before: use "
                "create_server(..., certfile=, keyfile=) and bind_htag"
            )
        self._server_options |= {"certfile": certfile, "keyfile": keyfile}


class ChromeApp(DesktopRunner):
    """The runner of htag 2 for a program with a window of its own.

    The window is one of Chrome, Chromium, Edge or Brave, or of the command in the environment as
    ``QUICK_HTAG_BROWSER``, without address bar and with a profile that is thrown away; without such
    a browser a tab opens. The program ends with its last page; loading that again does not end it.

    Args:
        app: the app: a class, a module with an ``App``, or the name of one.
        kiosk: open the window; False: the page is opened in another way.
        width: of the window, in pixels.
        height: of the window, in pixels.
        debug: tell the page the traceback of errors.
        opener: called with the address, in place of a browser.
        browsers: commands of the browsers to try, each a list; None: those that are found.
        settings: limits and timeouts of the server.
        log: where messages go.

    Raises:
        AppNotFound: ``app`` is no app of the installed htag.

    """

    def __init__(
        self,
        app: Any,
        kiosk: bool = True,
        width: int = 800,
        height: int = 600,
        debug: bool = True,
        *,
        opener: Opener | None = None,
        browsers: Sequence[Command] | None = None,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        server_options = {"settings": settings, "log": log}
        super().__init__(app, HOST, PORT, debug=debug, server_options=server_options)
        self.kiosk = kiosk
        self.size = (width, height)
        self.opener = opener
        self.browsers = browsers
        self._end_with_the_app()

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        reload: bool = False,
        open_browser: bool = True,
        **others: Any,
    ) -> None:
        """Show the window and serve it until it is closed.

        Args:
            host: address to listen at; None: this machine only.
            port: to listen at; None, or one that is in use: 8000, else any free one.
            reload: not available.
            open_browser: False: as ``kiosk=False``, the page is opened in another way.
            others: other options are refused.

        Raises:
            OSError: the address cannot be used.
            ConfigurationError: an option cannot be honoured.

        """
        refuse("ChromeApp.run", others)
        if reload:
            raise ConfigurationError(_NO_RELOAD)
        self._listen_at(host, port)
        self._take_a_free_port()
        if self.kiosk and open_browser:
            self._serve_window(self.size, tab=False, ends=True)
        else:
            self._serve_unseen(ends=True)
