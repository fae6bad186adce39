"""One websocket of an ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..messages.channel import WebsocketChannel
from ..messages.event_stream import ABNORMAL, PORTION
from ..messages.response import Tunnel
from .ending import CLOSE_LIMIT, GOING_AWAY
from .hosted import Hosted

if TYPE_CHECKING:
    from ..interfaces import Receiver
    from ..messages.request import Request
    from ..messages.response import HTTPResponse

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

TOO_LARGE: Final = (1009, "the message is too large")  # RFC 6455 section 7.4.1
_OF_HANDSHAKE: Final = ("sec-websocket-accept", "sec-websocket-protocol", "content-length")


class WebsocketGuest:
    """A websocket whose frames, pings and closing handshake are the host's. On the host's loop.

    Args:
        hosted: the application.
        request: the handshake.
        receive: gives messages of the client.
        send: takes ours.

    """

    def __init__(self, hosted: Hosted, request: Request, receive: Receive, send: Send) -> None:
        self._hosted = hosted
        self._request = request
        self._receive = receive
        self._emit = send
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._limit = hosted.settings.websocket_max_message
        limit = hosted.settings.websocket_max_queue
        self._channel = WebsocketChannel(request.client_address[0], limit, self._wake)
        self._read_on = asyncio.Event()  # the receiver takes messages
        self._end: tuple[int, str] | None = None  # as the client, or else we, have closed
        self._closed: tuple[int, str] = (ABNORMAL, "")  # by us

    @staticmethod
    def suits(response: HTTPResponse) -> bool:
        """Whether an answer opens a websocket that can be served here."""
        upgrade = response.upgrade
        return upgrade is not None and not isinstance(upgrade.receiver, Tunnel)

    async def serve(self, response: HTTPResponse) -> None:
        """Accept the websocket, and pass messages until it is closed."""
        upgrade = response.upgrade
        assert upgrade is not None
        receiver = upgrade.receiver
        assert not isinstance(receiver, Tunnel)
        if upgrade.terms is not None and upgrade.terms.max_message is not None:
            self._limit = upgrade.terms.max_message
        fields = self._hosted.fields(self._request, response)
        headers = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in fields
            if name.lower() not in _OF_HANDSHAKE
        ]
        chosen = response.header("sec-websocket-protocol")
        await self._emit({"type": "websocket.accept", "subprotocol": chosen, "headers": headers})
        leave = self._hosted.welcome(partial(self._channel.close, GOING_AWAY, "the server stops"))
        receiver.opened(self._channel)
        try:
            await self._pass_messages(receiver)
        finally:
            leave()
            self._channel.end()
            receiver.closed(*(self._end or self._closed))

    async def _pass_messages(self, receiver: Receiver) -> None:
        """Read and write at the same time until both sides have closed, or one is gone."""
        reading = self._loop.create_task(self._read(receiver))
        writing = self._loop.create_task(self._write())
        telling = self._loop.create_task(self._tell_pings(receiver))
        try:
            done, _ = await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            if writing in done and not writing.exception() and self._closed[0] != ABNORMAL:
                await asyncio.wait({reading}, timeout=CLOSE_LIMIT)  # its answer
        finally:
            for task in (reading, writing, telling):
                task.cancel()
            found = await asyncio.gather(reading, writing, telling, return_exceptions=True)
        for error in found:
            if isinstance(error, Exception) and not isinstance(error, (OSError, RuntimeError)):
                self._hosted.report("a websocket failed", error)

    async def _read(self, receiver: Receiver) -> None:
        while True:
            while self._channel.held:
                self._read_on.clear()
                if self._channel.held:
                    await self._read_on.wait()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._end = (message.get("code") or ABNORMAL, message.get("reason") or "")
                return
            text, data = message.get("text"), message.get("bytes")
            found = text if text is not None else data
            if found is None:
                continue
            if len(found) > self._limit or (
                isinstance(found, str)
                and len(found) * 4 > self._limit
                and len(found.encode("utf-8", "replace")) > self._limit
            ):
                self._channel.close(*TOO_LARGE)
                await self._until_gone()
                return
            if self._closed[0] == ABNORMAL:
                receiver.received(found)

    async def _until_gone(self) -> None:
        """Read what still comes, which nobody wants."""
        while (await self._receive())["type"] != "websocket.disconnect":
            pass

    async def _write(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            overflow, _ = self._channel.woken()
            if overflow:
                return  # without a word: it takes nothing
            if not self._channel.held:
                self._read_on.set()
            while messages := self._channel.take(PORTION):
                for one in messages:
                    await self._send_one(one)
            farewell = self._channel.farewell()
            if farewell is not None:
                self._closed = farewell
                code, reason = farewell
                await self._emit({"type": "websocket.close", "code": code, "reason": reason})
                return

    async def _send_one(self, message: bytes | memoryview) -> None:
        if isinstance(message, bytes):
            await self._emit({"type": "websocket.send", "text": message.decode()})
        else:
            await self._emit({"type": "websocket.send", "bytes": bytes(message)})

    async def _tell_pings(self, receiver: Receiver) -> None:
        """The host pings the client; its page wants to hear of it."""
        pinged = getattr(receiver, "pinged", None)
        while pinged is not None:
            pinged()
            await asyncio.sleep(self._hosted.settings.websocket_ping_interval)

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop of the host has ended
            self._loop.call_soon_threadsafe(self._awake.set)
