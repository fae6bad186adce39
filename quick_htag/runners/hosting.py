"""Runners that are called by another server, as ``gunicorn ... server:app`` does it."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..server import QuickServer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RunnerAsgi:
    """The ASGI application of a runner, whose server is made by the first call.

    That is later than the host may have forked.

    Args:
        server: gives the server, and makes it first; blocks then.

    """

    def __init__(self, server: Callable[[], QuickServer]) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the host."""
        loop = asyncio.get_running_loop()
        server = await loop.run_in_executor(None, self._server)
        await server.asgi(scope, receive, send)


class HostedRunner(ABC):
    """Base of the runners. It is called as a WSGI or ASGI application."""

    @abstractmethod
    def _host_server(self) -> QuickServer:
        """The server, made without an address on first use. Any thread."""

    @property
    def asgi(self) -> RunnerAsgi:
        """The application for ASGI servers, and for ``mount`` in Starlette and FastAPI."""
        return RunnerAsgi(self._host_server)

    @property
    def app(self) -> RunnerAsgi:
        """The same, as htag 2 calls it."""
        return self.asgi

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The application for WSGI servers with threads."""
        return self._host_server().wsgi(environ, start_response)

    def __call__(self, first: dict[str, Any], *more: Any) -> Any:
        """Be the application, for hosts that are given the runner itself.

        WSGI calls it with two arguments, ASGI with three, and ASGI 2, which uvicorn takes what it
        does not know for, with one.
        """
        if len(more) == 1:
            return self.wsgi(first, *more)
        return self.asgi(first, *more) if more else partial(self.asgi, first)


if hasattr(inspect, "markcoroutinefunction"):  # hosts ask for that to know ASGI from WSGI
    inspect.markcoroutinefunction(HostedRunner.__call__)


def in_gunicorn() -> bool:
    """Whether the host is gunicorn."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def several_processes() -> bool:
    """Whether there may be other processes like this one: workers of a host."""
    multiprocessing = sys.modules.get("multiprocessing")  # who was started by it has loaded it
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return True
    return in_gunicorn()
