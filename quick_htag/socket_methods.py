"""What a server has for websockets and event streams of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .later import later
from .middleware.user import before, taken_apart
from .routing import check_mask
from .transports.thread_factory import from_factory

if TYPE_CHECKING:
    from .app import App
    from .interfaces import RunnerFactory
    from .logs import MessageLog
    from .settings import Settings
    from .sockets.entrance import Origins
    from .sockets.handlers import Handlers
    from .type_names import ReqF, ThreadFactory

F = TypeVar("F", bound=Callable[..., Any])


class SocketMethods:
    """Base of ``QuickServer``; see there for the attributes."""

    app: App
    log: MessageLog
    settings: Settings

    def _set_up_sockets(
        self, thread_factory: ThreadFactory | None, start_runner: RunnerFactory
    ) -> None:
        self._handler_threads = from_factory(thread_factory, self.log)
        self._start_handler_loop = start_runner

    @later
    def _handlers(self) -> Handlers:
        from .sockets.handlers import Handlers

        threads, start_loop = self._handler_threads, self._start_handler_loop
        return Handlers(self.settings, self.log, threads, start_loop)

    def websocket(
        self,
        mask: str,
        argc: int | None = None,
        *,
        subprotocols: Sequence[str] = (),
        allow_origins: Origins = False,
        max_message: int | None = None,
        compression: str | None = None,
    ) -> Callable[[F], F]:
        """Call the function for each websocket that is opened at ``mask``.

        It gets a ``WebSocket`` and runs on a thread of its own as long as that is open; its end
        closes the websocket. An ``async`` function gets an ``AsyncWebSocket`` instead and runs on
        one loop with all others of this server, so it must not block.

        Middleware stands before the handshake and refuses it with an answer, as for endpoints.

        Args:
            mask: the path, as for endpoints.
            argc: number of path segments that follow; None: any.
            subprotocols: what is spoken, the preferred first.
            allow_origins: whose pages may connect besides those of this server: True: any; a list
                of origins; a callable ``(origin, request) -> bool``. Who names no origin is no
                browser and may connect.
            max_message: bytes of the largest message; a larger one ends the connection with 1009.
                None: ``settings.websocket_max_message``.
            compression: "deflate" compresses messages for clients that can; never for what has
                both a secret and something a stranger chose in one message.

        Raises:
            ConfigurationError: one of these cannot work.

        """
        from .sockets.entrance import SocketEntrance

        check_mask(mask)

        def register(fun: F) -> F:
            guards, handler = taken_apart(fun)
            endpoint: ReqF = SocketEntrance(
                handler,
                self._handlers,
                self.settings,
                self.log,
                subprotocols=subprotocols,
                allow_origins=allow_origins,
                max_message=max_message,
                compression=compression,
            )
            for guard in reversed(guards):
                endpoint = before(guard, endpoint)
            self.app._add_endpoint("json", "GET", mask, argc, endpoint)
            return fun

        return register

    def sse(self, mask: str, argc: int | None = None) -> Callable[[F], F]:
        """Send the events that the function gives, to each client that listens at ``mask``.

        The function is called as an endpoint and gives a generator, that is, it has ``yield`` in
        it. It yields str, anything that becomes JSON, ``ServerSentEvent``, or None for a moment at
        which there is nothing to tell. It runs on a thread of its own while the client listens,
        and is closed at the next ``yield`` when the client has left; to wait in between, use
        ``args["gone"].wait(seconds)``. An ``async`` generator runs on one loop with all others and
        is closed at once. What is returned without ``yield`` is an answer, as of a JSON endpoint.

        Browsers connect again when the stream ends; ``args["last_event_id"]`` is then the id of
        the last event they got. They give up after an answer with 204.

        Args:
            mask: the path, as for endpoints.
            argc: number of path segments that follow; None: any.

        Raises:
            ConfigurationError: mask or argc cannot work.

        """
        from .sockets.events import EventEntrance

        check_mask(mask)

        def register(fun: F) -> F:
            entrance = EventEntrance(fun, self._handlers, self.settings)
            self.app._add_endpoint("json", "GET", mask, argc, entrance)
            return fun

        return register
