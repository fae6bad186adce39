"""The gate: what is asked before every request, whatever it is aimed at, and may answer itself.

Pages, endpoints, files, uploads, jobs, other servers behind this one, websockets (the handshake)
and streams of events pass it, live pages in all their ways. A page that is open and has lost its
right to be here is told so in the way it listens to: a script cannot see the status of a refused
handshake, and would try for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..messages.request import REFUSED
from ..messages.response import HTTPResponse

if TYPE_CHECKING:
    from ..interfaces import Handler, Middleware
    from ..messages.request import Request
    from ..type_names import BeforeF

Respond = Callable[["Request", Any], HTTPResponse]
"""Makes an answer of what a function has returned."""

_NOT_WANTED = frozenset((401, 403))


def gate(
    functions: Sequence[BeforeF], pre: Middleware | None, respond: Respond, answer: Answer
) -> Middleware:
    """Middleware that asks ``functions``, after ``pre``.

    Args:
        functions: each gives None to go on, or what is answered.
        pre: raises to answer; None: there is none.
        respond: makes an answer of what they give.
        answer: calls a handler and makes an answer of what it raises.

    """
    passed = HTTPResponse(204)  # stands for "go on", and is never sent

    def ask(request: Request) -> HTTPResponse:
        for function in functions:
            value = function(request)
            if value is not None:
                request.send_header("Cache-Control", "no-store")  # others may go on
                return respond(request, value)
        return passed

    asking = ask if pre is None else pre(ask)

    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            response = answer(asking, request)
            if response is passed or _must_be_told(request, response.status):
                return handler(request)
            return response

        return handle

    return wrap


Answer = Callable[["Handler", "Request"], HTTPResponse]
"""``ErrorPages.answer``."""


def _must_be_told(request: Request, status: int) -> bool:
    """Whether it is a live page that is sent away; its handler then does nothing else."""
    if status not in _NOT_WANTED and status // 100 != 3:
        return False
    if not getattr(request.routed, "tells_refusal", False):
        return False
    request.meta[REFUSED] = True
    request.response_headers.clear()  # of a redirect, say
    return True
