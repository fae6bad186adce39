"""Text and JSON endpoints: calls the function and turns its value into a response."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigurationError, HTTPError
from ..messages.conditional import CacheControl, check_preconditions, etag_of_bytes, none_match
from ..messages.form_limits import DEFAULT_LIMITS, FormLimits
from ..messages.headers import check_field
from ..messages.json_text import json_bytes
from ..messages.late_args import LateArgs
from ..messages.response import JSON, TEXT, Content, FileBody, HTTPResponse
from ..middleware.user import joined
from ..settings import KIB, MIB
from .results import Response

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..routing import Pattern
    from ..type_names import ReqF

_CHUNK = 64 * KIB
_MAX_TAGGED = MIB  # hashing more than this would cost more than the 304 saves
_MAX_REMEMBERED = 4 * KIB  # bytes of the last body of an endpoint that are kept with their tag
_BODY_METHODS = frozenset(("POST", "PUT", "DELETE"))
_CACHED = frozenset(("GET", "HEAD"))
_NO_CONTENT = frozenset((204, 205, 304))
_PLAIN = frozenset((dict, list, tuple, str, bytes, int, float, bool))  # no need to look closer
_CONTENT_TYPES: Final = {"json": ("Content-Type", JSON), "text": ("Content-Type", TEXT)}


class Endpoint:
    """The handler of one registered function. Called on the thread of each request.

    Args:
        kind: "json" or "text".
        method: the method it is registered for.
        pattern: its mask.
        argc: number of segments after the mask; None: any.
        fun: called with the request and ``ReqArgs``.
        cache: gives the ``Cache-Control`` of its answers.
        limits: gives what is too much in a form.
        check_site: raises when the body is not taken from whoever has sent it.

    """

    def __init__(
        self,
        kind: str,
        method: str,
        pattern: Pattern,
        argc: int | None,
        fun: ReqF,
        cache: CacheControl,
        limits: Callable[[], FormLimits] = lambda: DEFAULT_LIMITS,
        check_site: Callable[[Request], object] = id,
    ) -> None:
        self._fun = joined(fun)
        self._given = fun
        self._render: Callable[[Any], Content] = json_bytes if kind == "json" else _render_text
        self._content_type = _CONTENT_TYPES[kind]
        self._has_body = method in _BODY_METHODS
        if self._has_body:  # most servers begin with pages; this is not to wait for a request
            from ..messages.forms import parse_body

            self._parse_body = parse_body
        self._pattern = pattern
        self.set_argc(argc)
        self._cache = cache
        self._limits = limits
        self._check_site = check_site
        self._tagged = (b"", ("", ""))  # the last small body with its tag; replaced as a whole

    def set_argc(self, argc: int | None) -> None:
        """Change the number of segments after the mask; None: any."""
        self._rest = None if argc == 0 else self._pattern.rest

    def __call__(self, request: Request) -> HTTPResponse:
        """The answer of the function.

        Raises:
            HTTPError: 404, it gave None; 400 or 413, the body was not fit for it; 403, a page of
                another site has sent it.

        """
        args: Any = LateArgs({"meta": request.meta})
        args.late = request
        args.rest = self._rest
        if self._has_body:
            self._check_site(request)
            kind = request.headers.get("content-type", "")
            args.make(*self._parse_body(kind, request.body, self._limits()))
        try:
            return self.respond(request, self._fun(request, args))
        except (TypeError, ValueError) as error:  # perhaps about what it takes or gave
            from ..tracebacks import note_function  # nothing has failed before

            note_function(error, self._given)
            raise

    def respond(self, request: Request, value: Any) -> HTTPResponse:
        """The answer that a value of the function makes.

        Raises:
            HTTPError: 404, it is None; 412, the client wants another version.
            ConfigurationError: it cannot be answered.
            TypeError: it cannot be answered.

        """
        status, content_type = 200, self._content_type
        if value.__class__ not in _PLAIN:
            if isinstance(value, Response):
                status = _final_status(value.code)
                content_type = check_field("Content-Type", value.get_ctype(content_type[1]))
                value = value.response
            elif isinstance(value, HTTPResponse):
                return value.copy()  # the headers of this request are added to it
            if value is None:
                return _nothing_returned(request)
        body = self._render(value)
        if status != 200 or request.method not in _CACHED:
            if status in _NO_CONTENT:
                return HTTPResponse(status)
            return HTTPResponse(status, (content_type,), body)
        cache = self._cache.field
        if not isinstance(body, bytes) or len(body) > _MAX_TAGGED:
            return HTTPResponse(200, (content_type, cache), body)
        tagged = self._tagged
        if body != tagged[0] or not body:  # answers repeat themselves; to compare costs nothing
            tagged = (body, ("ETag", etag_of_bytes(body)))
            if len(body) <= _MAX_REMEMBERED:
                self._tagged = tagged
        field = tagged[1]
        headers = request.headers
        if headers.is_conditional:
            check_preconditions(headers, field[1])
            known = headers.get("if-none-match")
            if known is not None and none_match(known, field[1]):
                return HTTPResponse(304, (field, cache))
        return HTTPResponse(200, (content_type, field, cache), body)


def _nothing_returned(request: Request) -> HTTPResponse:
    """What the function has written itself, or 404."""
    if request.direct is not None and request.direct.given:
        return request.direct.response()
    raise HTTPError(404, "File not found")


def _final_status(code: int) -> int:
    if not isinstance(code, int) or not 200 <= code <= 599:
        raise ConfigurationError(f"the code of a Response is 200 to 599, not {code!r}")
    return int(code)


def _render_text(value: Any) -> Content:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if hasattr(value, "read"):
        return _render_file(value)
    if hasattr(value, "__next__"):
        return Stream(value, getattr(value, "close", None))
    raise TypeError(
        f"a text endpoint gave {type(value).__name__}; "
        "it may give str, bytes, a file, an iterator of str or bytes, or None"
    )


def _render_file(file: Any) -> Content:
    """A file from its start where it can be rewound; it is closed when it has been sent."""
    if getattr(file, "seekable", lambda: False)():
        file.seek(0)
        if isinstance(file, io.BufferedReader) and isinstance(file.raw, io.FileIO):
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode):
                return FileBody(file, 0, found.st_size)
    return Stream(iter(lambda: file.read(_CHUNK) or None, None), getattr(file, "close", None))


class Stream:
    """Chunks of str or bytes as bytes, and what is to be closed after them.

    Args:
        chunks: what to send, text as UTF-8.
        close: called once when it has been sent or given up; None: nothing to close.

    """

    def __init__(
        self, chunks: Iterable[str | bytes], close: Callable[[], object] | None = None
    ) -> None:
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, str):
                yield chunk.encode()
                continue
            try:
                data = memoryview(chunk)
            except TypeError:
                text = f"an iterator gave {type(chunk).__name__}; it may give str or bytes"
                raise TypeError(text) from None
            yield bytes(data)

    def close(self) -> None:
        """Close the source; again is harmless."""
        close, self._close = self._close, None
        if close is not None:
            close()
