"""What serves the files of an application; loaded when somebody asks for one, or binds a folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .folders import Folders
from .handlers.static import StaticFiles
from .messages.request import LOG_DETAIL, Request

if TYPE_CHECKING:
    from .interfaces import Handler
    from .messages.conditional import CacheControl
    from .messages.response import HTTPResponse

AddTarget = Callable[[str, str, "int | None", "Handler"], object]
"""``(method, mask, argc, handler)``: registers a route."""


class FileService:
    """What serves the files of one application.

    Args:
        cache: gives the ``Cache-Control`` of files.
        add_target: registers routes of special files.

    Attributes:
        folders: where files are.
        static: sends them.
        common_invalid_paths: paths that are not worth a line in the log when they are missing;
            replaced as a whole.

    """

    def __init__(self, cache: CacheControl, add_target: AddTarget) -> None:
        self.folders = Folders()
        self.static = StaticFiles(self.folders, cache)
        self.common_invalid_paths: frozenset[str] = frozenset()
        self.add_target = add_target

    def last_resort(self, request: Request) -> HTTPResponse:
        """The answer to a GET or HEAD that nothing else has one for.

        Raises:
            HTTPError: 404, nothing here either; 412 or 416 as for every file.

        """
        response = self.static.fallback(request)
        if response is not None:
            return response
        path = request.raw_path
        if path not in self.common_invalid_paths:
            self._explain(request, path)
        raise self.static.missing(path)

    def _explain(self, request: Request, path: str) -> None:
        """Say in the log why there is nothing, where that is not just a missing file."""
        binding = self.folders.first_binding(path)
        if binding is None:
            request.meta[LOG_DETAIL] = f"no matching folder alias: {path}"
        elif binding.root(self.folders.base_path) is None:
            request.meta[LOG_DETAIL] = f"there is no folder {binding.folder}"
