"""An answer that a handler writes itself, as into the socket, while there is none.

Scripts for ``http.server`` call ``send_response``, ``send_header``, ``end_headers`` and
``wfile.write``. Here these only collect; the answer is sent when the handler says it has answered,
by raising ``PreventDefaultResponse()`` or returning None.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from ..errors import ConfigurationError, HTTPError
from .body import Body
from .response import HTTPResponse

_NO_CONTENT = frozenset((204, 205, 304))


class _Written(io.BytesIO):
    """What is written stays readable for us when a text wrapper around it closes it."""

    def close(self) -> None:
        """Keep the bytes; they go with the request."""


class DirectAnswer:
    """What the handler of one request has written, and its view of the body.

    Attributes:
        wfile: takes the body of the answer.
        status: set by ``send_response``; None: not called.
        error: set by ``send_error``; the page for it is the answer then.

    """

    def __init__(self) -> None:
        self.wfile: BinaryIO = _Written()
        self.status: int | None = None
        self.error: HTTPError | None = None
        self._rfile: BinaryIO | None = None

    def rfile(self, body: Body) -> BinaryIO:
        """The body of the request, read on where it was left.

        Raises:
            BodyRefused: the server did not take the body.

        """
        if self._rfile is None:
            self._rfile = body.open()
        return self._rfile

    @property
    def given(self) -> bool:
        """Whether the handler has answered."""
        return self.status is not None or self.error is not None or bool(self.content())

    def content(self) -> bytes:
        """What was written."""
        return self.wfile.getvalue() if isinstance(self.wfile, io.BytesIO) else b""

    def response(self) -> HTTPResponse:
        """The answer that was written; the fields of ``send_header`` are added to it as always.

        Raises:
            HTTPError: it is an error page.

        """
        if self.error is not None:
            raise self.error
        status = 200 if self.status is None else self.status
        return HTTPResponse(status, (), b"" if status in _NO_CONTENT else self.content())

    def set_status(self, code: int) -> None:
        """Begin an answer.

        Raises:
            ConfigurationError: no final HTTP status.

        """
        if not isinstance(code, int) or not 200 <= code <= 599:
            raise ConfigurationError(f"send_response takes 200 to 599, not {code!r}")
        self.status = int(code)

    def set_error(self, code: int, message: str | None, explain: str | None) -> None:
        """Answer with the page of an error.

        Raises:
            ConfigurationError: no error status.

        """
        if not isinstance(code, int) or not 400 <= code <= 599:
            raise ConfigurationError(f"send_error takes 400 to 599, not {code!r}")
        detail = ": ".join(part for part in (message, explain) if part)
        self.error = HTTPError(int(code), detail or None)
