"""How far uploads are that asked to be followed, and who follows them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from .deadline import Clock, monotonic
from .record import record, replace

if TYPE_CHECKING:
    from .messages.request import Request
    from .settings import Settings

PARAMETER: Final = "upload"  # of the query of an upload, and of who follows it
_NAME: Final = r"[A-Za-z0-9_-]{16,128}"  # long enough that nobody guesses it
_FINISHED_KEPT: Final = 1000  # uploads that are over; then the oldest are forgotten


@record(frozen=True)
class UploadProgress:
    """How far one upload is, as the server sees it.

    Attributes:
        received: bytes of the body that have arrived.
        total: bytes of the whole body; None: the client does not say.
        state: "receiving"; "received": complete, and handed to the endpoint; or "failed": too
            large, too slow, or broken off.

    """

    received: int
    total: int | None
    state: Literal["receiving", "received", "failed"] = "receiving"

    @property
    def fraction(self) -> float | None:
        """From 0 to 1; None: not known."""
        if self.state == "received":
            return 1.0
        return min(self.received / self.total, 1.0) if self.total else None

    @property
    def over(self) -> bool:
        """Whether nothing follows."""
        return self.state != "receiving"


Follower = Callable[[UploadProgress], object]
"""Told of progress, on any thread; it must neither wait nor fail."""


def upload_name(text: str) -> str | None:
    """The name of an upload that may be followed; None: it is none."""
    return text if re.fullmatch(_NAME, text) else None


class _Watch:
    """One upload under way; one call at a time. What the transport tells of its body."""

    def __init__(self, uploads: Uploads, name: str, total: int | None) -> None:
        self._uploads = uploads
        self._name = name
        self._total = total
        self._received = 0
        self._next = 0.0  # monotonic time of the next report
        self._over = False

    def received(self, count: int) -> None:
        """So many bytes have arrived by now."""
        self._received = count
        now = self._uploads.clock()
        if now >= self._next:
            self._next = now + self._uploads.interval
            self._uploads.tell(self._name, UploadProgress(count, self._total))

    def ended(self, *, complete: bool) -> None:
        """Nothing more arrives; only the first call counts."""
        if not self._over:
            self._over = True
            progress = UploadProgress(self._received, self._total, "failed")
            if complete:
                progress = replace(progress, state="received")
            self._uploads.tell(self._name, progress)


class Uploads:
    """The uploads of one server that are followed. Any thread; nothing here waits.

    An upload has a name when its address says ``?upload=NAME``. Whoever knows the name may follow
    it, before it begins, meanwhile, or shortly after; so it is random, and its visitor's secret.

    Args:
        settings: how often is reported, and how long an end is remembered.
        clock: the monotonic clock.

    Attributes:
        clock: the monotonic clock.
        interval: seconds between two reports of one upload.

    """

    def __init__(self, settings: Settings, clock: Clock = monotonic) -> None:
        self.clock = clock
        self.interval = settings.upload_report_interval
        self._kept = settings.upload_report_kept
        self._lock = threading.Lock()  # guards the three below
        self._running: dict[str, UploadProgress] = {}
        self._finished: dict[str, tuple[float, UploadProgress]] = {}  # with the time, oldest first
        self._followers: dict[str, dict[object, Follower]] = {}

    def __len__(self) -> int:
        """How many uploads run or are waited for."""
        with self._lock:
            return len(self._running.keys() | self._followers.keys())

    def begin(self, request: Request, total: int | None) -> _Watch | None:
        """What is to be told of the body of a request; None: nobody asked for that.

        Args:
            request: its head.
            total: bytes of the body; None: not known.

        """
        if PARAMETER not in request.query_string:
            return None
        name = upload_name(request.query_params.get(PARAMETER, ""))
        if name is None:
            return None
        with self._lock:
            if name in self._running:  # another one by the same name is not followed
                return None
            self._finished.pop(name, None)
            self._running[name] = UploadProgress(0, total)
        return _Watch(self, name, total)

    def follow(self, name: str, follower: Follower) -> Callable[[], object]:
        """Tell somebody how an upload goes on, and at once how far it is if it has begun.

        Args:
            name: of the upload, see ``upload_name``.
            follower: is told; for the last time when the upload is over.

        Returns:
            undoes it; harmless when the upload is over.

        """
        key = object()
        with self._lock:
            self._forget_old()
            ended = self._finished.get(name)
            known = self._running.get(name) if ended is None else ended[1]
            if ended is None:
                self._followers.setdefault(name, {})[key] = follower
        if known is not None:
            follower(known)
        return lambda: self._leave(name, key)

    def tell(self, name: str, progress: UploadProgress) -> None:
        """Tell who follows an upload."""
        with self._lock:
            followers = list(self._followers.get(name, {}).values())
            if progress.over:
                self._followers.pop(name, None)
                self._running.pop(name, None)
                self._finished[name] = (self.clock(), progress)
                self._forget_old()
            else:
                self._running[name] = progress
        for follower in followers:
            follower(progress)

    def _leave(self, name: str, key: object) -> None:
        with self._lock:
            followers = self._followers.get(name)
            if followers is not None:
                followers.pop(key, None)
                if not followers:
                    del self._followers[name]

    def _forget_old(self) -> None:
        """The lock is held."""
        oldest = self.clock() - self._kept
        while self._finished:
            name, (when, _) = next(iter(self._finished.items()))
            if when >= oldest and len(self._finished) <= _FINISHED_KEPT:
                return
            del self._finished[name]
