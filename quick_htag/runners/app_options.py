"""What runners call the options of an app, as ``bind_htag`` calls them."""

from __future__ import annotations

from typing import Any

from ..guis.transports import TRANSPORTS

HTTP_ONLY = tuple(name for name in TRANSPORTS if name != "websocket")


def app_options(
    *,
    http_only: bool | None = None,
    parano: bool | None = None,
    timeout_interaction: float | None = None,
    timeout_inactivity: float | None = None,
    recreate: bool | None = None,
    follow_changes: bool | None = None,
) -> dict[str, Any]:
    """The options that were given; None stands for one that was not.

    Args:
        http_only: no websockets.
        parano: encrypt what pages and server tell each other.
        timeout_interaction: seconds a handler may take; 0: any time.
        timeout_inactivity: seconds an app lives without an event; 0: any time.
        recreate: each load of the page makes a new app.
        follow_changes: the file of the app is loaded again when it has changed.

    """
    options: dict[str, Any] = {
        "transports": None if http_only is None else HTTP_ONLY if http_only else TRANSPORTS,
        "parano": parano,
        "timeout_interaction": timeout_interaction,
        "timeout_inactivity": timeout_inactivity,
        "recreate_on_reload": recreate,
        "recreate_on_change": follow_changes,
    }
    return {name: value for name, value in options.items() if value is not None}
