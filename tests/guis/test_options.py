"""Options of a bound app."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.guis.options import ISOLATIONS, GuiOptions
from quick_htag.settings import Settings


def test_the_three_isolations() -> None:
    """Others are refused with their names."""
    assert [GuiOptions(isolation=one).isolation for one in ISOLATIONS] == list(ISOLATIONS)
    with pytest.raises(ConfigurationError, match="'thread' or 'loop' or 'process'"):
        GuiOptions(isolation="fork")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("isolation", "fork"),
        ("per_tab", 1),
        ("recreate_on_query", "no"),
        ("recreate_on_reload", None),
        ("recreate_on_change", "yes"),
        ("reset_parameter", None),
        ("timeout_interaction", -1),
        ("timeout_inactivity", True),
        ("timeout_interaction", float("nan")),
        ("debug", 0),
        ("persist", "yes"),
    ],
)
def test_a_value_that_cannot_work_is_named(name: str, value: Any) -> None:
    """The error says which option is wrong."""
    with pytest.raises(ConfigurationError, match=name):
        GuiOptions(**{name: value})


def test_one_state_and_many_apps_do_not_fit() -> None:
    """Whose state would a page have, when each has an app of its own?"""
    with pytest.raises(ConfigurationError, match=r"persist=True .* per_tab=True"):
        GuiOptions(persist=True, per_tab=True)


def test_none_is_the_setting_and_zero_is_never() -> None:
    """A timeout comes from the option, else from the settings; 0 switches it off."""
    settings = Settings(interaction_timeout=7.0, inactivity_timeout=8.0)
    assert GuiOptions().interaction_limit(settings) == 7.0
    assert GuiOptions().inactivity_limit(settings) == 8.0
    assert GuiOptions(timeout_interaction=2).interaction_limit(settings) == 2
    assert GuiOptions(timeout_interaction=0).interaction_limit(settings) is None
    assert GuiOptions(timeout_inactivity=0).inactivity_limit(settings) is None
