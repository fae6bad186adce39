"""Stores to test with: each kind, the real Redis included, where its program is installed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import StoreUnavailable
from quick_htag.interfaces import Store
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.redis import RedisStore
from quick_htag.stores.sqlite import SQLiteStore
from tests import patience


class Failing(MemoryStore):
    """A shared store that can be out of reach.

    Attributes:
        left: calls that still work; None: all.
        before: called before each use, with the name of the method.

    """

    shared = True

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None
        self.before: Callable[[str], object] | None = None

    def _use(self, name: str) -> None:
        if self.before is not None:
            self.before(name)
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise StoreUnavailable("it is away")

    def get(self, key: str) -> Any | None:
        self._use("get")
        return super().get(key)

    def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        self._use("put")
        super().put(key, value, ttl)

    def update(
        self, key: str, change: Callable[[Any | None], Any], ttl: float | None = None
    ) -> Any:
        self._use("update")
        return super().update(key, change, ttl)

    def delete(self, key: str) -> bool:
        self._use("delete")
        return super().delete(key)

    def touch(self, key: str, ttl: float | None) -> bool:
        self._use("touch")
        return super().touch(key, ttl)


StoreFactory = Callable[..., Store]


@pytest.fixture
def until() -> Callable[..., Any]:
    """Waits for something that a store or process does by itself."""
    return patience.until


@pytest.fixture(params=["memory", "sqlite", "redis"])
def make_store(
    request: pytest.FixtureRequest, tmp_path: Path, no_thread_left: None
) -> Iterator[StoreFactory]:
    """Makes a store of each kind; all that a test makes have the same data, but in memory."""
    made: list[Store] = []
    prefix = f"{secrets.token_hex(8)}:"
    url = request.getfixturevalue("redis_server").url if request.param == "redis" else ""

    def make(**options: Any) -> Store:
        if request.param == "memory":
            store: Store = MemoryStore(**options)
        elif request.param == "redis":
            store = RedisStore(url, prefix=prefix, **options)
        else:
            store = SQLiteStore(tmp_path / "store.db", **options)
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: StoreFactory) -> Store:
    """An empty store of each kind."""
    return make_store()


@pytest.fixture
def failing() -> Failing:
    """A store that can be out of reach."""
    return Failing()
