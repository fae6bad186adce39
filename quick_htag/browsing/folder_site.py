"""The addresses of a folder that is browsed: its pages, the text of its files, and its apps.

``/sub/`` is a folder, ``/sub/file.py`` the text of a file, ``/sub/file.py/App`` an app in it. What
web pages are made of is served as it is, by the folder that is bound at "/".
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..contained import FoundFile, FoundFolder, open_inside, path_segments
from ..engines.base import Engine
from ..engines.detect import load_engine
from ..errors import EngineMissing, HTTPError
from ..handlers.gui import ALWAYS_WAITS
from ..interfaces import Log
from ..messages.navigation import has_parameter
from ..messages.request import Request
from ..messages.response import HTTPResponse
from ..routing import Pattern, Route
from ..settings import MIB
from .answers import page_answer, text_answer
from .file_page import source_page
from .folder_apps import FolderApps, MakeMount, file_at, parts_of
from .folder_page import FolderPage
from .folder_reader import FolderReader, is_text, sent_as_it_is

MOST_SHOWN: Final = MIB  # bytes of a text on a page

_ANY: Final = Pattern("/")  # for routes that are found here and not by their mask
_READS: Final = frozenset(("GET", "HEAD"))
_ASKED: Final = ("source", "raw")  # parameters for the text of what is sent as it is else


class FolderSite:
    """Finds and answers the requests of one folder; a ``Finder``. Any thread.

    Args:
        root: the folder.
        make_mount: makes the mounts of apps that are opened.
        log: told of apps that fail.

    """

    def __init__(self, root: Path, make_mount: MakeMount, log: Log) -> None:
        self.root = root.resolve()
        engine: Engine | None = None
        with suppress(EngineMissing):  # the folder can be looked at all the same
            engine = load_engine()
        major = 0 if engine is None else engine.major
        self._reader = FolderReader(self.root, major)
        self._page = FolderPage(self.root.name, major)
        self._apps = FolderApps(self._reader, make_mount, engine, log)
        self._folder = Route("folder", "GET", _ANY, None, self._show_folder)
        self._text = Route("text", "GET", _ANY, None, self._show_text)
        self._app = Route("page", "GET", _ANY, None, self._apps.open, cost=ALWAYS_WAITS)

    # -- finding -----------------------------------------------------------------------------------

    def find(self, request: Request) -> Route | None:
        parts = path_segments(request.raw_path)
        if parts is None:
            return None
        at = file_at(parts)
        if at is not None and len(parts) - at > 2:
            return self._apps.way(request.method, "/".join(parts[at + 2 :]))
        if request.method not in _READS:
            return None
        if at is not None and len(parts) - at == 2:
            return self._app
        if not parts or request.raw_path.endswith("/"):
            return self._folder
        asked = any(has_parameter(request.query_string, name) for name in _ASKED)
        return self._text if asked or not sent_as_it_is(parts[-1]) else None

    def allowed(self, raw_path: str) -> set[str]:
        parts = path_segments(raw_path)
        return set() if parts is None or not raw_path.endswith("/") else set(_READS)

    def close(self) -> None:
        """Nothing runs in the background."""

    # -- folders and texts -------------------------------------------------------------------------

    def _show_folder(self, request: Request) -> HTTPResponse:
        parts = parts_of(request)
        if parts and parts[-1].endswith(".py"):
            return HTTPResponse.redirect("../" + request.raw_path.rstrip("/").rpartition("/")[2])
        nonce = secrets.token_urlsafe(16)
        words = request.query_params.get("q", "").strip()
        try:
            self._refuse_links(parts)
            if words:
                found, whole = self._reader.search(parts, words)
                page = self._page.found(parts, found, words, whole, nonce)
            else:
                page = self._page.folder(parts, self._reader.items(parts), nonce)
        except OSError:
            raise HTTPError(404, "There is no such folder.") from None
        return page_answer(page, nonce=nonce)

    def _refuse_links(self, parts: tuple[str, ...]) -> None:
        """See to it that a folder lies in ours.

        Raises:
            OSError: it does not.

        """
        found = open_inside(str(self.root), parts)
        if found is None or isinstance(found[0], FoundFile):
            if found is not None and isinstance(found[0], FoundFile):
                found[0].close()
            raise FileNotFoundError

    def _show_text(self, request: Request) -> HTTPResponse:
        parts = parts_of(request)
        opened = open_inside(str(self.root), parts)
        found = opened and opened[0]
        if isinstance(found, FoundFolder):
            name = request.raw_path.rpartition("/")[2]
            return HTTPResponse.redirect(f"./{name}/")
        data, size = self._read(found)
        if has_parameter(request.query_string, "raw"):
            return text_answer(data)
        source = data[:MOST_SHOWN].decode(errors="replace")
        whole, wrong = size <= MOST_SHOWN, (0, "")
        if whole and found is not None and parts[-1].endswith(".py"):
            report = self._reader.report(found.path, found.stat)
            wrong = report.error_line, report.error
        return page_answer(source_page(self.root.name, parts, source, whole=whole, wrong=wrong))

    def _read(self, found: FoundFile | None) -> tuple[bytes, int]:
        """The text of a file, or its beginning, and its size.

        Raises:
            HTTPError: 404, there is no such file, or it is no text.

        """
        if found is not None:
            with found.file as file:
                if is_text(found.path):
                    return file.read(MOST_SHOWN), found.stat.st_size
        raise HTTPError(404, "There is no such file, or it is no text.")
