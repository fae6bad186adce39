"""Finds the instance that a tag is shown by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..engines.from_threads import home_of
from ..errors import GuiError
from ..guis.desk import current_desk

if TYPE_CHECKING:
    from ..guis.desk import Desk


def desk_of(tag: Any, what: str) -> Desk:
    """What helps the app that ``tag`` is in. Any thread.

    Raises:
        GuiError: it is in none that is served, or the app is still being built.

    """
    home = home_of(tag)
    if home is None or home.desk is None:
        raise GuiError(f"{what} is for handlers of an app: this tag is in no app that is served")
    return cast("Desk", home.desk)


def own_desk(what: str) -> Desk:
    """What helps the app whose code the caller is, also while it is being built.

    Raises:
        GuiError: the caller is code of no app.

    """
    desk = current_desk()
    if desk is None:
        raise GuiError(f"{what} is made by code of an app, in init say, or in a handler")
    return desk
