"""Response heads as bytes, by RFC 9110 and 9112; no socket, no thread."""

from __future__ import annotations

import time
from email.utils import formatdate

from ..errors import reason_phrase
from ..messages.response import FileBody, HTTPResponse
from .request_parser import Head


class HeadWriter:
    """Formats response heads; the status line with ``Date`` is made once a second.

    Safe on any thread: the cache is replaced as a whole.

    Args:
        server: text of the ``Server`` field.

    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._cache: tuple[int, dict[int, str]] = (0, {})

    def _start(self, status: int) -> str:
        now = int(time.time())
        second, lines = self._cache
        if second != now:
            lines = {}
            self._cache = (now, lines)
        line = lines.get(status)
        if line is None:
            line = lines[status] = (
                f"HTTP/1.1 {status} {reason_phrase(status)}\r\n"
                f"Server: {self._server}\r\nDate: {formatdate(now, usegmt=True)}\r\n"
            )
        return line

    def head(self, response: HTTPResponse, head: Head | None, close: bool) -> tuple[bytes, bool]:
        """The bytes before the body, and whether a stream is to be sent with chunked coding.

        Args:
            response: what is sent.
            head: the request it answers; None: it was not understood.
            close: the connection ends after this answer.

        Raises:
            ValueError: a field would break out of its line.

        """
        lines = [self._start(response.status)]
        count = 3
        for name, value in response.headers:
            lines.append(f"{name}: {value}\r\n")
            count += 1
        chunked = False
        length = body_length(response)
        if length is not None:
            lines.append(f"Content-Length: {length}\r\n")
            count += 1
        elif response.status >= 200 and response.status not in (204, 304):
            chunked = head is not None and head.version == "HTTP/1.1"
            if chunked:
                lines.append("Transfer-Encoding: chunked\r\n")
                count += 1
        if close:
            lines.append("Connection: close\r\n")
            count += 1
        elif head is not None and head.version == "HTTP/1.0":
            lines.append("Connection: keep-alive\r\n")
            count += 1
        lines.append("\r\n")
        text = "".join(lines)
        if text.count("\n") != count + 1 or text.count("\r") != count + 1 or "\0" in text:
            raise ValueError(f"a header field has a line break: {response.headers!r}")
        return text.encode("latin-1"), chunked


def body_length(response: HTTPResponse) -> int | None:
    """The ``Content-Length`` of a response; None: it has none (RFC 9110 section 8.6)."""
    if response.status < 200 or response.status in (204, 304):
        return None
    if isinstance(response.body, bytes):
        return len(response.body)
    if isinstance(response.body, FileBody):
        return response.body.length
    return None


def sends_body(response: HTTPResponse, head: Head | None) -> bool:
    """Whether the content of a response goes out (RFC 9110 sections 9.3.2, 15)."""
    if head is not None and head.method == "HEAD":
        return False
    return response.status >= 200 and response.status not in (204, 304)
