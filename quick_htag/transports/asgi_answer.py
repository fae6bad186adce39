"""Answers of every kind as messages to an ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..messages.channel import EventChannel
from ..messages.event_stream import ABNORMAL, PING, PORTION, EventStream
from ..messages.later_body import LaterBody
from ..messages.response import FileBody, HTTPResponse
from .ending import GOING_AWAY
from .hosted import Hosted

if TYPE_CHECKING:
    from ..messages.request import Request

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Run = Callable[[Callable[[], Any]], Awaitable[Any]]

_FILE_PIECE: Final = 256 * 1024  # bytes; each costs a change of threads
_WITHOUT_CONTENT: Final = (204, 304)


class AnswerSender:
    """Sends the answer to one request. On the loop of the host.

    Args:
        hosted: the application.
        request: what is answered.
        receive: gives messages of the client; only its leaving is of interest.
        send: takes ours.
        run: calls what may block on a thread.
        prefix: how the messages are called, "http", or "websocket.http" to refuse a handshake.

    """

    def __init__(
        self,
        hosted: Hosted,
        request: Request,
        receive: Receive,
        send: Send,
        run: Run,
        prefix: str = "http",
    ) -> None:
        self._hosted = hosted
        self._request = request
        self._receive = receive
        self._emit = send
        self._run = run
        self._prefix = prefix

    async def send(self, response: HTTPResponse) -> None:
        """Send an answer; it is released in any case."""
        content = self._request.method != "HEAD" and response.status not in _WITHOUT_CONTENT
        try:
            if content and isinstance(response.body, LaterBody):
                data = await self._wait_for(response.body)
                if data is None:
                    return
                response.body = data
            with suppress(OSError):  # the client is gone; that is its right
                await self._begin(response)
                await self._send_body(response if content else HTTPResponse())
        finally:
            if isinstance(response.body, (bytes, EventStream)):
                response.discard()
            else:
                await self._run(response.discard)

    async def _send_body(self, response: HTTPResponse) -> None:
        body = response.body
        if isinstance(body, bytes):
            await self._piece(body, more=False)
        elif isinstance(body, FileBody) and body.length <= _FILE_PIECE:
            await self._send_file(body, asyncio.Event())
        elif isinstance(body, FileBody):  # hosts take what is sent to nobody without a word
            await self._watched(partial(self._send_file, body))
        else:
            await self._watched(
                partial(self._send_events, body)
                if isinstance(body, EventStream)
                else partial(self._send_stream, body)
            )

    async def _begin(self, response: HTTPResponse) -> None:
        fields = self._hosted.fields(self._request, response)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
        kind = f"{self._prefix}.response.start"
        await self._emit({"type": kind, "status": response.status, "headers": headers})

    async def _piece(self, data: bytes, *, more: bool = True) -> None:
        kind = f"{self._prefix}.response.body"
        await self._emit({"type": kind, "body": data, "more_body": more})

    async def _send_file(self, body: FileBody, gone: asyncio.Event) -> None:
        def read(offset: int, size: int) -> bytes:
            body.file.seek(offset)
            return body.file.read(size)

        sent = 0
        while sent < body.length and not gone.is_set():
            size = min(_FILE_PIECE, body.length - sent)
            data = await self._run(partial(read, body.offset + sent, size))
            if not data:  # it became shorter: the end of the connection tells the client
                return
            sent += len(data)
            await self._piece(data, more=sent < body.length)
        if not body.length:
            await self._piece(b"", more=False)

    # -- what takes its time -----------------------------------------------------------------------

    async def _watched(self, work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Do something, and tell it when the client has left."""
        gone = asyncio.Event()
        watch = asyncio.get_running_loop().create_task(self._watch(gone))
        try:
            await work(gone)
        finally:
            watch.cancel()

    async def _watch(self, gone: asyncio.Event) -> None:
        while (await self._receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
            pass
        gone.set()

    async def _wait_for(self, body: LaterBody) -> bytes | None:
        """The content that comes later; None: the client has left."""
        found: list[bytes] = []

        async def wait(gone: asyncio.Event) -> None:
            loop = asyncio.get_running_loop()
            changed = asyncio.Event()

            def ready(data: bytes) -> None:
                found.append(data)
                with suppress(RuntimeError):  # the loop of the host has ended
                    loop.call_soon_threadsafe(changed.set)

            leave = self._hosted.welcome(body.expire)
            body.park(ready)
            leaving = loop.create_task(gone.wait())
            leaving.add_done_callback(lambda _: changed.set())
            try:
                await asyncio.wait_for(changed.wait(), body.timeout)
            except (asyncio.TimeoutError, TimeoutError):
                body.expire()
            finally:
                leaving.cancel()
                leave()

        try:
            await self._watched(wait)
        finally:
            if not found:
                body.leave()
        return found[0] if found else None

    async def _send_stream(self, pieces: Any, gone: asyncio.Event) -> None:
        """Pieces as they are made, each on a thread; what fails there breaks the answer off."""
        iterator = iter(pieces)
        while not gone.is_set():
            try:
                piece = await self._run(partial(next, iterator, None))
            except Exception as error:  # noqa: BLE001 the user's own code
                self._hosted.report(f"the answer to {self._request!r} broke off", error)
                return
            if piece is None:
                await self._piece(b"", more=False)
                return
            if piece:
                await self._piece(bytes(piece))

    async def _send_events(self, stream: EventStream, gone: asyncio.Event) -> None:
        """Events as they come; no thread waits for them."""
        loop, awake = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop of the host has ended
                loop.call_soon_threadsafe(awake.set)

        settings = self._hosted.settings
        channel = EventChannel(
            stream.address, settings.websocket_max_queue, wake, tells_close=stream.tells_close
        )
        leaving = loop.create_task(gone.wait())
        leaving.add_done_callback(lambda _: awake.set())
        leave = self._hosted.welcome(partial(channel.close, GOING_AWAY, "the server stops"))
        end = (ABNORMAL, "")
        stream.receiver.opened(channel)
        try:
            end = await self._pass_on(stream, channel, awake, gone)
        finally:
            leaving.cancel()
            leave()
            channel.end()
            stream.receiver.closed(*end)

    async def _pass_on(
        self, stream: EventStream, channel: EventChannel, awake: asyncio.Event, gone: asyncio.Event
    ) -> tuple[int, str]:
        """Send what the channel gets; how it ended."""
        interval = self._hosted.settings.websocket_ping_interval
        pinged = getattr(stream.receiver, "pinged", None)
        while not gone.is_set():
            try:
                await asyncio.wait_for(awake.wait(), interval)
            except (asyncio.TimeoutError, TimeoutError):
                await asyncio.wait_for(self._piece(PING), interval)
                if pinged is not None:
                    pinged()
                continue
            awake.clear()
            if channel.woken()[0]:
                break
            while messages := channel.take(PORTION):
                # who takes nothing of it in this time does not get the rest
                await asyncio.wait_for(self._piece(b"".join(messages)), interval)
            farewell = channel.farewell()
            if farewell is not None:
                await self._piece(b"", more=False)
                return farewell
        return ABNORMAL, ""
