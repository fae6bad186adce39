"""The providers by their names."""

from __future__ import annotations

import pytest

from quick_htag import sessions
from quick_htag.stores.providers import store_of


@pytest.mark.parametrize("name", sessions.__all__)
def test_each_makes_a_store(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """Old names and new ones."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = store_of(getattr(sessions, name))
    store.put("a", 1)
    assert store.get("a") == 1
    store.close()
