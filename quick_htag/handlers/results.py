"""What endpoints give: a value with status and type."""

from __future__ import annotations

from typing import Any


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
