"""The gate: what is asked before every request, whatever it is aimed at, and may answer itself.

Pages, endpoints, files, uploads, jobs, other servers behind this one, websockets (the handshake)
and streams of events pass it, live pages in all their ways. A page that is open and has lost its
right to be here is told so in the way it listens to: a script cannot see the status of a refused
handshake, and would try for ever.

A request with a body is asked about when its head has arrived: before "100 Continue", and before a
stranger can fill a disk with a body that nobody is going to look at.
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

Answer = Callable[["Handler", "Request"], HTTPResponse]
"""``ErrorPages.answer``."""

_NOT_WANTED = frozenset((401, 403))
_REFUSAL = "quick_htag.refusal"  # in ``request.meta``: the answer of the gate; None: go on


class Gate:
    """Middleware that asks ``functions``, after ``pre``.

    Args:
        functions: each gives None to go on, or what is answered.
        pre: raises to answer; None: there is none.
        respond: makes an answer of what they give.
        answer: calls a handler and makes an answer of what it raises.

    """

    def __init__(
        self,
        functions: Sequence[BeforeF],
        pre: Middleware | None,
        respond: Respond,
        answer: Answer,
    ) -> None:
        self._functions = functions
        self._respond = respond
        self._answer = answer
        self._passed = HTTPResponse(204)  # stands for "go on", and is never sent
        self._asking: Handler = self._ask if pre is None else pre(self._ask)

    def __call__(self, handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            if _REFUSAL in request.meta:
                response: HTTPResponse | None = request.meta.pop(_REFUSAL)
            else:
                response = self._refusal(request)
            return handler(request) if response is None else response

        return handle

    def admit(self, request: Request) -> bool:
        """Ask now, with the head only; the handler gives the answer, and does not ask again.

        Returns:
            whether somebody wants the body.

        """
        refusal = self._refusal(request)
        request.meta[_REFUSAL] = refusal
        return refusal is None and REFUSED not in request.meta

    def _ask(self, request: Request) -> HTTPResponse:
        for function in self._functions:
            value = function(request)
            if value is not None:
                request.send_header("Cache-Control", "no-store")  # others may go on
                return self._respond(request, value)
        return self._passed

    def _refusal(self, request: Request) -> HTTPResponse | None:
        """What is answered instead; None: go on."""
        response = self._answer(self._asking, request)
        if response is self._passed or _must_be_told(request, response.status):
            return None
        return response


def _must_be_told(request: Request, status: int) -> bool:
    """Whether it is a live page that is sent away; its handler then does nothing else."""
    if status not in _NOT_WANTED and status // 100 != 3:
        return False
    if not getattr(request.routed, "tells_refusal", False):
        return False
    request.meta[REFUSED] = True
    request.response_headers.clear()  # of a redirect, say
    return True
