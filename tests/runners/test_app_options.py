"""Options of apps as runners call them."""

from __future__ import annotations

from quick_htag.guis import GuiOptions
from quick_htag.runners.app_options import app_options


def test_only_what_was_given_is_passed_on() -> None:
    """The rest is left to ``bind_htag``."""
    assert app_options() == {}
    found = app_options(timeout_interaction=60, timeout_inactivity=0, recreate=True)
    options = GuiOptions(**found)
    assert (options.timeout_interaction, options.timeout_inactivity) == (60, 0)
    assert options.recreate_on_reload


def test_http_only_is_a_choice_of_transports() -> None:
    """What is told for one app replaces what was told for all."""
    assert app_options(http_only=True) == {"transports": ("sse", "poll")}
    assert app_options(http_only=False) == {"transports": ("websocket", "sse", "poll")}


def test_parano_is_passed_on() -> None:
    """False as well: it replaces what was told for all apps."""
    assert GuiOptions(**app_options(parano=True)).parano
    assert app_options(parano=False) == {"parano": False}
