"""Which classes are apps of htag 2."""

from __future__ import annotations

import types
from typing import Any

import pytest

try:
    from htag import Tag
    from htag.runner import AppRunner
except ImportError:
    pytest.skip(
        "htag 2 is not installed: its tests run in their own environment", allow_module_level=True
    )


class Counter(Tag.App):
    """An app."""


@pytest.mark.parametrize("what", ["class", "module", "Tag.App", "tag", "empty module", "text"])
def test_what_is_an_app(engine: Any, what: str) -> None:
    """Subclasses of Tag.App and modules with one are apps."""
    module = types.ModuleType("module")
    module.App = Counter  # type: ignore[attr-defined]
    candidate = {
        "class": Counter,
        "module": module,
        "Tag.App": AppRunner,
        "tag": Tag.div,
        "empty module": types.ModuleType("empty"),
    }.get(what, what)
    assert engine.find_app(candidate) is (Counter if what in ("class", "module") else None)
