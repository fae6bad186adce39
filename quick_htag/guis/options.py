"""How the instances of a bound app live, as ``bind_htag`` is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..record import record

if TYPE_CHECKING:
    from ..settings import Settings

ISOLATIONS = ("thread", "loop", "process")
_PER_TAB = (
    "persist=True keeps one state per visitor and path, so it cannot be used with per_tab=True, "
    "where each page has an app of its own"
)


@record(frozen=True)
class GuiOptions:
    """What ``bind_htag`` is told of the instances of an app; durations are seconds.

    Attributes:
        isolation: "thread": each instance has a thread and an asyncio loop of its own. "loop": the
            instances of a server share one, for apps that never block. "process": the instances
            of a visitor are in a process of their own.
        per_tab: one instance per page load and not per session; F5 is a page load.
        recreate_on_query: a page request with another query replaces the instance; None: as
            the generation of htag has it, htag 1 does and htag 2 does not.
        recreate_on_reload: every page request replaces the instance, F5 included.
        recreate_on_change: a changed source file of the app is loaded again at the next page
            request; for development.
        reset_parameter: name of a query parameter that replaces the instance when a visitor asks
            for it; links of other sites do not. Empty: none.
        timeout_interaction: a handler that shows no sign of life for longer ends its instance;
            None: as the settings have it, 0: never.
        timeout_inactivity: an instance without an event for longer ends, even when a page is
            connected; None: as the settings have it, 0: never.
        debug: whether pages are told the traceback of an error; None: as the server has it.
        persist: what a page shows is stored before it is shown, and the next instance of the
            visitor has it: with htag 2 the ``States`` of the app, with htag 1 ``tag.state``.
        parano: messages of pages are encrypted, and others refused.

    Raises:
        ConfigurationError: a value cannot work; says which and why.

    """

    isolation: str = "thread"
    per_tab: bool = False
    recreate_on_query: bool | None = None
    recreate_on_reload: bool = False
    recreate_on_change: bool = False
    reset_parameter: str = ""
    timeout_interaction: float | None = None
    timeout_inactivity: float | None = None
    debug: bool | None = None
    persist: bool = False
    parano: bool = False

    def __post_init__(self) -> None:
        if self.isolation not in ISOLATIONS:
            names = " or ".join(map(repr, ISOLATIONS))
            raise ConfigurationError(f"isolation must be {names}, not {self.isolation!r}")
        for name, value in vars(self).items():
            _check(name, value)
        if self.persist and self.per_tab:
            raise ConfigurationError(_PER_TAB)
        if self.parano:
            from ..cipher import require_aes

            require_aes()

    def interaction_limit(self, settings: Settings) -> float | None:
        """Seconds a handler may be silent; None: any time."""
        return _limit(self.timeout_interaction, settings.interaction_timeout)

    def inactivity_limit(self, settings: Settings) -> float | None:
        """Seconds without an event; None: any time."""
        return _limit(self.timeout_inactivity, settings.inactivity_timeout)


def _limit(given: float | None, default: float | None) -> float | None:
    return (default if given is None else given) or None


def _check(name: str, value: object) -> None:
    if name.startswith("timeout_"):
        number = type(value) in (int, float)
        if value is not None and (not number or not 0 <= value < float("inf")):  # type: ignore[operator]
            text = "must be a number of seconds, 0 for no limit, or None for the server's setting"
            raise ConfigurationError(f"{name} {text}, not {value!r}")
    elif name == "reset_parameter":
        if not isinstance(value, str):
            raise ConfigurationError(f"{name} must be the name of a parameter, not {value!r}")
    elif name != "isolation":
        optional = name in ("recreate_on_query", "debug")
        if not isinstance(value, bool) and not (optional and value is None):
            raise ConfigurationError(f"{name} must be True or False, not {value!r}")


DEFAULTS = GuiOptions()
