"""What htag 2 gets in place of the objects of its own server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext

FORCED_TRANSPORT = "htag_mode"  # cookie for which htag replaces the WebSocket class of the page
ERROR_HEAD = '{"action": "error"'  # how the text of an error payload begins


class HostChannel:
    """What htag takes for its only websocket.

    Attributes:
        failed: an error was sent; what the app had changed before was not.

    """

    def __init__(self, context: InstanceContext, name: str) -> None:
        self.failed = False
        self._context = context
        self._name = name

    async def send_text(self, text: str) -> None:
        """Send a payload. htag reports errors of the app with one, from where it caught them."""
        if text.startswith(ERROR_HEAD):
            self.failed = True
            self._context.error(f"{self._name} failed", sys.exc_info()[1])
        self._context.send(text)


class RenderRequest:
    """A page request without the cookie by which htag would cut off our transport."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of the request, but that one."""
        cookies = self._request.cookies
        return {name: value for name, value in cookies.items() if name != FORCED_TRANSPORT}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)
