"""The data of a session, as routes, websocket handlers and GUIs use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session


class SessionData(dict[str, Any]):
    """The data of a session: a dict, and a ``with`` block that keeps others with the same out.

    Outside of a block, what one request changes is merged with what others change, by the keys of
    this mapping. To read a value and write what follows from it, as in counting, takes a block.

    Args:
        opener: gives the session, issuing it if there is none yet; None: there is one.
        session: whose data it is; None: nobody's yet.

    """

    __slots__ = ("_opener", "_session")

    def __init__(self, opener: Callable[[], Session] | None, session: Session | None = None):
        self._opener = opener
        self._session = session

    def belong_to(self, session: Session) -> None:
        """Be the data of a session from now on."""
        self._session = session  # first: another thread looks at them the other way round
        self._opener = None

    def _opened(self) -> Session:
        opener, session = self._opener, self._session
        if session is not None:
            return session
        assert opener is not None
        return opener()

    def __enter__(self) -> SessionData:
        self._opened().enter()
        return self

    def __exit__(self, *exception: object) -> None:
        self._opened().leave()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)
