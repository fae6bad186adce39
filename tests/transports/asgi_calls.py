"""An ASGI server of the least kind: one connection, whose messages a test gives and gets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

LIMIT = 20.0


class Calls:
    """One connection to an application; to be used on a running loop.

    Attributes:
        sent: what the application has sent.

    """

    def __init__(self, app: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> None:
        self.sent: list[dict[str, Any]] = []
        self._incoming = deque(messages)
        self._changed = asyncio.Condition()
        self.task = asyncio.get_running_loop().create_task(app(scope, self._receive, self._send))

    async def give(self, message: dict[str, Any]) -> None:
        """The client does something."""
        async with self._changed:
            self._incoming.append(message)
            self._changed.notify_all()

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until something holds of what was sent."""
        async with self._changed:
            waiting = self._changed.wait_for(holds)
            return await asyncio.wait_for(waiting, LIMIT)

    async def end(self) -> list[dict[str, Any]]:
        """Wait until the application has returned; what it has sent."""
        await asyncio.wait_for(self.task, LIMIT)
        return self.sent

    async def _receive(self) -> dict[str, Any]:
        async with self._changed:
            await self._changed.wait_for(lambda: self._incoming)
            return self._incoming.popleft()

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._changed:
            self.sent.append(message)
            self._changed.notify_all()


def scope_of(kind: str, path: str, *fields: tuple[str, str], **more: Any) -> dict[str, Any]:
    """What a host tells of a connection."""
    path, _, query = path.partition("?")
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *((a.encode(), b.encode()) for a, b in fields)],
        "client": ("192.0.2.7", 4711),
        **more,
    }


def body_message(data: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    """A piece of a body."""
    return {"type": "http.request", "body": data, "more_body": more}


GONE = {"type": "http.disconnect"}
CONNECT = {"type": "websocket.connect"}
