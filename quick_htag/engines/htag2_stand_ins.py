"""What htag 2 gets in place of the objects of its own server."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..messages.request import Request
    from .base import InstanceContext

Own = dict[str, str]
"""Payloads by the id of the page they are for."""

FORCED_TRANSPORT = "htag_mode"  # cookie for which htag replaces the WebSocket class of the page
ERROR_HEAD = '{"action": "error"'  # how the text of an error payload begins
HIDDEN_ERROR = "Internal Server Error"  # htag's own words, in place of a traceback
NO_UPDATE = '{"action": "update", "updates": {}, "js": [], "statics": []}'


class OwnCall(str):
    """JavaScript for one page.

    Attributes:
        page: its id.

    """

    __slots__ = ("page",)
    page: str


def own_call(script: str, page: str) -> OwnCall:
    """``script`` for one page."""
    call = OwnCall(script)
    call.page = page
    return call


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
        """What htag calls."""
        self.tell(text)

    def tell(self, text: str) -> None:
        """Send a payload. htag reports errors of the app with one, from where it caught them."""
        if text.startswith(ERROR_HEAD):
            self.failed = True
            asker = self._context.asker()
            what = self._name if asker is None else f"an event handler of {self._name}"
            told = self._context.failed(f"{what} failed", sys.exc_info()[1])
            text = json.dumps(with_problem(json.loads(text), told))
            if asker is not None:  # the error of an event is for the page of the event
                self._context.send_for(NO_UPDATE, {asker: text})
                return
        self._context.send(text)


def with_problem(payload: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error payload with what the page is told of the failure, in a form short enough to read.

    Args:
        payload: of htag, or in its form.
        told: see ``InstanceContext.failed``; empty: nothing.

    """
    if not told:
        return payload
    trace = told.get("trace", HIDDEN_ERROR)
    return {**payload, "traceback": trace, "problem": told}


def variants(text: str, calls: list[str], answer: str, page: str | None) -> Own:
    """What single pages get in place of an update.

    Args:
        text: the update for all, a JSON object.
        calls: every JavaScript call in order, those for one page among them.
        answer: what ``page`` is answered, see ``answer_fields``; empty: nothing.
        page: whose event it was.

    """
    if not calls and page is not None:  # nearly every event
        return {page: f"{text[:-1]}{answer}}}"} if answer else {}
    own: Own = {}
    pages = {call.page for call in calls if isinstance(call, OwnCall)}
    if answer and page is not None:
        pages.add(page)
    for one in pages:
        js = [call for call in calls if not isinstance(call, OwnCall) or call.page == one]
        told = answer if one == page else ""
        own[one] = f'{text[:-1]}, "js": {json.dumps(js)}{told}}}'  # of two "js" the last one counts
    return own


def answer_fields(callback_id: str | None, result: str = "null") -> str:
    """What is written into an update so that it answers an event; empty: nobody has asked.

    Args:
        callback_id: the question of the page.
        result: JSON.

    """
    return f', "callback_id": {encode(callback_id)}, "result": {result}' if callback_id else ""


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
