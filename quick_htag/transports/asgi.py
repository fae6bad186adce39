"""The application as ASGI servers call it (ASGI 3.0): uvicorn, hypercorn, and what they mount.

The host's loop never waits here: what may block runs on threads of ``Hosted.pool``.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..errors import ProtocolError
from ..messages.host_session import HostSession
from ..messages.request import HOST_SESSION
from .asgi_answer import AnswerSender
from .asgi_websocket import WebsocketGuest
from .host_request import host_request, local_path
from .hosted import Field, Hosted

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..messages.response import HTTPResponse
    from .body_store import BodyStore

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")

_NO_TUNNELS: Final = "Websockets of other servers are not passed on here."
# what a handshake has beside the fields of the client (RFC 6455 section 4.1); the host has done it
_HANDSHAKE: Final = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "sec-websocket-extensions": "",
}


class Asgi:
    """An ASGI application. Called on the loop of the host.

    Args:
        hosted: gives the answers.
        stop: stops the server when the host says that it ends; may block.

    """

    def __init__(self, hosted: Hosted, stop: Callable[[], object]) -> None:
        self._hosted = hosted
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of the host."""
        self._hosted.called()
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)
        else:
            raise ValueError(f"connections of the kind {kind!r} are not known")

    # -- requests ----------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope, scope["method"], _headers(scope))
        length = _length(request)
        try:
            try:
                response, whole = await self._take_body(request, length, receive)
            except ConnectionError:
                return
            if response is None:
                response = await self._run(partial(self._hosted.answer, request))
            if response.upgrade is not None:
                response = self._hosted.no_upgrade(response, "A websocket needs a handshake.")
            sender = AnswerSender(self._hosted, request, receive, send, self._run)
            if whole or not isinstance(response.body, bytes):  # which hears what the client does
                await sender.send(response)
            else:
                await self._send_while_it_comes(sender.send(response), receive)
        finally:
            await self._close_body(request)

    async def _take_body(
        self, request: Request, length: int | None, receive: Receive
    ) -> tuple[HTTPResponse | None, bool]:
        """Read the body as far as it is wanted.

        Returns:
            an answer, if it could not be read; and whether nothing of it is left.

        Raises:
            ConnectionError: the client has left.

        """
        begin = partial(self._hosted.begin, request, length)
        store = await self._run(begin) if self._hosted.asks and length != 0 else begin()
        if store is None:
            return None, length == 0
        more = True

        async def hear() -> dict[str, Any]:
            nonlocal more
            message = await receive()
            more = message.get("more_body", False)
            return message

        try:
            await self._fill(store, hear)
            request.body = await self._run(store.body) if store.on_disk else store.body()
        except ProtocolError as error:
            return self._hosted.refuse(request, error), not more
        finally:
            if store.on_disk:
                await self._run(store.close)
            else:
                store.close()
        return None, True

    async def _send_while_it_comes(self, sending: Awaitable[None], receive: Receive) -> None:
        """Send the answer to a client that still sends, and may read it only after that.

        What comes is read away meanwhile, for hypercorn takes no end of an answer before.

        """

        async def read_away() -> None:
            while (message := await receive())["type"] == "http.request":
                if not message.get("more_body", False):
                    return

        reading = asyncio.get_running_loop().create_task(read_away())
        try:
            await sending
            await asyncio.wait({reading}, timeout=self._hosted.settings.linger_timeout)
        finally:
            reading.cancel()

    async def _fill(self, store: BodyStore, receive: Receive) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client has left")
            piece, more = message.get("body", b""), message.get("more_body", False)
            if store.fits_memory(len(piece)):
                store.add(piece)
            else:
                await self._run(partial(store.add, piece))

    async def _close_body(self, request: Request) -> None:
        if request.body.spool is None:
            request.body.close()
        else:
            await self._run(request.body.close)

    # -- websockets --------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        given = (field for field in _headers(scope) if field[0] not in _HANDSHAKE)
        fields = [*given, *(field for field in _HANDSHAKE.items() if field[1])]
        request = _request(scope, "GET", fields)
        self._hosted.begin(request, 0)
        response = await self._run(partial(self._hosted.answer, request))
        guest = WebsocketGuest(self._hosted, request, receive, send)
        if guest.suits(response):
            await guest.serve(response)
            return
        if response.upgrade is not None:
            response = self._hosted.no_upgrade(response, _NO_TUNNELS)
        if "websocket.http.response" in (scope.get("extensions") or {}):
            deny = AnswerSender(self._hosted, request, receive, send, self._run, "websocket.http")
            await deny.send(response)
        else:
            response.discard()
            self._hosted.fields(request, response)
            await send({"type": "websocket.close", "code": 1008})  # which becomes a 403

    # -- life --------------------------------------------------------------------------------------

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await asyncio.get_running_loop().run_in_executor(None, self._stop)
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})

    async def _run(self, function: Callable[[], T]) -> T:
        """Call a function that may block, with the context variables of the host."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        try:
            pool = self._hosted.pool
        except RuntimeError:  # it has stopped: what is left to say is quick
            return function()
        return await loop.run_in_executor(pool, partial(context.run, function))


def _request(scope: Scope, method: str, headers: Iterable[Field]) -> Request:
    mount = scope.get("root_path") or ""
    sent = (scope.get("raw_path") or b"").decode("latin-1").partition("?")[0]
    client = scope.get("client") or ("", 0)
    request = host_request(
        method,
        local_path(scope["path"], mount, sent),
        (scope.get("query_string") or b"").decode("latin-1"),
        headers,
        mount=mount,
        version=scope.get("http_version", "1.1"),
        client=(client[0], client[1] or 0),
        scheme=scope.get("scheme") or "http",
    )
    if "session" in scope:  # what session middleware of the host has put there
        request.meta[HOST_SESSION] = HostSession(scope["session"])
    return request


def _headers(scope: Scope) -> Iterator[Field]:
    for name, value in scope["headers"]:
        yield name.decode("latin-1").lower(), value.decode("latin-1")


def _length(request: Request) -> int | None:
    """Bytes of the body; None: until the host says that there is no more."""
    told = request.headers.get("content-length")
    if told is None:
        may_have_one = request.method not in ("GET", "HEAD", "OPTIONS", "TRACE")
        return None if may_have_one or "transfer-encoding" in request.headers else 0
    return int(told) if told.isascii() and told.isdigit() else None
