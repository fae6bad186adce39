"""What goes back: a status, header fields, and bytes, a part of a file, a stream or an upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy as shallow_copy
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from ..errors import HTTPError, reason_phrase
from ..record import record

if TYPE_CHECKING:
    import socket

    from ..interfaces import Receiver
    from .deflate import Terms

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"


class FileBody:
    """A range of an open file; whoever sends the response closes it.

    Attributes:
        file: open for reading, with a ``fileno``.
        offset: the first byte to send.
        length: how many bytes to send.

    """

    def __init__(self, file: BinaryIO, offset: int, length: int) -> None:
        self.file = file
        self.offset = offset
        self.length = length

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class Stream:
    """A stream whose length is known, which is then sent as ``Content-Length``.

    Attributes:
        pieces: yields exactly ``length`` bytes, or raises; its ``close()`` is called if it has one.
        length: in bytes; None: not known, as with any other iterable.

    """

    def __init__(self, pieces: Iterable[bytes], length: int | None) -> None:
        self.pieces = pieces
        self.length = length

    def __iter__(self) -> Iterator[bytes]:
        """The pieces.

        Raises:
            ValueError: they are more or less than the length that the client was told.

        """
        sent = 0
        for piece in self.pieces:
            sent += len(piece)
            if self.length is not None and sent > self.length:
                raise ValueError(f"a stream of {self.length} bytes has {sent} or more")
            yield piece
        if self.length is not None and sent < self.length:
            raise ValueError(f"a stream of {self.length} bytes has {sent} only")

    def close(self) -> None:
        """Release what it is made of."""
        close = getattr(self.pieces, "close", None)
        if close is not None:
            close()


@record()
class Tunnel:
    """A connection to another server that speaks the protocol of an upgrade.

    Attributes:
        sock: connected; whoever takes the tunnel owns it.
        received: bytes already read from it, for the client.

    """

    sock: socket.socket
    received: bytes

    def close(self) -> None:
        """Close the connection."""
        self.sock.close()


@record(frozen=True)
class Upgrade:
    """The connection leaves HTTP after this response (RFC 9110 section 7.8).

    Attributes:
        receiver: gets the websocket once the 101 is on its way; a ``Tunnel``: bytes are passed
            on both ways as they are.
        terms: what the handshake of a websocket has agreed on; None: the usual.

    """

    receiver: Receiver | Tunnel
    terms: Terms | None = None


Content = bytes | FileBody | Iterable[bytes]


class HTTPResponse:
    """An answer as the transports send it.

    ``Date``, ``Server``, ``Content-Length`` or ``Transfer-Encoding`` and ``Connection`` are the
    transport's; everything else is in ``headers``.

    Args:
        status: the status code.
        headers: the header fields, already checked.
        body: bytes are sent with their length; a ``FileBody`` and a ``Stream`` that knows it too;
            any other iterable of bytes is sent with chunked coding, and its ``close()`` is called
            if it has one.
        close: end the connection after this answer.
        upgrade: hand the connection over; ``status`` is 101 then.

    Attributes:
        foreign: another server has given it, which decides on all of its fields.

    """

    __slots__ = ("body", "close", "headers", "status", "upgrade")

    foreign: ClassVar[bool] = False

    def __init__(
        self,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
        body: Content = b"",
        *,
        close: bool = False,
        upgrade: Upgrade | None = None,
    ) -> None:
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.close = close
        self.upgrade = upgrade

    @classmethod
    def text(
        cls, text: str, status: int = 200, headers: Sequence[tuple[str, str]] = ()
    ) -> HTTPResponse:
        """Plain text in UTF-8."""
        return cls(status, [("Content-Type", TEXT), *headers], text.encode())

    @classmethod
    def html(
        cls, text: str, status: int = 200, headers: Sequence[tuple[str, str]] = ()
    ) -> HTTPResponse:
        """An HTML page in UTF-8."""
        return cls(status, [("Content-Type", HTML), *headers], text.encode())

    @classmethod
    def redirect(cls, location: str, status: int = 302) -> HTTPResponse:
        """A redirect without a body (RFC 9110 section 15.4)."""
        return cls(status, [("Location", location)])

    @classmethod
    def error(cls, error: HTTPError) -> HTTPResponse:
        """The plain-text page of an error."""
        line = f"{error.status} {reason_phrase(error.status)}\n"
        if error.detail != reason_phrase(error.status):
            line += f"{error.detail}\n"
        return cls.text(line, error.status, error.headers)

    def copy(self) -> HTTPResponse:
        """The same answer with a header list of its own."""
        other = shallow_copy(self)
        other.headers = list(self.headers)
        return other

    def header(self, name: str) -> str | None:
        """The first field with this name, or None."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), None)

    def content(self) -> bytes:
        """The whole body as bytes; a stream is consumed, a file read and closed."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, FileBody):
            try:
                self.body.file.seek(self.body.offset)
                return self.body.file.read(self.body.length)
            finally:
                self.body.close()
        try:
            return b"".join(self.body)
        finally:
            self.discard()

    def discard(self) -> None:
        """Release the body, and a tunnel, without sending anything."""
        if self.upgrade is not None and isinstance(self.upgrade.receiver, Tunnel):
            self.upgrade.receiver.close()
        close = getattr(self.body, "close", None)
        if close is not None:
            close()

    def __repr__(self) -> str:
        return f"<HTTPResponse {self.status}>"


class ForeignResponse(HTTPResponse):
    """The answer of another server, passed on."""

    __slots__ = ()

    foreign = True
