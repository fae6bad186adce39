"""The session of a host as apps have it, which live on between the requests that bring it.

What an app writes goes to the host with the next request of its visitor that is no websocket; what
the host has got meanwhile comes with every such request. Of a key that both have changed, what the
app wrote counts.
"""

from __future__ import annotations

import threading
from collections.abc import MutableMapping
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from ..messages.request import HOST_SESSION

if TYPE_CHECKING:
    from ..messages.request import Request
    from ..stores.session import Session

_TRIES: Final = 10  # to copy what another thread changes
_THEIRS: Final = "quick_htag.session_of_host"  # in ``Request.meta``


class CarriedSession(dict[str, Any]):
    """What the apps of one visitor have as their session. Any thread."""

    __slots__ = ("_known", "_lock")

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()  # guards _known; one exchange at a time
        self._known: dict[str, Any] = {}  # what the host has, as far as we know

    def exchange(self, theirs: MutableMapping[str, Any]) -> None:
        """Give the host what was written, and take what it has."""
        with self._lock:
            mine = _copy(self)
            for key in mine.keys() | self._known.keys():
                if key not in mine:
                    theirs.pop(key, None)
                elif key not in self._known or mine[key] != self._known[key]:
                    theirs[key] = deepcopy(mine[key])
            self._known = deepcopy(dict(theirs))
            for key, value in self._known.items():
                if key not in mine or mine[key] != value:
                    self[key] = deepcopy(value)
            for key in mine.keys() - self._known.keys():
                self.pop(key, None)

    def __enter__(self) -> CarriedSession:
        return self

    def __exit__(self, *exception: object) -> None:
        """Hosts have no means to keep others out."""


def _copy(values: dict[str, Any]) -> dict[str, Any]:
    """A copy of what the app may just change on its thread."""
    for _ in range(_TRIES):
        with suppress(RuntimeError):  # "changed size during iteration"
            return deepcopy(dict(values))
    return deepcopy(dict(values))


def carry(request: Request, session: Session | None) -> None:
    """Exchange what the apps of a visitor have with what the host has, if it has sessions."""
    found = request.meta.get(HOST_SESSION)
    if found is None or session is None:
        return
    with session.lock:
        if session.carried is None:
            session.carried = CarriedSession()
    theirs = request.meta.setdefault(_THEIRS, found)
    session.carried.exchange(theirs)
    request.meta[HOST_SESSION] = session.carried  # apps of htag 2 keep the request of their page
