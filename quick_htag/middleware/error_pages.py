"""Turns exceptions into answers; the only place on the request path that catches them all."""

from __future__ import annotations

import html
import os
from typing import TYPE_CHECKING

from ..errors import (
    AppFailed,
    ConfigurationError,
    HTTPError,
    NoCapacity,
    PreventDefaultResponse,
    ProtocolError,
    StoreBusy,
    StoreUnavailable,
    reason_phrase,
)
from ..logs import ERR_SOURCE_REQUEST
from ..messages.headers import check_field
from ..messages.request import ERROR_DETAIL
from ..messages.response import HTTPResponse

if TYPE_CHECKING:
    from ..interfaces import Handler, Log
    from ..messages.request import Request

_SHORTEST_SECRET = 8  # characters; shorter cookies are words like "dark"

# What a handler said about the body that it then did not deliver.
_OF_THE_BODY = frozenset(("cache-control", "etag", "last-modified", "expires", "accept-ranges"))
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem}}
pre{{overflow:auto;padding:1rem;background:#8882}}</style></head>
<body><h1>{title}</h1>
{body}</body>
</html>
"""


class ErrorPages:
    """Answers failed requests. Called on the thread of each request.

    Args:
        log: gets every failure that the client is told nothing about.

    Attributes:
        debug: tell the client the traceback.

    """

    def __init__(self, log: Log) -> None:
        self.debug = False
        self._log = log

    def answer(self, handler: Handler, request: Request) -> HTTPResponse:
        """The answer of ``handler``, or the page of what it raised; never raises."""
        try:
            return handler(request)
        except Exception as error:  # noqa: BLE001 handlers are the user's, and a request needs an answer
            return self.page(request, error)

    def page(self, request: Request, error: Exception) -> HTTPResponse:
        """The answer to a request whose handler raised ``error``."""
        direct = request.direct
        if direct is not None and direct.given and _has_answered(error):
            if direct.error is None:
                return direct.response()
            error = direct.error
        request.response_headers = [
            field for field in request.response_headers if not _is_of_the_body(field[0])
        ]
        if isinstance(error, PreventDefaultResponse):
            return self._prevented(request, error)
        if isinstance(error, StoreUnavailable):
            self._log.error(ERR_SOURCE_REQUEST, str(error), error)
        if isinstance(error, (NoCapacity, StoreBusy, StoreUnavailable)):
            headers = [("Retry-After", str(error.retry_after))]
            return _page(request, HTTPError(503, headers=headers))
        if isinstance(error, ProtocolError):
            response = _page(request, HTTPError(error.status, error.detail))
            response.close = True
            return response
        if isinstance(error, HTTPError):
            try:
                for field in error.headers:
                    check_field(*field)
            except ConfigurationError as broken:
                return self._failed(request, broken)
            return _page(request, error)
        return self._failed(request, error)

    def _prevented(self, request: Request, error: PreventDefaultResponse) -> HTTPResponse:
        code = error.code
        if code is None or code == 204:
            return HTTPResponse(204)
        if not isinstance(code, int) or not 200 <= code <= 599:
            broken = ConfigurationError(f"PreventDefaultResponse takes 200 to 599, not {code!r}")
            return self._failed(request, broken)
        if code in (205, 304):  # no content either, RFC 9110 section 15
            return HTTPResponse(code)
        return _page(request, HTTPError(int(code), error.msg))

    def _failed(self, request: Request, error: Exception) -> HTTPResponse:
        """500, telling the client an id that also stands in the log, and nothing else."""
        number = os.urandom(4).hex()
        what = f'Error while processing request {number}: "{request.method} {request.shown_target}"'
        hide = _secrets(request)
        self._log.error(ERR_SOURCE_REQUEST, what, error, *([hide] if hide else []))
        trace = ""
        if self.debug:
            from ..tracebacks import failure_of  # nothing has failed before

            trace = "\n".join(failure_of(error, hide).short())
            if isinstance(error, AppFailed) and error.trace:
                trace = error.trace
        return _page(request, HTTPError(500, f"The log of the server has it as {number}."), trace)


def _secrets(request: Request) -> list[str]:
    """What nobody else should know of a request."""
    field = str(request.headers.get("authorization", ""))
    values = [*request.cookies.values(), field, field.rpartition(" ")[2]]
    return [value for value in values if len(value) >= _SHORTEST_SECRET]


def _has_answered(error: Exception) -> bool:
    return isinstance(error, PreventDefaultResponse) and error.code is None


def _is_of_the_body(name: str) -> bool:
    lower = name.lower()
    return lower.startswith("content-") or lower in _OF_THE_BODY


def _page(request: Request, error: HTTPError, trace: str = "") -> HTTPResponse:
    """HTML for a browser, plain text for programs."""
    request.meta[ERROR_DETAIL] = error.detail
    vary = ("Vary", "Accept")
    if "text/html" not in request.headers.get("accept", ""):
        response = HTTPResponse.error(error)
        response.headers.append(vary)
        if trace and isinstance(response.body, bytes):
            response.body += f"\n{trace}".encode("utf-8", "replace")
        return response
    phrase = reason_phrase(error.status)
    body = f"<p>{html.escape(error.detail)}</p>\n" if error.detail != phrase else ""
    if trace:
        body += f"<pre>{html.escape(trace)}</pre>\n"
    text = _PAGE.format(title=f"{error.status} {phrase}", body=body)
    return HTTPResponse.html(text, error.status, [*error.headers, vary])
