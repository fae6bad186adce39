"""The endpoint before a websocket: who may come in, and what is agreed on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConfigurationError, HTTPError
from ..messages.deflate import DEFLATE, Accepted, Terms, accept_deflate
from ..messages.response import HTTPResponse, Upgrade
from ..messages.websocket import (
    choose_subprotocol,
    handshake,
    is_subprotocol,
    proxy_advice,
    same_origin,
)
from ..middleware.cors import CrossOrigin, OriginCheck
from ..middleware.sessions import SessionAccess
from .websocket import AsyncWebSocket, WebSocket

if TYPE_CHECKING:
    from ..interfaces import Log
    from ..messages.request import Request
    from ..settings import Settings
    from ..stores.session import Session
    from ..type_names import ReqArgs, SocketArgs
    from .handlers import Handlers
    from .line import Line

Origins = bool | str | Iterable[str] | OriginCheck
"""Whose pages may connect: False: ours; True: any; besides ours, a list or a callable."""


class SocketEntrance:
    """An endpoint function: answers a handshake, and gives the connection to a handler.

    Args:
        handler: called with a ``WebSocket``, or, ``async``, with an ``AsyncWebSocket``.
        handlers: runs it.
        settings: limits.
        log: told of pages that a proxy keeps out.
        subprotocols: what is spoken, the preferred first.
        allow_origins: whose pages may connect.
        max_message: bytes of the largest message; None: ``settings.websocket_max_message``.
        compression: "deflate" or None.

    Raises:
        ConfigurationError: one of these cannot work.

    """

    def __init__(
        self,
        handler: Callable[..., Any],
        handlers: Handlers,
        settings: Settings,
        log: Log,
        *,
        subprotocols: Sequence[str] = (),
        allow_origins: Origins = False,
        max_message: int | None = None,
        compression: str | None = None,
    ) -> None:
        if compression not in (None, "deflate"):
            raise ConfigurationError(f'compression is "deflate" or None, not {compression!r}')
        if isinstance(subprotocols, str) or not all(map(is_subprotocol, subprotocols)):
            raise ConfigurationError(f"subprotocols is a list of names, not {subprotocols!r}")
        if max_message is not None and max_message < 1:
            raise ConfigurationError(f"max_message is in bytes from 1, not {max_message!r}")
        self._handler = handler
        self._handlers = handlers
        self._settings = settings
        self._log = log
        self._subprotocols = tuple(subprotocols)
        self._others = CrossOrigin(allow_origins, log, "allow_origins") if allow_origins else None
        self._max_message = max_message
        self._compress = compression is not None
        self._on_loop = is_async(handler)

    def __call__(self, req: Request, args: ReqArgs) -> HTTPResponse:
        """The 101.

        Raises:
            HTTPError: 400 or 426, no handshake; 403, a page of another site; 503, no room.

        """
        headers = handshake(req)
        self._check_origin(req)
        subprotocol = choose_subprotocol(req, self._subprotocols)
        self._handlers.check_room(on_loop=self._on_loop)
        if subprotocol is not None:
            headers.append(("Sec-WebSocket-Protocol", subprotocol))
        find_session(req)
        deflate = self._deflate(req)
        if deflate is not None:
            headers.append(("Sec-WebSocket-Extensions", deflate.field))
        line = self._line(req, cast("SocketArgs", args), subprotocol)
        terms = Terms(self._max_message)
        if deflate is not None:
            terms = Terms(self._max_message, deflate=True, window_bits=deflate.window_bits)
        return HTTPResponse(101, headers, upgrade=Upgrade(line, terms))

    def _line(self, req: Request, args: SocketArgs, subprotocol: str | None) -> Line:
        details = (req, args, subprotocol, self._settings.websocket_send_timeout)
        handler = self._handler
        if self._on_loop:

            async def run_async(line: Line) -> None:
                session = set_session(req, args)
                try:
                    await handler(AsyncWebSocket(line, *details))
                finally:
                    await save_off_loop(session)

            return self._handlers.task_line(run_async, req.raw_path)

        def run(line: Line) -> None:
            session = set_session(req, args)
            try:
                handler(WebSocket(line, *details))
            finally:
                if session is not None:
                    session.save()

        return self._handlers.thread_line(run, req.raw_path)

    def _check_origin(self, req: Request) -> None:
        """Let in pages of ours, and clients that are no browser: these name no origin."""
        if "origin" not in req.headers or same_origin(req):
            return
        if self._others is not None and self._others.allows(req):
            return
        advice = proxy_advice(req)
        if advice is not None:
            self._log.message(advice)
        raise HTTPError(403, "Pages of other sites may not use this address.")

    def _deflate(self, req: Request) -> Accepted | None:
        if not self._compress:
            return None
        offers = ",".join(req.headers.get_all("sec-websocket-extensions"))
        return accept_deflate(offers) if DEFLATE in offers else None


def is_async(handler: Callable[..., Any]) -> bool:
    """Whether calling ``handler`` gives a coroutine."""
    call = getattr(type(handler), "__call__", None)  # noqa: B004 whether it is ``async``
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


def find_session(req: Request) -> None:
    """Look the session up, which may take a moment, while it is still a request."""
    access = req.open_session
    if isinstance(access, SessionAccess):
        access.find()


def set_session(req: Request, args: SocketArgs) -> Session | None:
    """Put the data of the visitor's session into ``args``; one that the request began is one."""
    access = req.open_session
    session = access.found() if isinstance(access, SessionAccess) else None
    args["session"] = None if session is None else session.data
    return session


async def save_off_loop(session: Session | None) -> None:
    """Store what a handler has changed, on another thread: all other handlers would wait, too."""
    if session is not None:
        await asyncio.get_running_loop().run_in_executor(None, session.save)
