"""The runners of htagweb 0.1 to 0.7: ``WebServer`` and ``WebServerWS``."""

from __future__ import annotations

from typing import Any

from ..logs import MessageLog
from ..settings import Settings
from .app_options import app_options
from .htagweb import HOST, PORT, WebRunner


class WebServer(WebRunner):
    """The server of htagweb 0.3 whose pages use no websockets.

    Args:
        obj: the app at "/": a class, a module with an ``App``, or the name of one; None:
            ``add_route`` gives the pages.
        timeout: seconds an app lives without an event; 0: any time.
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
        timeout: float = 5 * 60,
        *,
        host: str = HOST,
        port: int = PORT,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        options = app_options(http_only=True, timeout_inactivity=timeout)
        super().__init__(obj, host, port, options=options, settings=settings, log=log)


class WebServerWS(WebRunner):
    """The server of htagweb 0.3 whose pages use websockets.

    Args:
        obj: see ``WebServer``.
        timeout: seconds an app lives without an event; 0: any time.
        wss: True says that pages come through https, which they find out by themselves; an
            ``ssl.SSLContext`` makes it an HTTPS server.
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
        timeout: float = 5 * 60,
        wss: Any = False,
        *,
        host: str = HOST,
        port: int = PORT,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        options = app_options(timeout_inactivity=timeout)
        super().__init__(obj, host, port, ssl=wss, options=options, settings=settings, log=log)
