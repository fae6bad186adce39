"""What endpoints get and give: the arguments of a call, and a value with status and type."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..messages.upload import Upload


class ReqArgs(TypedDict):
    """The second argument of an endpoint; every key is always there.

    ``segments`` and ``paths`` are decoded: an element may contain "/" or be "..", if a client
    encoded it, so never join one to a file path unchecked.
    """

    paths: list[str]
    query: dict[str, str | bool]
    post: Any
    files: dict[str, Upload]
    segments: dict[str, str]
    fragment: str
    meta: dict[str, Any]
    cookie: SimpleCookie | None


ReqF = Callable[["Request", ReqArgs], Any]
"""An endpoint: called on the thread that handles the request."""


class Response:
    """The value of an endpoint with a status and a content type of its own.

    Args:
        response: the value, as the endpoint would have returned it; None answers 404.
        code: the HTTP status, 200 to 599.
        ctype: the content type; None: the default of the endpoint.

    """

    __slots__ = ("_ctype", "code", "response")

    def __init__(self, response: Any, code: int = 200, ctype: str | None = None) -> None:
        self.response = response
        self.code = code
        self._ctype = ctype

    def get_ctype(self, default: str) -> str:
        """The content type, or ``default``."""
        return default if self._ctype is None else self._ctype

    def __repr__(self) -> str:
        return f"<Response {self.code}>"
