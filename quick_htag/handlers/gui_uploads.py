"""The address to which a page sends the files of its visitor, for a field of its app."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..errors import BodyRefused, HTTPError
from ..messages.request import HIDDEN_QUERY
from ..messages.response import HTTPResponse
from ..middleware.sessions import current_session

if TYPE_CHECKING:
    from ..guis import Mount
    from ..guis.hosting import Hosting
    from ..messages.form_limits import FormLimits
    from ..messages.request import Request

_FOREIGN: Final = "This address may be used by pages of this server only."
_GONE: Final = "Nobody takes files here, or not any more."
_NO_FILE: Final = "the body is a form with one file"


class GuiUploads:
    """Handler of one bound app, on request workers; it does not wait for the app.

    Args:
        mount: what ``guis`` knows of the app.
        host: finds the instances.
        limits: gives what is too much in a form.

    """

    def __init__(self, mount: Mount, host: Hosting, limits: Callable[[], FormLimits]) -> None:
        self._mount = mount
        self._host = host
        self._limits = limits

    def receive(self, request: Request) -> HTTPResponse:
        """Take a form with one file; 204, the app gets it in its turn.

        Raises:
            HTTPError: 400, it is no such form; 403, it is from another origin; 404, there is no
                such field, or its app has ended; 413, the file is too large.

        """
        request.meta[HIDDEN_QUERY] = True
        from ..messages.forms import parse_body  # the first upload
        from ..messages.websocket import same_origin

        if not same_origin(request):
            raise HTTPError(403, _FOREIGN)
        page, key = (request.query_params.get(name, "") for name in ("page", "field"))
        field = self._host.field(self._mount, current_session(request), page, key)
        if field is None:
            raise HTTPError(404, _GONE)
        kind = request.headers.get("content-type", "")
        _, files = parse_body(kind, request.body, self._limits())
        upload = next(iter(files.values()), None)
        if upload is None:
            raise HTTPError(400, _NO_FILE)
        if field.max_size is not None and upload.size > field.max_size:
            raise BodyRefused(413, f"the file is larger than {field.max_size} bytes")
        if not field.take(upload, page):
            raise HTTPError(404, _GONE)
        return HTTPResponse(204)
