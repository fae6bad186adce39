"""Short messages that appear over the page and go by themselves."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from ..errors import ConfigurationError
from .home import desk_of

Level = Literal["info", "success", "warning", "error"]

SECONDS: Final = 6.0  # enough to read two lines


def notify(
    tag: Any, text: object, level: Level = "info", *, seconds: float | None = SECONDS
) -> bool:
    """Show a message over the page; the visitor may go on meanwhile. Any thread; never waits.

    The page whose event is handled shows it; from threads and tasks, all pages of the app. Screen
    readers read it out, "warning" and "error" at once. It stays while the pointer or the focus is
    on it.

    Args:
        tag: a tag in the app, or the app.
        text: what it says, as text; lines are kept.
        level: how important it is.
        seconds: how long it is shown; None: until it is closed.

    Returns:
        whether the app lives.

    Raises:
        GuiError: the tag is in no app that is served, or the app is still being built.
        ConfigurationError: the level or the time cannot be.

    """
    if level not in get_args(Level):
        raise ConfigurationError(f"level is one of {', '.join(get_args(Level))}, not {level!r}")
    if seconds is not None and not seconds > 0.0:
        raise ConfigurationError(f"seconds is above 0, or None, not {seconds!r}")
    notice = {"text": str(text), "level": level, "seconds": seconds}
    return desk_of(tag, "notify").tell({"notice": notice})
