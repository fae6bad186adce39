"""The address from which a browser fetches what an app has offered it to save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import HTTPError
from ..logs import ERR_SOURCE_GUI
from ..messages.request import HIDDEN_QUERY
from ..messages.response import HTTPResponse
from ..middleware.sessions import current_session

if TYPE_CHECKING:
    from ..guis.hosting import Hosting
    from ..interfaces import Log
    from ..messages.request import Request

_GONE = "This is not offered, or not any more. Go back to the page and ask for it again."


class GuiOffers:
    """Handler of one bound app, on request workers.

    Args:
        host: has what is offered.
        log: told of files that are gone.

    """

    def __init__(self, host: Hosting, log: Log) -> None:
        self._downloads = host.downloads
        self._log = log

    def fetch(self, request: Request) -> HTTPResponse:
        """What was offered, with ranges if it has them; HEAD fetches nothing.

        Raises:
            HTTPError: 404, it is not offered to this session; 416, nothing of the range exists.

        """
        request.meta[HIDDEN_QUERY] = True
        session = current_session(request)
        owner = None if session is None else session.uid
        token = request.query_params.get("offer", "")
        if request.method == "HEAD":
            attachment = self._downloads.peek(owner, token)
        else:
            attachment = self._downloads.take(owner, token, continues="range" in request.headers)
        if attachment is None:
            raise HTTPError(404, _GONE)
        try:
            return attachment.answer(request)
        except OSError as error:
            self._log.error(ERR_SOURCE_GUI, "a file that was offered cannot be sent", error)
            raise HTTPError(404, _GONE) from error
