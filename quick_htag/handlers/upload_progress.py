"""The progress of an upload as events: ``{"state", "received", "total"}``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import HTTPError
from ..messages.event_stream import event_stream
from ..messages.response import HTTPResponse
from ..uploads import PARAMETER, UploadProgress, Uploads, upload_name

if TYPE_CHECKING:
    from ..interfaces import EventSender
    from ..messages.request import Request

_OVER: Final = "over"  # id of the last event: a browser that comes back with it is sent home
_BAD_NAME: Final = "?upload= has 16 to 128 letters, digits, - and _"
_DONE: Final = (1000, "")  # close code


class _Listener:
    """Passes progress on to one client. A ``Receiver``."""

    def __init__(self, uploads: Uploads, name: str) -> None:
        self._uploads = uploads
        self._name = name
        self._leave: Callable[[], object] = lambda: None

    def opened(self, channel: EventSender) -> None:
        def tell(progress: UploadProgress) -> None:
            fields = {name: getattr(progress, name) for name in ("state", "received", "total")}
            channel.send_event(json.dumps(fields), event_id=_OVER if progress.over else None)
            if progress.over:
                channel.close(*_DONE)

        self._leave = self._uploads.follow(self._name, tell)

    def received(self, message: str | bytes) -> None:
        """Nothing comes."""

    def closed(self, code: int, reason: str) -> None:
        self._leave()


class UploadEvents:
    """Handler of an address that tells of uploads, on request workers; it never waits.

    Args:
        uploads: what there is to tell.

    """

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def __call__(self, request: Request) -> HTTPResponse:
        """The events of one upload, up to its end; 204 for who has them.

        Raises:
            HTTPError: 400, the query names no upload.

        """
        name = upload_name(request.query_params.get(PARAMETER, ""))
        if name is None:
            raise HTTPError(400, _BAD_NAME)
        if request.headers.get("last-event-id") == _OVER:
            return HTTPResponse(204)  # an EventSource does not connect again after this
        return event_stream(request, _Listener(self._uploads, name))  # type: ignore[arg-type]
