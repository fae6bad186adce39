"""``HtagServer``: shows the apps in the files of a folder."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..engines.detect import load_engine, resolve_app
from ..errors import AppNotFound, HTTPError
from ..logs import MessageLog
from ..settings import Settings
from .app_options import app_options
from .file_browser import FileBrowser
from .htagweb import PORT, WebRunner

HOST = "127.0.0.1"  # whoever reaches it can run files of the folder
INDEX = "index"


class HtagServer(WebRunner):
    """The server of htagweb 0.4 to 0.24 for development.

    Without an app it serves ``App`` of ``index.py``, and without that a list of the Python files
    of the folder, each of which opens the app in it. That list is for who knows the token in the
    printed address. Each load of a page makes a new app, of the changed file.

    Args:
        obj: the app at "/": a class, a module with an ``App``, or the name of one.
        debug: tell pages and clients the traceback of errors; htagweb had True here.
        ssl: see ``AppServer``.
        session_size: bytes of JSON a session may have, 1 MiB if left out; htagweb had 10 KiB.
        parano: encrypt what pages and server tell each other.
        folder: what to look for apps in; None: the current one.
        host: address to listen at; htagweb had "0.0.0.0" here.
        port: to listen at, 0 for any free one.
        settings: limits and timeouts of the server.
        log: where messages go.

    Attributes:
        browser: lists the files; None: an app is served.

    Raises:
        AppNotFound: ``obj`` is no app of the installed htag.

    """

    def __init__(
        self,
        obj: Any = None,
        debug: bool = False,
        ssl: Any = False,
        session_size: int | None = None,
        parano: bool = False,
        *,
        folder: str | Path | None = None,
        host: str = HOST,
        port: int = PORT,
        settings: Settings | None = None,
        log: MessageLog | None = None,
    ) -> None:
        root = Path.cwd() if folder is None else Path(folder)
        app = _index(root) if obj is None else obj
        if session_size is not None:
            settings = replace(settings or Settings(), max_session_size=session_size)
        self.browser = FileBrowser(root) if app is None else None
        options = app_options(parano=parano, recreate=True, follow_changes=True)
        super().__init__(
            app, host, port, debug=debug, ssl=ssl, options=options, settings=settings, log=log
        )
        if self.browser is not None:
            self.add_route("/", self.browser.listing)
            self.add_route("/{name}", partial(self._open_file, self.browser))

    def _open_file(self, browser: FileBrowser, request: Any) -> Any:
        answer = browser.admit(request)
        if answer is not None:
            return answer
        try:
            return self.handle(request, browser.find(request.path_params["name"]))
        except AppNotFound as error:
            raise HTTPError(404, str(error)) from error

    @property
    def url(self) -> str:
        """The address for a browser on this machine, with the token where one is needed."""
        return self._with_token(super().url)

    def _with_token(self, url: str) -> str:
        return url if self.browser is None else f"{url}?token={self.browser.token}"

    def _announce(self, url: str) -> None:
        super()._announce(self._with_token(url))

    def _show(self, url: str) -> None:
        super()._show(self._with_token(url))


def _index(root: Path) -> Any:
    """``App`` of ``index.py`` of the folder; None: there is no such app."""
    path = root / f"{INDEX}.py"
    if not path.is_file():
        return None
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    module = importlib.import_module(INDEX)
    try:
        return resolve_app(load_engine(), module)
    except AppNotFound:
        return None
