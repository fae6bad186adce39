"""The body of a request: in memory, in a temporary file, absent, refused, or still to come."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from ..errors import BodyRefused, ConfigurationError

if TYPE_CHECKING:
    from .spool import Spool


class Body:
    """A request body that has arrived as a whole.

    Args:
        data: its bytes, or a binary file positioned anywhere; the body owns the file.
        length: its size in bytes.

    """

    __slots__ = ("_data", "length")
    _data: bytes | Spool

    def __init__(self, data: bytes | BinaryIO = b"", length: int | None = None) -> None:
        if length is None:
            length = len(data) if isinstance(data, bytes) else data.seek(0, io.SEEK_END)
        self.length = length
        if isinstance(data, bytes):
            self._data = data
        else:
            from .spool import Spool  # large bodies only

            self._data = Spool(data)

    @property
    def spool(self) -> Spool | None:
        """The file it is kept in; None: it is in memory."""
        return None if isinstance(self._data, bytes) else self._data

    def read(self) -> bytes:
        """All of it; may be called again.

        Raises:
            BodyRefused: the server did not take the body.

        """
        if isinstance(self._data, bytes):
            return self._data
        return self.open().read()

    def open(self) -> BinaryIO:
        """A binary file at its start, another one each time; it is closed with the request.

        Raises:
            BodyRefused: the server did not take the body.

        """
        if isinstance(self._data, bytes):
            return io.BytesIO(self._data)
        return self._data.part(0, self.length, keep=False)

    def close(self) -> None:
        """Release the temporary file, if there is one; uploads in it keep it while they live."""
        if not isinstance(self._data, bytes):
            self._data.close()


class RefusedBody(Body):
    """A body that was announced but not read; whoever asks for it gets the reason.

    Args:
        error: what ``read`` and ``open`` raise.

    """

    __slots__ = ("error",)

    def __init__(self, error: BodyRefused) -> None:
        super().__init__()
        self.error = error

    def read(self) -> bytes:
        raise self.error

    def open(self) -> BinaryIO:
        raise self.error


class AwaitedBody(Body):
    """A body that is not read before somebody has agreed to the request by its head."""

    __slots__ = ()

    def read(self) -> bytes:
        raise _too_early()

    def open(self) -> BinaryIO:
        raise _too_early()


def _too_early() -> ConfigurationError:
    return ConfigurationError(
        "the body has not arrived yet: before() and pre-middleware are asked when the head of a "
        "request is there, so that nobody sends in vain; look at the body in @server.middleware"
    )


EMPTY = Body()
AWAITED = AwaitedBody()
