"""How many visitors may have a process, with values that stand for processes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from quick_htag.errors import NoCapacity
from quick_htag.guis.host import CROWDED
from quick_htag.isolation.capacity import Capacity
from quick_htag.isolation.link import LinkLost
from quick_htag.settings import Settings


def seat(network: str, **more: Any) -> Any:
    """A process of a visitor whose page has connected."""
    values = {"session": object(), "usable": True, "ever_connected": True, "opening": 0}
    values |= {"created": 0.0, "farewells": [], **more}
    made = SimpleNamespace(network=network, **values)
    made.stop = lambda _timeout, reason: made.farewells.append(reason)
    return made


def capacity(*seats: Any, **numbers: Any) -> Capacity:
    """Of a server with these processes."""
    return Capacity(Settings(**numbers), lambda: list(seats))


def test_one_address_has_so_many() -> None:
    """Those who get theirs just now count; the error says what to do."""
    one = capacity(seat("a"), max_instances_per_address=2)
    with one.room("a"):
        with pytest.raises(NoCapacity, match=r"2 live .* for a .*_proxies"), one.room("a"):
            pass
        with one.room("b"):
            pass


def test_there_is_room_for_so_many_in_all() -> None:
    """Of whatever addresses."""
    one = capacity(seat("b"), max_processes=3, max_instances_per_address=2)
    with (
        one.room("a"),
        one.room("c"),
        pytest.raises(NoCapacity, match="3 processes"),
        one.room("d"),
    ):
        pass


def test_a_place_is_kept_for_as_long_as_it_takes() -> None:
    """It is free again when he has got his process, or has failed to."""
    one = capacity(max_processes=1)
    with one.room("a"):
        assert one.in_use
    assert not one.in_use
    with pytest.raises(LinkLost), one.room("a"):
        raise LinkLost
    assert not one.in_use


def test_processes_that_wait_or_end_take_no_room() -> None:
    """Only those that have a visitor do."""
    waits, ends = seat("", session=None), seat("a", usable=False)
    one = capacity(waits, ends, max_processes=1, max_instances_per_address=1)
    with one.room("a"):
        assert waits.farewells == ends.farewells == []


def test_the_oldest_that_no_page_has_used_makes_room() -> None:
    """Not one whose page is being made."""
    used, made = seat("a"), seat("a", ever_connected=False, opening=1)
    young = seat("a", ever_connected=False, created=2.0)
    old = seat("a", ever_connected=False, created=1.0)
    one = capacity(used, made, young, old, max_processes=4)
    with one.room("b"):
        assert old.farewells == [CROWDED]
    assert used.farewells == made.farewells == young.farewells == []


def test_at_one_address_one_of_its_own_makes_room() -> None:
    """Whoever fetches pages for nothing does not end the apps of others."""
    theirs = seat("b", ever_connected=False)
    his = seat("a", ever_connected=False, created=1.0)
    one = capacity(theirs, his, max_instances_per_address=1)
    with one.room("a"):
        assert (theirs.farewells, his.farewells) == ([], [CROWDED])


def test_each_makes_room_for_one() -> None:
    """Also while it is being told, which takes a moment: others come just then."""
    young = seat("b", ever_connected=False, created=2.0)
    old = seat("b", ever_connected=False, created=1.0)
    one = capacity(young, old, max_processes=2)

    def stop(_timeout: float, reason: Any) -> None:
        old.farewells.append(reason)
        with one.room("a"):
            old.usable = False

    old.stop = stop
    with one.room("a"):
        assert (old.farewells, young.farewells) == ([CROWDED], [CROWDED])
