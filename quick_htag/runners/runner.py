"""``Runner``: the one class of htagweb 1.0, and of htag 1, which has the same name."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from ..errors import ConfigurationError
from ..logs import MessageLog
from ..settings import Settings
from .app_options import app_options
from .desktop_runner import DesktopRunner, Opener
from .htagweb import HOST, WebRunner
from .htagweb import PORT as PORT
from .json_session import JsonSession
from .spellings import UNSET, by_name, one_of
from .window import Command

LOCAL = "127.0.0.1"  # of htag 1, which is for one's own machine
_WEB_ORDER = (
    "host",
    "port",
    "debug",
    "ssl",
    "parano",
    "http_only",
    "timeout_interaction",
    "timeout_inactivity",
)
_HTAG1_ORDER = (
    "file",
    "host",
    "port",
    "interface",
    "reload",
    "debug",
    "http_only",
    "use_first_free_port",
)
_HTAG1_ONLY = ("file", "interface", "reload", "use_first_free_port")
_WEB_ONLY = ("ssl", "parano", "timeout_interaction", "timeout_inactivity", "session_factory")


class Runner(WebRunner, DesktopRunner):
    """Serves an app to many visitors, as htagweb 1.0 does, or in a window, as htag 1 does.

    It is a program with a window when one of ``file``, ``interface``, ``reload`` and
    ``use_first_free_port`` is given, which htag 1 alone has; else it is a server for the web. What
    is left out has the default of the one or the other. ``quick_htag.runners.htag1`` has a
    ``Runner`` that is always that of htag 1. Arguments by position are taken in the order of
    either.

    Args:
        obj: the app at "/": a class, a module with an ``App``, or the name of one; None:
            ``add_route`` gives the pages.
        tagClass: the same, as htag 1 calls it, which also tells that htag 1 is meant.
        host: address to listen at; "0.0.0.0" if left out, with a window "127.0.0.1".
        port: to listen at, 8000 if left out; 0 for any free one.
        debug: tell pages and clients the traceback of errors; False if left out.
        ssl: see ``AppServer``.
        parano: encrypt what pages and server tell each other; False if left out.
        http_only: no websockets; False if left out.
        timeout_interaction: seconds a handler may take, 60 if left out, with a window any time.
        timeout_inactivity: seconds an app lives without an event; 0, any time, if left out.
        session_factory: where sessions are kept; None: in memory. Also ``sesprovider``.
        file: JSON file that keeps the session of the one user.
        interface: 1 or True opens a tab, ``(width, height)`` a window, and the program ends with
            the last page; 0, False or None serve for ever. 1 if left out.
        reload: loading the page again makes a new app, of the changed file.
        use_first_free_port: try the following ports when ``port`` is in use.
        opener: called with the address, in place of a browser.
        browsers: commands of the browsers to try for a window, each a list.
        settings: limits and timeouts of the server.
        log: where messages go.

    Raises:
        AppNotFound: ``obj`` is no app of the installed htag.
        ConfigurationError: an option cannot work, or two of them do not go together.

    """

    def __init__(
        self,
        obj: Any = None,
        *positional: Any,
        tagClass: Any = UNSET,  # noqa: N803 the published name
        host: str = UNSET,
        port: int = UNSET,
        debug: bool = UNSET,
        ssl: Any = UNSET,
        parano: bool = UNSET,
        http_only: bool = UNSET,
        httponly: bool = UNSET,
        timeout_interaction: float = UNSET,
        timeout_inactivity: float = UNSET,
        session_factory: Any = UNSET,
        sesprovider: Any = UNSET,
        file: str | None = UNSET,
        interface: Any = UNSET,
        reload: bool = UNSET,
        use_first_free_port: bool = UNSET,
        opener: Opener | None = None,
        browsers: Sequence[Command] | None = None,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        named = {
            "host": host,
            "port": port,
            "debug": debug,
            "ssl": ssl,
            "parano": parano,
            "http_only": one_of(UNSET, http_only=http_only, httponly=httponly),
            "timeout_interaction": timeout_interaction,
            "timeout_inactivity": timeout_inactivity,
            "session_factory": one_of(
                UNSET, session_factory=session_factory, sesprovider=sesprovider
            ),
            "file": file,
            "interface": interface,
            "reload": reload,
            "use_first_free_port": use_first_free_port,
        }
        given = {name: value for name, value in named.items() if value is not UNSET}
        chosen = by_name(positional, _order(positional), given)
        obj = one_of(obj, tagClass=tagClass)
        desktop = tagClass is not UNSET or not chosen.keys().isdisjoint(_HTAG1_ONLY)
        if desktop:
            _only_of_the_web(chosen)
        self._window = _window(chosen.get("interface", 1)) if desktop else None
        self._try_following = bool(chosen.get("use_first_free_port", False))
        self.opener, self.browsers = opener, browsers
        reload_app = bool(chosen.get("reload", False))
        options = app_options(
            http_only=chosen.get("http_only"),
            parano=chosen.get("parano"),
            timeout_interaction=chosen.get("timeout_interaction", 0 if desktop else 60),
            timeout_inactivity=chosen.get("timeout_inactivity", 0),
            recreate=reload_app or None,
            follow_changes=reload_app or None,
        )
        super().__init__(
            obj,
            chosen.get("host", LOCAL if desktop else HOST),
            chosen.get("port", PORT),
            debug=chosen.get("debug", False),
            ssl=chosen.get("ssl"),
            session_factory=chosen.get("session_factory"),
            options=options,
            settings=settings,
            log=log,
        )
        self._file = None if chosen.get("file") is None else JsonSession(chosen["file"])
        if self._file is not None:
            self.options["shared_session"] = self._file
        if self._window:
            self._end_with_the_app()

    def close(self) -> None:
        super().close()
        if self._file is not None:
            self._file.save()

    def run(  # type: ignore[override]  # the published one
        self,
        openBrowser: bool = UNSET,  # noqa: N803 the published name
        *,
        open_browser: bool = UNSET,
        host: str | None = None,
        port: int | None = None,
    ) -> None:
        """Serve until CTRL-C or SIGTERM, or until the last page of a program with a window left.

        Args:
            openBrowser: show the app in a tab of the browser; False if left out.
            open_browser: the same.
            host: address to listen at; None: that of the constructor.
            port: to listen at; None: that of the constructor.

        Raises:
            OSError: the address cannot be used.

        """
        self._listen_at(host, port)
        if self._try_following:
            self._take_a_following_port()
        if self._window:
            size = self._window if isinstance(self._window, tuple) else None
            self._serve_window(size, tab=size is None, ends=True)
        else:
            show = one_of(False, openBrowser=openBrowser, open_browser=open_browser)
            self._serve(self._show if show else None)


def _order(positional: Sequence[Any]) -> tuple[str, ...]:
    """What the arguments by position are called.

    Raises:
        ConfigurationError: it cannot be told.

    """
    if not positional:
        return _WEB_ORDER
    first = positional[0]
    if first is None or (len(positional) > 1 and isinstance(positional[1], str)):
        return _HTAG1_ORDER
    if len(positional) > 1 or _is_host(first):
        return _WEB_ORDER
    if isinstance(first, str) and (first.endswith(".json") or "/" in first or "\\" in first):
        return _HTAG1_ORDER
    raise ConfigurationError(f"{first!r} may be a host or a file: write host= or file=")


def _is_host(text: Any) -> bool:
    if text in ("", "localhost"):
        return True
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _only_of_the_web(chosen: dict[str, Any]) -> None:
    strange = [name for name in _WEB_ONLY if chosen.get(name)]
    if strange:
        raise ConfigurationError(
            f"{', '.join(strange)} belong to a server for the web, which has none of "
            f"{', '.join(_HTAG1_ONLY)}"
        )


def _window(interface: Any) -> bool | tuple[int, int]:
    """False: no window. True: a tab. A pair: the size of a window.

    Raises:
        ConfigurationError: it is none of these.

    """
    if interface in (0, None):  # False is 0
        return False
    if interface == 1:  # True is 1
        return True
    if isinstance(interface, (tuple, list)) and len(interface) == 2:
        return int(interface[0]), int(interface[1])
    raise ConfigurationError(
        f"interface is 1 for a tab, (width, height) for a window, or 0, not {interface!r}"
    )
