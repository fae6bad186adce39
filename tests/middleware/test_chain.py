"""The order of middleware."""

from __future__ import annotations

from quick_htag.interfaces import Handler, Middleware
from quick_htag.messages.request import Request
from quick_htag.messages.response import HTTPResponse
from quick_htag.middleware.chain import fold


def _named(name: str, log: list[str]) -> Middleware:
    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            log.append(f"into {name}")
            response = handler(request)
            log.append(f"out of {name}")
            return response

        return handle

    return wrap


def _inner(request: Request) -> HTTPResponse:
    return HTTPResponse(204)


def test_first_is_outermost() -> None:
    """Middleware is passed in the order it was added, and left the other way round."""
    log: list[str] = []
    handler = fold([_named("a", log), _named("b", log)], _inner)
    assert handler(Request("GET", "/")).status == 204
    assert log == ["into a", "into b", "out of b", "out of a"]


def test_nothing_to_fold() -> None:
    """Without middleware the handler is itself."""
    assert fold([], _inner) is _inner
