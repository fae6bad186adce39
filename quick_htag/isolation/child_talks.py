"""The conversations of an app in a process of its own: its pages' connections, polls, files."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..messages.response import FileBody
from .link import Link, Value

if TYPE_CHECKING:
    from ..messages.later_body import LaterBody
    from ..messages.response import Content, HTTPResponse
    from ..messages.upload import Upload

CHUNK: Final = 256 * 1024  # bytes of a file handed over at once
_PATIENCE: Final = 120.0  # seconds for a client to take a piece; the server has its own limit


class ChildLine:
    """A connection of a page to a server: the ``Channel`` of its app, and a ``Talk``."""

    def __init__(self, link: Link, talk: int, receiver: Any, transport: str, address: str) -> None:
        self.transport = transport
        self.address = address
        self.open = True
        self._link = link
        self._talk = talk
        self._receiver = receiver
        self._pinged = getattr(receiver, "pinged", None)

    def send(self, text: str) -> None:
        if self.open:
            self._link.say(self._talk, text)

    def close(self, code: int, reason: str) -> None:
        if self.open:
            self.open = False
            self._link.end(self._talk, close=[code, reason])

    def said(self, text: str) -> None:
        self._receiver.received(text)

    def got(self, data: bytes) -> None:
        """Empty: a ping; else what is no text, which no page sends."""
        if data:
            self._receiver.received(data)
        elif self._pinged is not None:
            self._pinged()

    def ended(self, value: Value | None) -> None:
        self.open = False
        code, reason = (value or {}).get("close", (1006, ""))
        self._receiver.closed(code, reason)


class WaitingPoll:
    """A poll that waits."""

    def __init__(self, body: LaterBody) -> None:
        self._body = body

    def said(self, text: str) -> None:
        """Nothing is said."""

    def got(self, data: bytes) -> None:
        """Nothing comes."""

    def ended(self, value: Value | None) -> None:
        self._body.leave()


class ArrivingFile:
    """A file that comes in pieces, each when the one before was written."""

    def __init__(self, link: Link, talk: int, upload: Upload, take: Callable[[], bool]) -> None:
        self._link = link
        self._talk = talk
        self._upload = upload
        self._take = take

    def got(self, data: bytes) -> None:
        try:
            self._upload.write(data)
        except OSError as error:  # the disk is full, say
            self._upload.close()
            self._link.refuse(self._talk, "file", repr(error))
        else:
            self._link.say(self._talk, "more")

    def said(self, text: str) -> None:
        """That was all of it."""
        self._upload.seek(0)
        self._link.end(self._talk, taken=self._take())

    def ended(self, value: Value | None) -> None:
        self._upload.close()


class Pump:
    """Sends the body of an answer, as much at once as is asked for."""

    def __init__(self) -> None:
        self._wanted = threading.Semaphore(0)
        self._over = False

    def run(self, link: Link, talk: int, response: HTTPResponse) -> None:
        """Until all is sent, or nobody wants it any more."""
        body = response.body
        length = len(body) if isinstance(body, bytes) else getattr(body, "length", None)
        head = {"status": response.status, "headers": response.headers, "length": length}
        link.say(talk, json.dumps(head))
        for piece in _pieces(body):
            if not self._wanted.acquire(timeout=_PATIENCE) or self._over:
                break
            link.give(talk, piece)
        link.end(talk, found=True)

    def said(self, text: str) -> None:
        """More is wanted."""
        self._wanted.release()

    def got(self, data: bytes) -> None:
        """Nothing comes."""

    def ended(self, value: Value | None) -> None:
        self._over = True
        self._wanted.release()


def _pieces(body: Content) -> Iterator[bytes]:
    """A body as pieces of a size that can be handed over."""
    if isinstance(body, FileBody):
        body.file.seek(body.offset)
        left = body.length
        while left and (data := body.file.read(min(CHUNK, left))):
            left -= len(data)
            yield data
        return
    for whole in [body] if isinstance(body, bytes) else body:
        for start in range(0, len(whole), CHUNK):
            yield whole[start : start + CHUNK]
