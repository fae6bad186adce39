"""Serves the files of bound folders, and the icon that browsers ask for everywhere."""

from __future__ import annotations

import os
from urllib.parse import quote

from ..folders import Folders, FoundFile, FoundFolder, open_file
from ..messages.conditional import (
    CacheControl,
    etag_of_file,
    http_date,
    not_modified,
    requested_range,
)
from ..messages.media_types import media_type
from ..messages.request import Request
from ..messages.response import FileBody, HTTPResponse
from ..settings import KIB

_IN_MEMORY = 64 * KIB  # a part of a file up to this size is sent together with its head
_ICON = "favicon.ico"


class StaticFiles:
    """Answers GET and HEAD from folders. Called on the thread of each request.

    Args:
        folders: where to look.
        cache: gives the ``Cache-Control`` of the answers.

    Attributes:
        favicon_everywhere: let any path that ends in ``favicon.ico`` find the icon.
        favicon_fallback: path of the icon of last resort, relative to the base path of the
            folders; None: there is none.

    """

    def __init__(self, folders: Folders, cache: CacheControl) -> None:
        self.favicon_everywhere = True
        self.favicon_fallback: str | None = None
        self._folders = folders
        self._cache = cache

    def respond(self, request: Request) -> HTTPResponse | None:
        """The answer to a GET or HEAD request; None: there is no such file.

        Raises:
            HTTPError: 416, nothing of the range asked for exists.

        """
        found = self._find(request.raw_path)
        if found is None:
            return None
        if isinstance(found, FoundFolder):
            return _redirect(found, request.query_string)
        return self._send(request, found)

    def exists(self, raw_path: str) -> bool:
        """Whether there is something to GET at a path."""
        found = self._find(raw_path)
        if isinstance(found, FoundFile):
            found.file.close()
        return found is not None

    def _find(self, raw_path: str) -> FoundFile | FoundFolder | None:
        found = self._folders.find(raw_path)
        if found is None and self.favicon_everywhere and raw_path.endswith("/" + _ICON):
            found = self._folders.find_icon()
            if found is None and self.favicon_fallback is not None:
                path = os.path.join(self._folders.base_path, self.favicon_fallback)
                icon = open_file(os.path.realpath(path))
                found = icon if isinstance(icon, FoundFile) else None
        return found

    def _send(self, request: Request, found: FoundFile) -> HTTPResponse:
        try:
            response = self._answer(request, found)
        except BaseException:
            found.file.close()
            raise
        if not isinstance(response.body, FileBody):
            found.file.close()
        return response

    def _answer(self, request: Request, found: FoundFile) -> HTTPResponse:
        size, changed = found.stat.st_size, found.stat.st_mtime
        etag = etag_of_file(found.stat)
        headers = [
            ("ETag", etag),
            ("Last-Modified", http_date(int(changed))),
            self._cache.field,
        ]
        if not_modified(request.method, request.headers, etag, changed):
            return HTTPResponse(304, headers)
        headers.append(("Content-Type", media_type(found.path)))
        headers.append(("Accept-Ranges", "bytes"))
        part = requested_range(request.method, request.headers, size, etag, changed)
        if part is None:
            return HTTPResponse(200, headers, _body(found, 0, size))
        start, stop = part
        headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{size}"))
        return HTTPResponse(206, headers, _body(found, start, stop - start))


def _body(found: FoundFile, offset: int, length: int) -> bytes | FileBody:
    if length > _IN_MEMORY:
        return FileBody(found.file, offset, length)
    found.file.seek(offset)
    return found.file.read(length)


def _redirect(folder: FoundFolder, query: str) -> HTTPResponse:
    """To the folder with its slash, so that relative links of its index work.

    Built from the decoded segments: "//host" or a backslash at the start would lead elsewhere.
    """
    path = "/".join(
        quote(part, safe="!$&'()*+,;=:@", errors="surrogateescape") for part in folder.segments
    )
    tail = "?" + quote(query, safe="!$%&'()*+,/:;=?@[]") if query else ""
    return HTTPResponse.redirect(f"/{path}/{tail}", 301)
