"""The ways of a page of an htag app to the server: websocket, events, polls, posted events.

The id of a page is its token: who knows it and has the session cookie is the page. It is in the
query, which is therefore kept out of logs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..errors import HTTPError
from ..guis.carried_session import carry
from ..messages.request import HIDDEN_QUERY, REFUSED
from ..messages.response import JSON, HTTPResponse, Upgrade
from ..middleware.sessions import current_session

if TYPE_CHECKING:
    from ..guis import Mount
    from ..guis.hosting import Hosting
    from ..interfaces import Log, Receiver
    from ..messages.request import Request
    from ..stores.session import Session

_DIGITS: Final = 15  # of a number
_ANSWER: Final = (("Content-Type", JSON), ("Cache-Control", "no-store"))
_NAME: Final = 24  # letters and digits of the name of a document
MAX_EVENTS: Final = 1000  # in one POST; a page has no more that are not done


class GuiLines:
    """Handlers of one bound app, on request workers; none of them waits.

    A page whose session or instance is gone is answered all the same, and told so as the
    transport tells a close: a script cannot see the status of a refused handshake.

    All raise HTTPError: 400 when the request is not one of our pages', 403 for another origin.

    Args:
        mount: what ``guis`` knows of the app.
        host: finds the instances.
        log: told of pages that cannot connect.

    """

    def __init__(self, mount: Mount, host: Hosting, log: Log) -> None:
        self._mount = mount
        self._links = host.links
        self._log = log

    def socket(self, request: Request) -> HTTPResponse:
        """The websocket; 426 when it is no handshake of one."""
        from ..messages.websocket import handshake, same_origin

        headers = handshake(request)
        self._check(request, same_origin(request))
        receiver = self._receiver(request)
        return HTTPResponse(101, headers, upgrade=Upgrade(receiver))

    def stream(self, request: Request) -> HTTPResponse:
        """Server-sent events: the messages to the page."""
        self._check(request, _from_own_page(request))
        receiver = self._receiver(request)
        from ..messages.event_stream import event_stream  # most pages have a websocket

        return event_stream(request, receiver, tells_close=True)

    def poll(self, request: Request) -> HTTPResponse:
        """A long poll: the messages to the page, as soon as there are some."""
        from ..messages.websocket import same_origin

        self._check(request, same_origin(request))
        page, session = _page(request), _session(request)
        name = request.query_params.get("c", "")
        if name:
            body = self._links.poll(session, page, name, _number(request, "k"))
        else:
            seen, address = _number(request, "seen"), request.client_address[0]
            document = _document(request)
            body = self._links.connect(self._mount, session, page, seen, address, document)
        return HTTPResponse(200, _ANSWER, body)

    def events(self, request: Request) -> HTTPResponse:
        """Events of the page, posted: a JSON list of messages as a websocket would carry them."""
        from ..messages.websocket import same_origin

        self._check(request, same_origin(request))
        texts = _texts(request)
        session = _session(request)
        page, document = _page(request), _document(request)
        answer = self._links.events(self._mount, session, page, texts, document)
        return HTTPResponse(200, _ANSWER, answer)

    def _receiver(self, request: Request) -> Receiver:
        seen, document = _number(request, "seen"), _document(request)
        session = _session(request)
        return self._links.receiver(self._mount, session, _page(request), seen, document)

    def _check(self, request: Request, ours: bool) -> None:
        """Go on with requests of our own pages only."""
        request.meta[HIDDEN_QUERY] = True
        if ours:
            return
        from ..messages.websocket import proxy_advice

        advice = proxy_advice(request)
        if advice is not None:
            self._log.message(advice)
        raise HTTPError(403, "This address may be used by pages of this server only.")


def _from_own_page(request: Request) -> bool:
    """Whether a GET may be one of our pages': browsers send no Origin with it then.

    The token it must have does not depend on this; a newer browser also says who asks.
    """
    if "origin" in request.headers:
        from ..messages.websocket import same_origin

        return same_origin(request)
    return str(request.headers.get("sec-fetch-site", "same-origin")) == "same-origin"


def _session(request: Request) -> Session | None:
    """None as well when the page has lost its right to be here: it is told that this is over."""
    session = None if REFUSED in request.meta else current_session(request)
    if request.headers.get("upgrade") is None:  # nothing is stored with the answer to a handshake
        carry(request, session)
    return session


def _page(request: Request) -> str:
    return request.query_params.get("page", "")


def _document(request: Request) -> str:
    """The name a loaded document has given itself; empty: none."""
    name = request.query_params.get("doc", "")
    if len(name) > _NAME or (name and not (name.isascii() and name.isalnum())):
        raise HTTPError(400, "doc must be a few letters and digits")
    return name


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        raise HTTPError(400, f"{name} must be a number")
    return int(text)


def _texts(request: Request) -> list[str] | None:
    """The messages of a POST; None: its body is something else, or was not taken."""
    if REFUSED in request.meta:
        return None
    try:
        texts = json.loads(request.body.read())
    except (ValueError, RecursionError):  # no JSON, or nested beyond measure
        return None
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_EVENTS:
        return None
    return texts if all(isinstance(text, str) for text in texts) else None
