"""Middleware that users write: before single endpoints, and before every request.

``fun(req, args, okay)`` stands before an endpoint: it returns ``okay`` to go on, or anything else
to answer with it, as if the endpoint had returned that. It may change ``args`` and leave notes in
``args["meta"]``. ``fun(req, path, cookie)`` stands before everything; it answers by raising.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..interfaces import Handler, Middleware
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from ..type_names import MiddlewareF, PreMiddlewareF, ReqArgs, ReqF

F = TypeVar("F", bound=Callable[..., Any])

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE"))
_ASYNC = 0x80 | 0x200  # CO_COROUTINE and CO_ASYNC_GENERATOR of inspect, which takes long to load
_GUARD = "quick_htag_guard"  # of a decorator that ``middleware`` gave: what it puts in front


class ReqNext:
    """What middleware returns to go on; each piece of middleware is given one of its own.

    Args:
        name: of the middleware.

    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        return f"ReqNext[{self._name}]"

    __repr__ = __str__


def _name(fun: Callable[..., Any]) -> str:
    return getattr(fun, "__name__", None) or repr(fun)


class Guarded:
    """An endpoint behind a piece of middleware.

    Args:
        middleware: called first.
        endpoint: called when the middleware agrees.

    Attributes:
        joined: both as one function.

    """

    def __init__(self, middleware: MiddlewareF, endpoint: Callable[..., Any]) -> None:
        functools.update_wrapper(self, endpoint)
        self.guard = middleware
        self.endpoint = endpoint
        self.joined = _join(middleware, joined(endpoint))

    def __call__(self, req: Request, args: ReqArgs) -> Any:
        return self.joined(req, args)


def _join(guard: MiddlewareF, endpoint: ReqF) -> ReqF:
    okay = ReqNext(_name(guard))

    def call(req: Request, args: ReqArgs) -> Any:
        value = guard(req, args, okay)
        if value is okay:
            return endpoint(req, args)
        if isinstance(value, ReqNext):
            raise ConfigurationError(
                f"the middleware {_name(guard)} returned {value}, which it was not given: "
                "return the third argument to go on"
            )
        return value

    return call


def joined(endpoint: ReqF) -> ReqF:
    """An endpoint as what is quickest to call: a function, not an object of a class."""
    return endpoint.joined if isinstance(endpoint, Guarded) else endpoint


def before(middleware: MiddlewareF, endpoint: ReqF) -> ReqF:
    """``endpoint`` behind a piece of middleware."""
    return Guarded(middleware, endpoint)


def taken_apart(endpoint: Callable[..., Any]) -> tuple[list[MiddlewareF], Callable[..., Any]]:
    """The middleware before an endpoint, the first to be called first, and what is behind it."""
    guards = []
    while isinstance(endpoint, Guarded):
        guards.append(endpoint.guard)
        endpoint = endpoint.endpoint
    return guards, endpoint


def middleware(fun: MiddlewareF) -> Callable[[F], F]:
    """A decorator for endpoints, below that of the route, that puts ``fun`` before them.

    It gives back a new function, so what stands above it is behind ``fun`` and nothing else is.
    """
    if not callable(fun):
        raise ConfigurationError(f"middleware is a function fun(req, args, okay), not {fun!r}")

    def wrap(endpoint: F) -> F:
        wrapped: Any = before(fun, endpoint)
        return wrapped  # type: ignore[no-any-return]  # it is called like the endpoint

    setattr(wrap, _GUARD, fun)
    return wrap


def check_endpoint(fun: Callable[..., Any]) -> None:
    """See that a function can answer, so that it is not the first visitor who finds out.

    Raises:
        ConfigurationError: it cannot.

    """
    guard = getattr(fun, _GUARD, None)
    if guard is not None:
        name = _name(guard)
        raise ConfigurationError(
            f"there is no endpoint behind the middleware {name}: "
            f"write @server.middleware({name}) above the endpoint, below the decorator of its route"
        )
    if not callable(fun):
        raise ConfigurationError(f"an endpoint is a function fun(req, args), not {fun!r}")
    function = taken_apart(fun)[1]
    if getattr(getattr(function, "__code__", None), "co_flags", 0) & _ASYNC:
        raise ConfigurationError(
            f"the endpoint {_name(function)} is an async function, which nobody would await: "
            "write def, as it may block, and asyncio.run() for what must be awaited"
        )


class Blocks:
    """The ``with middlewares(...)`` blocks of one application that are open on each thread."""

    def __init__(self) -> None:
        self._local = threading.local()  # so that a block is not around what other threads register

    @contextmanager
    def opened(self, functions: Sequence[MiddlewareF]) -> Iterator[None]:
        """Put ``functions`` before every endpoint that this thread registers in the block."""
        outer = self._current()
        self._local.functions = (*outer, *functions)
        try:
            yield
        finally:
            self._local.functions = outer

    def wrap(self, endpoint: ReqF) -> ReqF:
        """The endpoint behind the middleware of the open blocks, the outermost first."""
        for fun in reversed(self._current()):
            endpoint = before(fun, endpoint)
        return endpoint

    def _current(self) -> tuple[MiddlewareF, ...]:
        functions: tuple[MiddlewareF, ...] = getattr(self._local, "functions", ())
        return functions


def pre_layer(functions: Sequence[PreMiddlewareF]) -> Middleware:
    """Middleware that calls ``functions`` before whatever the request is aimed at."""
    from ..messages.cookies import simple_cookie
    from ..messages.plain_path import plain_path

    def wrap(handler: Handler) -> Handler:
        def handle(request: Request) -> HTTPResponse:
            if request.method in _METHODS:
                path = plain_path(request.raw_path)
                cookie = simple_cookie(request.headers) if "cookie" in request.headers else None
                for fun in functions:
                    fun(request, path, cookie)
            return handler(request)

        return handle

    return wrap
