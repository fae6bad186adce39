"""Several values in one answer, as multipart/form-data (RFC 7578)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from ..settings import KIB
from .json_text import json_dumps
from .response import Content, HTTPResponse

_CHUNK = 64 * KIB
_BROWSER_ESCAPES = (("\r", "%0D"), ("\n", "%0A"), ('"', "%22"))


class MultipartResponse(HTTPResponse):
    """The value of an endpoint that answers with several named parts, status 200.

    A file is sent from its start where it can be rewound, without holding it in memory, and closed;
    it has the type ``application/octet-stream``. ``str`` and bytes are ``text/plain``, everything
    else is JSON. Make one for each request.

    Args:
        response: the parts by name.

    Attributes:
        response: the parts by name.
        boundary: what stands between the parts.

    """

    __slots__ = ("boundary", "response")

    def __init__(self, response: Mapping[str, Any]) -> None:
        self.response = dict(response)
        self.boundary = f"qsboundary{secrets.token_hex(16)}"
        body: Content
        if any(hasattr(value, "read") for value in self.response.values()):
            body = _Parts(self.response, self.boundary)
        else:
            body = b"".join(_Parts(self.response, self.boundary))
        super().__init__(200, [("Content-Type", self.get_ctype())], body)

    @property
    def code(self) -> int:
        """The status, as ``Response`` has it."""
        return self.status

    def get_ctype(self, default: str = "") -> str:
        """The content type; ``default`` is what ``Response`` needs."""
        return f'multipart/form-data; boundary="{self.boundary}"'


class _Parts:
    """The body, piece by piece."""

    def __init__(self, parts: Mapping[str, Any], boundary: str) -> None:
        self._parts = parts
        self._boundary = boundary

    def __iter__(self) -> Iterator[bytes]:
        for name, value in self._parts.items():
            yield self._head(name, value)
            yield from _content(value)
            yield b"\r\n"
        yield f"--{self._boundary}--\r\n".encode("ascii")

    def _head(self, name: str, value: Any) -> bytes:
        kind = "application/json"
        if isinstance(value, (str, bytes, bytearray, memoryview)):
            kind = "text/plain"
        elif hasattr(value, "read"):
            kind = "application/octet-stream"
        escaped = str(name)
        for character, escape in _BROWSER_ESCAPES:
            escaped = escaped.replace(character, escape)
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{escaped}"; filename="{escaped}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()

    def close(self) -> None:
        """Close the files, sent or not; again is harmless."""
        for value in self._parts.values():
            if hasattr(value, "read"):
                value.close()


def _content(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, (bytes, bytearray, memoryview)):
        yield bytes(value)
    elif hasattr(value, "read"):
        if getattr(value, "seekable", lambda: False)():
            value.seek(0)
        while chunk := value.read(_CHUNK):
            yield chunk.encode() if isinstance(chunk, str) else chunk
    else:
        yield json_dumps(value).encode("ascii")
