"""How much the body of a request may hold."""

from __future__ import annotations

from quick_htag import Settings
from quick_htag.messages.form_limits import DEFAULT_LIMITS, FormLimits


def test_without_settings_they_are_the_usual_ones() -> None:
    """What is not set is as a server has it that nobody has changed."""
    assert FormLimits.of(Settings()) == DEFAULT_LIMITS


def test_they_follow_the_settings() -> None:
    """Each limit is the setting of its server."""
    limits = FormLimits.of(Settings(max_form_parts=3, max_file_size=100, max_form_text=20))
    assert (limits.parts, limits.file, limits.text, limits.room) == (3, 100, 20, 120)
