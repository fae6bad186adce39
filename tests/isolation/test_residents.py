"""Whose processes there are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import AppFailed
from quick_htag.isolation.residents import Residents
from quick_htag.stores.memory import MemoryStore
from quick_htag.stores.sqlite import SQLiteStore
from tests.patience import until

ME: Any = SimpleNamespace(uid="me", short_id="m")


class World:
    """What two web processes have in common: processes by their address."""

    def __init__(self) -> None:
        self.seats: dict[str, Any] = {}

    def residents(self, store: Any) -> Residents:
        """Of one web process."""
        return Residents("app", store, self.make, self.join, self.note, 30.0)

    def make(self, session: Any, address: str) -> Any:
        name = f"process {len(self.seats)}"
        process = SimpleNamespace(wait=lambda timeout: True)
        seat = SimpleNamespace(
            usable=True, session=session, address=[name], process=process, released=False
        )
        self.seats[name] = seat
        return seat

    def join(self, session: Any, note: Any) -> Any:
        seat = self.seats[note["address"][0]]
        if not seat.usable:
            raise OSError("nobody listens")
        return SimpleNamespace(usable=True, session=session, address=seat.address, process=None)

    def note(self, seat: Any) -> dict[str, Any]:
        return {"address": seat.address}


def test_a_visitor_keeps_his_process_until_it_ends() -> None:
    """Then he gets another one."""
    residents = World().residents(MemoryStore())
    first = residents.obtain(ME, "192.0.2.1")
    assert residents.obtain(ME, "192.0.2.1") is residents.seek(ME) is first
    first.usable = False
    residents.gone(first)
    assert residents.seek(ME) is None
    assert residents.obtain(ME, "192.0.2.1") is not first


def test_another_web_process_finds_it(tmp_path: Path) -> None:
    """By the store; when it has ended, nobody does."""
    world = World()
    with SQLiteStore(tmp_path / "store") as one, SQLiteStore(tmp_path / "store") as two:
        here, there = world.residents(one), world.residents(two)
        seat = here.obtain(ME, "192.0.2.1")
        assert there.obtain(ME, "192.0.2.1").address == there.seek(ME).address == seat.address
        other = world.residents(two)
        seat.usable = False  # killed, and nobody has told
        assert other.seek(ME) is None
        assert other.obtain(ME, "192.0.2.1").address != seat.address


def test_several_at_once_make_one(tmp_path: Path) -> None:
    """Threads of two web processes ask for the same visitor."""
    world = World()
    with SQLiteStore(tmp_path / "store") as one, SQLiteStore(tmp_path / "store") as two:
        webs = [world.residents(one), world.residents(two)]
        start = threading.Barrier(8)

        def ask(number: int) -> Any:
            start.wait(30)
            return webs[number % 2].obtain(ME, "192.0.2.1").address

        with ThreadPoolExecutor(8) as executor:
            assert len({tuple(found) for found in executor.map(ask, range(8))}) == 1
    assert len(world.seats) == 1


def test_a_failure_is_that_of_all_who_wait() -> None:
    """And of nobody after them."""
    world = World()
    entered, release = threading.Event(), threading.Event()

    def fail(session: Any, address: str) -> Any:
        entered.set()
        release.wait(30)
        raise AppFailed("it cannot be loaded")

    residents = world.residents(MemoryStore())
    residents._make = fail
    with ThreadPoolExecutor(2) as executor:
        asked = [executor.submit(residents.obtain, ME, "")]
        assert entered.wait(30)
        asked.append(executor.submit(residents.obtain, ME, ""))
        until(asked[1].running)
        release.set()
        for one in asked:
            with pytest.raises(AppFailed):
                one.result(30)
    residents._make = world.make
    assert residents.obtain(ME, "").usable
