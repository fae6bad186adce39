"""One entry of a cache."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.jobs.cache_entry import CacheEntry


def test_what_is_written_is_kept_and_there(said: Any) -> None:
    """And given back."""
    kept: list[str] = []
    entry = CacheEntry(None, kept.append, said)
    assert not entry.has()
    assert entry.write("text") == "text"
    assert (kept, entry.has(), entry.read()) == (["text"], True, "text")


def test_an_empty_entry_cannot_be_read(said: Any) -> None:
    """Ask ``has`` first."""
    with pytest.raises(LookupError):
        CacheEntry(None, str, said).read()


def test_what_cannot_be_kept_is_delivered(said: Any) -> None:
    """A full disk takes no result away; it is logged."""

    def full(text: str) -> None:
        raise StoreUnavailable("the disk is full")

    assert CacheEntry(None, full, said).write("text") == "text"
    assert str(said.errors[0]) == "the disk is full"
