"""What apps in a process of their own get from the server: its log, what begins, what is uploaded.

Nothing here waits but the first event of a page.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final, TextIO

from ..errors import StoreUnavailable
from ..tracebacks import failure_of
from ..uploads import UploadProgress
from .anchors import Anchors
from .link import LinkLost, Refused

_TIMEOUT: Final = 10.0  # seconds for the server to answer


class RemoteLog:
    """A ``Log`` whose lines the server writes. Any thread.

    Args:
        anchors: the servers.
        fallback: gets them while there is none.

    """

    def __init__(self, anchors: Anchors, fallback: TextIO) -> None:
        self._anchors = anchors
        self._fallback = fallback

    def message(self, text: str) -> None:
        self._tell("message", text)

    def debug(self, text: str) -> None:
        """Write what hardly ever matters."""
        self._tell("debug", text)

    def error(
        self,
        source: str,
        text: str,
        error: BaseException | None = None,
        hide: Iterable[str] = (),
    ) -> None:
        failure = [] if error is None else failure_of(error, tuple(hide)).short()
        self._tell("error", "\n".join([text, *failure]), source)

    def _tell(self, kind: str, text: str, source: str = "") -> None:
        if self._anchors.all():
            self._anchors.note("log", kind=kind, text=text, source=source)
        else:
            self._fallback.write(f"{text}\n")


class LogFile(io.TextIOBase):
    """A text stream whose lines go to a log: for ``msg`` of the app."""

    def __init__(self, log: RemoteLog) -> None:
        self._log = log
        self._lock = threading.Lock()  # guards the rest of a line
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._log.message(line.removeprefix("[SERVER] "))
        return len(text)


class RemoteBegun:
    """Notes at the server which events have begun; see ``BegunEvents``. Any thread.

    The server is asked with the first event of a page; from then on it is told. With ``waits`` it
    is asked always: its store outlives it, and has noted an event before that is handled.

    Args:
        anchors: the servers.
        claim: names this process, which may ask again what was answered too late.
        waits: see above.

    """

    here = False

    def __init__(self, anchors: Anchors, claim: str, *, waits: bool) -> None:
        self._anchors = anchors
        self._claim = claim
        self._waits = waits
        self._lock = threading.Lock()  # guards the table
        self._last: dict[str, int] = {}  # by page

    def begin(self, owner: str, page_id: str, number: int) -> bool:
        with self._lock:
            last = self._last.get(page_id)
            if last is not None and last >= number:
                return False
            self._last[page_id] = number
        if not self._anchors.all():
            raise StoreUnavailable("the server of this process is gone")
        if last is not None and not self._waits:
            self._anchors.note("begun", page=page_id, number=number)
            return True
        value = {"page": page_id, "number": number, "claim": self._claim}
        try:
            answer = self._anchors.ask("begun", _TIMEOUT, **value)
        except (LinkLost, Refused, TimeoutError) as error:
            raise StoreUnavailable("the server of this process does not answer") from error
        return bool(answer["new"])


class RemoteUploads:
    """The uploads that arrive at servers; see ``Uploads``. Any thread.

    Args:
        anchors: the servers.

    """

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._lock = threading.Lock()  # guards the table
        self._followers: dict[str, list[Callable[[UploadProgress], object]]] = {}

    def follow(
        self, name: str, follower: Callable[[UploadProgress], object]
    ) -> Callable[[], object]:
        """Tell somebody how an upload goes on; the value undoes it."""
        with self._lock:
            self._followers.setdefault(name, []).append(follower)
        for link in self._anchors.all():
            link.note("follow", upload=name)
        return lambda: self._leave(name, follower)

    def names(self) -> list[str]:
        """Those that are followed."""
        with self._lock:
            return list(self._followers)

    def told(self, value: dict[str, Any]) -> None:
        """A server tells how far an upload is."""
        progress = UploadProgress(int(value["received"]), value["total"], value["state"])
        name = str(value["upload"])
        with self._lock:
            followers = list(self._followers.get(name, ()))
            if progress.over:
                self._followers.pop(name, None)
        for follower in followers:
            follower(progress)

    def _leave(self, name: str, follower: Callable[[UploadProgress], object]) -> None:
        with self._lock:
            followers = self._followers.get(name, [])
            if follower in followers:
                followers.remove(follower)
            if followers:
                return
            self._followers.pop(name, None)
        for link in self._anchors.all():
            link.note("unfollow", upload=name)
