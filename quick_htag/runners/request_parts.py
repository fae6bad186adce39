"""The parts of a request that Starlette has classes of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ..messages.params import Params

if TYPE_CHECKING:
    from ..messages.upload import Upload


class Address(NamedTuple):
    """Who sent the request; also a plain ``(host, port)``."""

    host: str
    port: int


class Url(str):
    """An absolute URL: text that knows its parts."""

    __slots__ = ()

    @property
    def scheme(self) -> str:
        """``"http"`` or ``"https"``."""
        return urlsplit(self).scheme

    @property
    def netloc(self) -> str:
        """Host and port as they stand there."""
        return urlsplit(self).netloc

    @property
    def hostname(self) -> str | None:
        """The host."""
        return urlsplit(self).hostname

    @property
    def port(self) -> int | None:
        """The port; None: that of the scheme."""
        return urlsplit(self).port

    @property
    def path(self) -> str:
        """The path, as sent."""
        return urlsplit(self).path

    @property
    def query(self) -> str:
        """What follows the first "?"."""
        return urlsplit(self).query


class Query(Params):
    """Names to values, text all of them; of repeated names the last wins, ``getlist`` has all."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Query:
        """The query in a URL."""
        query = cls()
        for name, value in parse_qsl(text, keep_blank_values=True):
            query.add(name, value)
        return query

    def getlist(self, name: str) -> list[Any]:
        """Every value of a name, in the order given."""
        return self.get_all(name)

    def multi_items(self) -> list[tuple[str, Any]]:
        """Names and values, those of repeated names too."""
        return [(name, value) for name in self for value in self.get_all(name)]


class State:
    """Takes any attributes: notes for the time of one request."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the state of this request has no {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


class FormFile:
    """An uploaded file with methods to await.

    Args:
        file: as it has arrived.

    Attributes:
        file: the same, to be read without ``await``.
        filename: the name the client gave, made safe to create a file of.
        content_type: the type the client gave.
        size: in bytes.

    """

    def __init__(self, file: Upload) -> None:
        self.file = file
        self.filename = file.filename
        self.content_type = file.content_type
        self.size = file.size

    async def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes; -1: all that follow."""
        return self.file.read(size)

    async def seek(self, offset: int) -> None:
        """Go on reading at ``offset``, in bytes from the start."""
        self.file.seek(offset)

    async def close(self) -> None:
        """Release it."""
        self.file.close()
