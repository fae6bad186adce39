"""Locks with a lease: renewed, given back, and free again after a death."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.deadline import monotonic
from quick_htag.errors import StoreBusy, StoreError, StoreUnavailable
from quick_htag.stores.leases import Leases


class _Table:
    """What a store would hold, with its own idea of time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: dict[str, tuple[str, float]] = {}
        self.taken = 0
        self.broken = False

    def take(self, key: str, owner: str, lease: float) -> bool:
        with self.lock:
            self.taken += 1
            if self.broken:
                raise StoreUnavailable("not now")
            holder, until = self.held.get(key, (owner, 0.0))
            if holder != owner and until > monotonic():
                return False
            self.held[key] = owner, monotonic() + lease
            return True

    def release(self, key: str, owner: str) -> bool:
        with self.lock:
            mine = self.held.get(key, ("", 0.0))[0] == owner
            if mine:
                del self.held[key]
            return mine


def test_a_long_block_keeps_its_lock(no_thread_left: None, until: Callable[..., Any]) -> None:
    """It is renewed for as long as it takes, and given back."""
    table = _Table()
    leases, other = (Leases(table.take, table.release, 0.2) for _ in range(2))
    with leases.held("key", 1.0):
        first = table.held["key"][1]
        until(lambda: table.held["key"][1] > first + 0.2)
        with pytest.raises(StoreBusy), other.held("key", 0.0):
            pass
    assert table.held == {}
    leases.close()


def test_a_lost_lease_is_told(no_thread_left: None) -> None:
    """Who was away for too long must know that it was not alone."""
    table = _Table()
    leases = Leases(table.take, table.release, 10.0)
    with pytest.raises(StoreError, match="went to somebody else"), leases.held("key", 1.0):
        table.held["key"] = ("another", monotonic() + 10.0)
    leases.close()


def test_the_lock_of_the_dead_becomes_free() -> None:
    """Nobody renews it, so its lease ends."""
    table = _Table()
    table.take("key", "who died", 0.05)
    leases = Leases(table.take, table.release, 10.0)
    with leases.held("key", 5.0):
        assert table.held["key"][0] != "who died"
    leases.close()


def test_nothing_held_nothing_asked(no_thread_left: None, until: Callable[..., Any]) -> None:
    """The thread sleeps until the next lock, and renews that too."""
    table = _Table()
    leases = Leases(table.take, table.release, 0.1)
    for _ in range(2):
        with leases.held("key", 1.0):
            before = table.taken
            until(lambda before=before: table.taken > before + 1)
        until(lambda: leases._sleeping)
    leases.close()
    leases.close()


def test_a_failed_renewal_is_tried_again(no_thread_left: None, until: Callable[..., Any]) -> None:
    """A store that is away for a moment costs nobody his lock."""
    table = _Table()
    leases = Leases(table.take, table.release, 0.4)
    with leases.held("key", 1.0):
        table.broken, before = True, table.taken
        until(lambda: table.taken > before)
        table.broken, before = False, table.taken
        until(lambda: table.taken > before)
    leases.close()
