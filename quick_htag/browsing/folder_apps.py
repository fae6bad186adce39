"""The apps in the files of a folder that is browsed: opened, kept, connected to their pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from ..contained import FoundFile, open_inside, path_segments
from ..engines.base import Engine
from ..errors import AppFailed, HTTPError
from ..handlers.gui import GuiMount
from ..interfaces import Handler, Log
from ..logs import ERR_SOURCE_GUI
from ..messages.navigation import came_from_here
from ..messages.request import Request
from ..messages.response import HTTPResponse
from ..routing import Pattern, Route
from ..tracebacks import advice
from .answers import page_answer
from .app_finder import FileReport
from .file_modules import AppOfFile, FileModules
from .file_page import doorstep_page, failed_page
from .folder_reader import FolderReader
from .traces import hide_places, trace_of

_ANY: Final = Pattern("/")  # for routes that are found here and not by their mask
_NO_DEBUG: Final = "The traceback is at the prompt; with --debug it is shown here."
_SERVES: Final = (
    "{0} starts a server of its own in line {1}, as soon as it is imported. Run it by itself, or "
    'put that below  if __name__ == "__main__":  to have its apps here.'
)

MakeMount = Callable[..., GuiMount]
"""``make(path, name=, follow=)``: the mount of an app, nothing registered."""


class FolderApps:
    """Opens apps at ``/sub/file.py/App``. Handlers run on request workers.

    Args:
        reader: tells which apps a file has, without running it.
        make_mount: makes the mounts of apps that are opened.
        engine: of the installed htag; None: none is, so there are no apps.
        log: told of apps that fail.

    """

    def __init__(
        self, reader: FolderReader, make_mount: MakeMount, engine: Engine | None, log: Log
    ) -> None:
        self._reader = reader
        self._root = reader.root
        self._make_mount = make_mount
        self._engine = engine
        self._log = log
        self._modules = FileModules(self._root)
        self._ways = {} if engine is None else self._ways_of_a_page()
        self._lock = threading.Lock()  # guards _mounts
        self._mounts: dict[tuple[str, ...], GuiMount] = {}  # as many as there are apps in files

    def _ways_of_a_page(self) -> dict[tuple[str, str], Route]:
        """What an app has below its page, by method and end of the address."""
        found = {}
        for target in self._make_mount("/", follow=_nobody).targets():
            if target.mask != "/":
                handler: Handler = partial(self._connect, target.method, target.mask)
                found[target.method, target.mask[1:]] = Route(
                    "gui",
                    target.method,
                    _ANY,
                    None,
                    handler,
                    body_limit=target.body_limit,
                    cost=target.cost,
                    tells_refusal=target.tells_refusal,
                )
        return found

    def way(self, method: str, end: str) -> Route | None:
        """The route of what a page of an app asks for, below its address; None: nothing is there.

        Args:
            method: of the request; GET answers HEAD too.
            end: of the address.

        """
        return self._ways.get(("GET" if method == "HEAD" else method, end))

    def open(self, request: Request) -> HTTPResponse:
        """The page of an app, or what is wrong with it.

        Raises:
            HTTPError: 404, there is no such app.

        """
        *parts, name = parts_of(request)
        report = self._report(tuple(parts))
        if report.error:
            place = f'File "{"/".join(parts)}", line {report.error_line}'
            return self._failed(parts, name, f"{place}\nSyntaxError: {report.error}")
        if report.serves_at:
            return self._failed(parts, name, _SERVES.format(parts[-1], report.serves_at))
        mount = self._mount(tuple(parts), name)
        if request.method == "HEAD":
            return mount.page(request)
        if not _asked_here(request):
            return page_answer(doorstep_page(self._root.name, parts, name), 403)
        try:
            mount.source()
            response = mount.page(request)
        except AppFailed as error:
            self._log.error(ERR_SOURCE_GUI, f"{name}: {error}", error.__cause__ or error)
            if not mount.debug():
                return self._failed(parts, name, _NO_DEBUG)
            told = advice(error.__cause__ or error)
            return self._failed(parts, name, error.trace or str(error), told)
        except HTTPError as error:
            if not isinstance(error.__cause__, AppFailed):
                raise
            cause = error.__cause__.__cause__ or error.__cause__
            if not mount.debug():
                return self._failed(parts, name, _NO_DEBUG)
            return self._failed(parts, name, trace_of(cause, self._root), advice(cause))
        if response.status >= 500 and isinstance(response.body, bytes):
            response.body = hide_places(response.body.decode(), self._root).encode()
        return response

    def _failed(self, parts: list[str], name: str, trace: str, told: str = "") -> HTTPResponse:
        return page_answer(failed_page(self._root.name, parts, name, trace, told), 500)

    def _connect(self, method: str, end: str, request: Request) -> HTTPResponse:
        """What an app answers to its page.

        Raises:
            HTTPError: 404, there is no such app.

        """
        parts = parts_of(request)
        at = file_at(parts) or 0
        mount = self._mount(parts[: at + 1], parts[at + 1])
        for target in mount.targets():
            if target.method == method and target.mask == mount.path + end:
                return target.handler(request)
        raise HTTPError(404, "File not found")

    def _mount(self, parts: tuple[str, ...], name: str) -> GuiMount:
        """The mount of an app; its file is not run by this. It stays when the file is broken.

        Raises:
            HTTPError: 404, the file has no such app.

        """
        with self._lock:
            kept = self._mounts.get((*parts, name))
        if kept is not None:
            return kept
        if self._engine is None:
            raise HTTPError(404, "htag is not installed.")
        if all(app.name != name for app in self._report(parts).apps(self._engine.major)):
            raise HTTPError(404, f"{parts[-1]} has no app {name} for htag {self._engine.major}.")
        path = self._root.joinpath(*parts)
        follow = AppOfFile(self._modules, path, name, self._engine)
        mount = self._make_mount("/" + "/".join((*parts, name)), name=name, follow=follow)
        with self._lock:
            return self._mounts.setdefault((*parts, name), mount)

    def _report(self, parts: tuple[str, ...]) -> FileReport:
        """What a Python file of the folder says.

        Raises:
            HTTPError: 404, there is no such file.

        """
        found = open_inside(str(self._root), parts)
        if found is None or not isinstance(found[0], FoundFile):
            raise HTTPError(404, "There is no such file.")
        found[0].close()
        return self._reader.report(found[1], found[0].stat)


def _nobody() -> Any:
    """The app of a mount that is asked for its addresses only."""


def file_at(parts: tuple[str, ...]) -> int | None:
    """Where in a path its Python file is; None: there is none, or nothing follows it."""
    return next((at for at, part in enumerate(parts[:-1]) if part.endswith(".py")), None)


def parts_of(request: Request) -> tuple[str, ...]:
    """The decoded names in the path of a request."""
    return path_segments(request.raw_path) or ()


def _asked_here(request: Request) -> bool:
    """Whether the visitor asked, and no page of another site; who sends neither is no browser."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return "referer" not in request.headers or came_from_here(request)
