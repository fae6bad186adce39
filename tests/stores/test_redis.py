"""The store in Redis; what all stores have in common is in the contract."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError, StoreBusy, StoreUnavailable
from quick_htag.stores.redis import RedisStore


def test_stores_of_one_prefix_see_the_same(redis_server: Any) -> None:
    """At once, and their locks keep each other out; other prefixes are other stores."""
    stores = [RedisStore(redis_server.url, prefix=prefix) for prefix in ("a*:", "a*:", "aa:")]
    one, two, other = stores
    one.put("key", 1)
    assert (two.get("key"), two.shared, other.get("key")) == (1, True, None)
    assert (two.keys(), other.keys()) == (["key"], [])
    with one.locked("key", 1.0):
        with pytest.raises(StoreBusy), two.locked("key", 0.0):
            pass
        with other.locked("key", 0.0):
            pass
    for store in stores:
        store.close()


def test_a_closed_store_connects_no_more(redis_server: Any) -> None:
    """Whoever still has it is told."""
    store = RedisStore(redis_server.url, prefix="closed:")
    store.put("key", 1)
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.get("key")


def test_a_restarted_server_is_found_again(redis_server: Any) -> None:
    """Connections made before are made anew, and nobody notices."""
    with RedisStore(redis_server.url, prefix="restart:") as store:
        store.put("key", [1], 100.0)
        redis_server.stop()
        redis_server.start()
        assert store.get("key") == [1]
        assert store.update("key", lambda value: [*value, 2]) == [1, 2]


def test_more_threads_than_connections(redis_server: Any) -> None:
    """A crowd at the same moment, as after the end of another server: nobody is turned away."""
    count = 300
    with RedisStore(redis_server.url, prefix="crowd:") as store:
        store._client.client_pause(500)  # so that all of them ask before anybody is answered
        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(lambda number: store.add(str(number), number), range(count)))
        assert found == [True] * count
        assert len(store.keys()) == count
        assert len(store._client.client_list()) < count


def test_nobody_there(tmp_path: Path) -> None:
    """The error is one of ours, and making the store did not need the server."""
    with RedisStore(f"unix://{tmp_path}/nobody.sock") as store:
        with pytest.raises(StoreUnavailable, match="cannot be used"):
            store.get("key")
        with pytest.raises(StoreUnavailable), store.locked("key", 1.0):
            pass


def test_no_address() -> None:
    """A mistake in the URL is told at once."""
    with pytest.raises(ConfigurationError, match="address"):
        RedisStore("localhost:6379")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    load = importlib.import_module

    def missing(name: str) -> Any:
        if name == "redis":
            raise ImportError(name)
        return load(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigurationError, match=r"pip install 'quick_htag\[redis\]'"):
        RedisStore()
