"""Locks by key, in one process."""

from __future__ import annotations

import threading

import pytest

from quick_htag.errors import StoreBusy, StoreError
from quick_htag.stores.key_locks import KeyLocks


def test_who_waits_comes_next() -> None:
    """The lock goes on to the one who waits."""
    locks = KeyLocks()
    order: list[str] = []

    def wait() -> None:
        with locks.held("key", 10.0):
            order.append("waiter")

    thread = threading.Thread(target=wait)
    with locks.held("key", 0.0):
        thread.start()
        order.append("first")
    thread.join(10.0)
    assert order == ["first", "waiter"]


def test_unused_keys_are_forgotten() -> None:
    """After use, after a failed wait and after an error."""
    locks = KeyLocks()
    with locks.held("a", 1.0), pytest.raises(StoreError), locks.held("a", 1.0):
        pass
    with pytest.raises(ZeroDivisionError), locks.held("b", 1.0):
        _ = 1 // 0
    assert len(locks) == 0


def test_a_negative_time_does_not_wait() -> None:
    """What is left of a deadline may be below zero."""
    locks = KeyLocks()
    failed: list[BaseException] = []

    def wait() -> None:
        try:
            with locks.held("key", -1.0):
                pass
        except StoreBusy as error:
            failed.append(error)

    with locks.held("key", 1.0):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(10.0)
    assert len(failed) == 1
