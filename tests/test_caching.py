"""The cache protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from quick_htag.caching import CacheUse, CurrentCache


class Memory:
    """A cache as scripts have them."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.text: str | None = None

    @contextmanager
    def get_hnd(self, cache_id_obj: Any, *, section: str, method: str) -> Iterator[Any]:
        """Itself."""
        self.asked.append((cache_id_obj, section, method))
        yield self

    def has(self) -> bool:
        """Whether there is something."""
        return self.text is not None

    def read(self) -> str:
        """What there is."""
        assert self.text is not None
        return self.text

    def write(self, text: str) -> str:
        """Keep it."""
        self.text = text
        return f"stored {text}"


def test_a_value_is_computed_once() -> None:
    """The first gets what the cache says it has stored, the second what it has."""
    cache = Memory()
    use = CacheUse(cache, {"a": 1}, "part", "string")  # type: ignore[arg-type]
    assert [use.text(lambda: "x"), use.text(lambda: "y")] == ["stored x", "x"]
    assert cache.asked[0] == ({"a": 1}, "part", "string")


def test_the_cache_of_the_moment_is_used() -> None:
    """It may be set, changed and removed at any time; without one everything is computed."""
    caches: list[Any] = [None]
    use = CacheUse(CurrentCache(lambda: caches[0]), {}, "www", "string")
    assert [use.text(lambda: "x"), use.text(lambda: "y")] == ["x", "y"]
    caches[0] = Memory()
    assert use.text(lambda: "z") == "stored z"
