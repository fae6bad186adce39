"""Serves the files of bound folders, their listings, and the icon that browsers ask for."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote

from ..contained import FoundFile, FoundFolder, path_segments
from ..errors import HTTPError
from ..folders import Folders
from ..messages.conditional import (
    CacheControl,
    check_preconditions,
    etag_of_bytes,
    etag_of_file,
    http_date,
    none_match,
    not_modified,
)
from ..messages.encoding import GZIP, VARY, accepts_gzip
from ..messages.media_types import media_type
from ..messages.representation import represented
from ..messages.request import Request
from ..messages.response import HTML, JSON, FileBody, HTTPResponse
from ..settings import KIB, MIB
from .listing import listing_json, listing_page

_IN_MEMORY: Final = 64 * KIB  # a part of a file up to this size is sent together with its head
_MAX_CHECKED: Final = MIB  # no larger file is read to compare a checksum
_CHECKSUM = re.compile(r"[0-9a-f]{1,8}")
_ICON: Final = "favicon.ico"
_LISTING_POLICY: Final = (
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'",
)
_ACCEPT_RANGES: Final = ("Accept-Ranges", "bytes")

FallbackHook = Callable[[str], "str | None"]
"""``hook(path) -> file``: the file to send for a path that names none; None: 404."""


class StaticFiles:
    """Answers GET and HEAD from folders. Called on the thread of each request.

    Args:
        folders: where to look.
        cache: gives the ``Cache-Control`` of the answers.

    Attributes:
        directory_listing: list folders that have no index.
        favicon_everywhere: let any path that ends in ``favicon.ico`` find the icon.
        favicon_fallback: path of the icon of last resort, relative to the base path of the
            folders; None: there is none.
        fallback_hook: see ``fallback``; None: there is none.
        precompressed: send ``name.gz`` beside a file to clients that take gzip.

    """

    def __init__(self, folders: Folders, cache: CacheControl) -> None:
        self.directory_listing = False
        self.favicon_everywhere = True
        self.favicon_fallback: str | None = None
        self.fallback_hook: FallbackHook | None = None
        self.precompressed = False
        self._folders = folders
        self._cache = cache

    def respond(self, request: Request) -> HTTPResponse | None:
        """The answer to a GET or HEAD request; None: there is no such file.

        Raises:
            HTTPError: 412, the client wants another version; 416, nothing of the range exists.

        """
        found = self._find(request.raw_path)
        if found is None:
            return None
        if isinstance(found, FoundFile):
            return self.send(request, found)
        if not found.complete:
            return _redirect(found, request.query_string)
        return self._list(request, found) if self.directory_listing else None

    def fallback(self, request: Request) -> HTTPResponse | None:
        """What the hook has for a path that names nothing; None: nothing either.

        The hook gets the decoded path, "/" before each segment, never "." or ".." or hidden names.
        The file it names is relative to the base path, and may lie anywhere: that is the decision
        of the program. Only the white and black lists hold for it as for every file.

        Raises:
            HTTPError: as ``respond``.

        """
        hook = self.fallback_hook
        segments = path_segments(request.raw_path) if hook is not None else None
        if hook is None or segments is None:
            return None
        slash = "/" if request.raw_path.endswith("/") and segments else ""
        name = hook("/" + "/".join(segments) + slash)
        found = None if name is None else self._folders.find_named(name)
        if found is None:
            return None
        if not self._folders.patterns.allows(found.path):
            found.close()
            return None
        return self.send(request, found)

    def missing(self, raw_path: str) -> HTTPError:
        """The 404 for a path that names nothing to send."""
        found = self._folders.find(raw_path) if raw_path.endswith("/") else None
        if isinstance(found, FoundFolder):
            return HTTPError(404, "No permission to list directory")
        if found is not None:  # it appeared just now
            found.close()
        return HTTPError(404, "File not found")

    def exists(self, raw_path: str) -> bool:
        """Whether there is something to GET at a path."""
        found = self._find(raw_path)
        if isinstance(found, FoundFile):
            found.close()
            return True
        return found is not None and (self.directory_listing or not found.complete)

    def serve(self, path: str, content_type: str | None) -> Callable[[Request], HTTPResponse]:
        """A handler that always sends one file, as it is at the moment of each request.

        Args:
            path: of the file, relative to the base path; it may lie outside of every folder.
            content_type: None: by its name.

        """

        def handle(request: Request) -> HTTPResponse:
            found = self._folders.find_named(path)
            if found is None:
                raise HTTPError(404, "File not found")
            return self.send(request, found, content_type)

        return handle

    def send(
        self, request: Request, found: FoundFile, content_type: str | None = None
    ) -> HTTPResponse:
        """The answer that sends an open file; it is closed when it is not needed any more.

        Raises:
            HTTPError: as ``respond``.

        """
        kind = content_type or media_type(found.path)
        coded = None
        try:
            if self.precompressed and accepts_gzip(request.headers):
                coded = self._folders.find_compressed(found)
            return self._answer(request, coded or found, kind, coded is not None)
        finally:
            found.close()
            if coded is not None:
                coded.close()

    def _find(self, raw_path: str) -> FoundFile | FoundFolder | None:
        found = self._folders.find(raw_path)
        if found is None and self.favicon_everywhere and raw_path.endswith("/" + _ICON):
            found = self._folders.find_icon()
            if found is None and self.favicon_fallback is not None:
                found = self._folders.find_named(self.favicon_fallback)
        return found

    def _answer(
        self, request: Request, found: FoundFile, content_type: str, coded: bool
    ) -> HTTPResponse:
        """The part of a representation that is wanted; the compressed one is one of its own."""
        size, changed = found.stat.st_size, found.stat.st_mtime
        etag = etag_of_file(found.stat)
        if coded:
            etag = f'{etag[:-1]}-gz"'
        headers = [
            ("ETag", etag),
            ("Last-Modified", http_date(int(changed))),
            self._cache.field,
        ]
        if self.precompressed:
            headers.append(VARY)
        if not request.headers.has_conditions:  # most have none, and want all of it
            headers += (("Content-Type", content_type), _ACCEPT_RANGES)
            if coded:
                headers.append(GZIP)
            return HTTPResponse(200, headers, _body(found, 0, size))
        check_preconditions(request.headers, etag, changed)
        if not_modified(request.method, request.headers, etag, changed) or _has_checksum(
            request, found
        ):
            return HTTPResponse(304, headers)
        headers.append(("Content-Type", content_type))
        headers.append(_ACCEPT_RANGES)
        if coded:
            headers.append(GZIP)
        return represented(request, headers, size, etag, changed, partial(_body, found))

    def _list(self, request: Request, folder: FoundFolder) -> HTTPResponse:
        """A listing is asked for anew each time, as it has no date; its tag saves sending it."""
        entries = self._folders.entries(folder)
        if JSON in request.headers.get("accept", ""):
            kind, body = JSON, listing_json(entries, request.query_string)
        else:
            depth = self._folders.depth(folder)
            kind = HTML
            body = listing_page(entries, folder.segments, depth, request.query_string)
        etag = etag_of_bytes(body)
        headers = [("ETag", etag), ("Cache-Control", "no-cache"), ("Vary", "Accept")]
        known = request.headers.get("if-none-match")
        if known is not None and none_match(known, etag):
            return HTTPResponse(304, headers)
        return HTTPResponse(200, [("Content-Type", kind), *headers, _LISTING_POLICY], body)


def _has_checksum(request: Request, found: FoundFile) -> bool:
    """Whether a client of quick_server knows the file: it tells the CRC-32, without quotes."""
    field = request.headers.get("if-none-match")
    if field is None or _CHECKSUM.fullmatch(field) is None:
        return False
    if found.stat.st_size > _MAX_CHECKED:
        return False
    return zlib.crc32(found.read(0, _MAX_CHECKED)) == int(field, 16)


def _body(found: FoundFile, offset: int, length: int) -> bytes | FileBody:
    if length > _IN_MEMORY:
        return FileBody(found.take(), offset, length)
    return found.read(offset, length)


def _redirect(folder: FoundFolder, query: str) -> HTTPResponse:
    """To the folder with its slash, so that relative links of its index work.

    Relative, so that it works behind a proxy that takes a prefix off; and beginning with "./", so
    that no name looks like a scheme or a host.
    """
    name = quote(folder.segments[-1], safe="!$&'()*+,;=:@", errors="surrogateescape")
    tail = "?" + quote(query, safe="!$%&'()*+,/:;=?@[]") if query else ""
    return HTTPResponse.redirect(f"./{name}/{tail}", 301)
