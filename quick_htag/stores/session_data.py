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
    """

    __slots__ = ("opener",)

    def __init__(self, opener: Callable[[], Session]) -> None:
        super().__init__()
        self.opener = opener  # gives the session, issuing it if there is none yet

    def __enter__(self) -> SessionData:
        self.opener().enter()
        return self

    def __exit__(self, *exception: object) -> None:
        self.opener().leave()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)
