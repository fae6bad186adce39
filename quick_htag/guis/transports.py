"""Which transports a page may use: what ``bind_htag`` says, narrowed by the visitor's cookie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..errors import ConfigurationError

TRANSPORTS: Final = ("websocket", "sse", "poll")  # the best first
MODE_COOKIE: Final = "htag_mode"  # of htag 2

_SPELLINGS: Final = {"ws": "websocket", "http": "poll"}
_MODES: Final = {"sse": ("sse", "poll"), "http": ("poll",)}


def chosen(transport: str | None, transports: Sequence[str] | None) -> tuple[str, ...]:
    """The transports of an app, the best first.

    Args:
        transport: the only one; None: see ``transports``.
        transports: some of "websocket" ("ws"), "sse" and "poll" ("http"); None: all.

    Raises:
        ConfigurationError: a name is unknown, none is left, or both arguments are given.

    """
    if transport is not None and transports is not None:
        raise ConfigurationError("give transport= or transports=, not both")
    if isinstance(transports, str):
        raise ConfigurationError(f"transports= takes several, transport={transports!r} one")
    given = TRANSPORTS if transports is None else tuple(transports)
    wanted = {_SPELLINGS.get(name, name) for name in (given if transport is None else [transport])}
    if not wanted or not wanted <= set(TRANSPORTS):
        names = ", ".join(map(repr, TRANSPORTS))
        raise ConfigurationError(f"the transports are {names}, not {transport or transports!r}")
    return tuple(name for name in TRANSPORTS if name in wanted)


def narrowed(
    transports: tuple[str, ...], mode: str | None, *, websocket: bool = True
) -> tuple[str, ...]:
    """What of ``transports`` a visitor with this ``htag_mode`` cookie uses.

    "sse" and "http" begin further down, as in htag 2; what the app does not have is not offered,
    and a cookie that would leave nothing counts for nothing.

    Args:
        transports: those of the app, the best first.
        mode: the value of the cookie; None: there is none.
        websocket: whether the server can have websockets; an app that has nothing else keeps them.

    """
    if mode is None and websocket:  # nearly every page
        return transports
    if not websocket:
        transports = tuple(name for name in transports if name != "websocket") or transports
    left = tuple(name for name in transports if name in _MODES.get(mode or "", transports))
    return left or transports
