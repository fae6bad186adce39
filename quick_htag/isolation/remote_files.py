"""Files between visitors and apps in processes: what is uploaded, and what is offered to save."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import AppFailed, HTTPError
from ..messages.response import HTTPResponse, Stream
from .child_talks import CHUNK
from .failures import raised
from .link import LinkLost, Refused, Value
from .told_request import told

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..messages.upload import Upload
    from .link import Link
    from .seat import Seat

_PATIENCE: Final = 30.0  # seconds for the process to take or give a piece
_GONE: Final = "This is not offered, or not any more. Go back to the page and ask for it again."


class _Pieces:
    """A conversation in which the process is waited for; used by one thread."""

    def __init__(self) -> None:
        self._come: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def next(self) -> Any:
        """A text, bytes, or at the end a dict.

        Raises:
            LinkLost: the process is gone, or takes too long.
            Refused: it cannot.

        """
        try:
            found = self._come.get(timeout=_PATIENCE)
        except queue.Empty:
            raise LinkLost("the process takes too long") from None
        if found is None:
            raise LinkLost("the process is gone")
        if isinstance(found, dict) and "refused" in found:
            raise Refused(found["refused"])
        return found

    def said(self, text: str) -> None:
        self._come.put(text)

    def got(self, data: bytes) -> None:
        self._come.put(data)

    def ended(self, value: Value | None) -> None:
        self._come.put(value)


class RemoteField:
    """What takes the files of a page. Any thread; waits for the process.

    Args:
        seat: the process.
        key: names the field.
        max_size: bytes of the largest file; None: what the server takes.

    """

    def __init__(self, seat: Seat, key: str, max_size: int | None) -> None:
        self.max_size = max_size
        self._seat = seat
        self._key = key

    def take(self, upload: Upload, page: str) -> bool:
        """Hand a file over; False: the app has ended."""
        pieces = _Pieces()
        value = {
            "page": page,
            "key": self._key,
            "filename": upload.raw_filename,
            "content_type": upload.content_type,
        }
        try:
            link = self._seat.link
            talk = link.begin("upload", value, pieces)
            return self._hand_over(link, talk, pieces, upload)
        except (LinkLost, Refused):
            return False
        finally:
            upload.close()

    @staticmethod
    def _hand_over(link: Link, talk: int, pieces: _Pieces, upload: Upload) -> bool:
        try:
            upload.seek(0)
            while data := upload.read(CHUNK):
                link.give(talk, data)
                if isinstance(answer := pieces.next(), dict):
                    return bool(answer["taken"])
            link.say(talk, "all")
            return bool(pieces.next()["taken"])
        finally:
            link.end(talk)  # a process that only takes too long would keep what it has


class RemoteOffers:
    """What apps offer to save; see ``guis.hosting.Offers``. Any thread.

    Args:
        find: gives the process of a session, by its uid.

    """

    def __init__(self, find: Callable[[str], Seat | None]) -> None:
        self._find = find

    def take(self, owner: str | None, token: str, *, continues: bool) -> RemoteOffer | None:
        seat = None if owner is None else self._find(owner)
        return None if seat is None else RemoteOffer(seat, token)

    def peek(self, owner: str | None, token: str) -> RemoteOffer | None:
        return self.take(owner, token, continues=False)


class RemoteOffer:
    """Something that may be offered: the process knows.

    Args:
        seat: the process.
        token: names it.

    """

    def __init__(self, seat: Seat, token: str) -> None:
        self._seat = seat
        self._token = token

    def answer(self, request: Request) -> HTTPResponse:
        """The answer of the process; its body is fetched while it is sent.

        Raises:
            HTTPError: 404, it is not offered; 416, nothing of the range exists.
            OSError: the file, or the process, is gone.

        """
        pieces = _Pieces()
        try:
            link = self._seat.link
            value = {"request": told(request), "token": self._token}
            talk = link.begin("offer", value, pieces)
            head = pieces.next()
        except Refused as error:
            failure = raised(error)
            raise failure if isinstance(failure, HTTPError) else OSError(str(failure)) from error
        except LinkLost as error:
            raise OSError(str(error)) from error
        if isinstance(head, dict):
            raise HTTPError(404, _GONE)
        known = json.loads(head)
        body = Stream(_Body(self._seat, talk, pieces), known["length"])
        headers = [(str(name), str(text)) for name, text in known["headers"]]
        return HTTPResponse(int(known["status"]), headers, body)


class _Body:
    """The pieces of a download, each asked for when the one before was sent."""

    def __init__(self, seat: Seat, talk: int, pieces: _Pieces) -> None:
        self._seat = seat
        self._talk = talk
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        """The pieces.

        Raises:
            AppFailed: the process has ended meanwhile.

        """
        try:
            while True:
                self._seat.link.say(self._talk, "more")
                found = self._pieces.next()
                if isinstance(found, dict):
                    return
                yield found
        except (LinkLost, Refused) as error:
            raise AppFailed(f"the file cannot be sent on: {error}") from error

    def close(self) -> None:
        """Nobody wants the rest."""
        link = self._seat._link
        if link is not None:
            link.end(self._talk)
