"""Loading leaves the collector as it was, and nothing out of its sight."""

from __future__ import annotations

import gc
import weakref

import pytest

from quick_htag.loading import loading


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def collector():
    """As it was before the test."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_is_what_it_was(collects: bool) -> None:
    """On or off, also when loading fails."""
    if not collects:
        gc.disable()

    def fail() -> None:
        assert not gc.isenabled()
        raise ImportError

    with pytest.raises(ImportError), loading():
        fail()
    assert gc.isenabled() is collects


def test_nothing_is_frozen_for_good() -> None:
    """What becomes garbage later is collected as ever."""
    with loading():
        knot = Knot()
    gone = weakref.ref(knot)
    del knot
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gone() is None


def test_what_somebody_has_frozen_stays_frozen() -> None:
    """Freezing may save a program memory that it shares with its children."""
    gc.freeze()
    frozen = gc.get_freeze_count()
    with loading():
        pass
    assert gc.get_freeze_count() == frozen > 0
