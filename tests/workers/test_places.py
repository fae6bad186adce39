"""The places of all workers."""

from __future__ import annotations

import types

from quick_htag.workers.places import Places


def _child(index, **more):
    return types.SimpleNamespace(**{"index": index, "serves": True, "trouble": "", **more})


def test_every_process_has_its_place(clock):
    """Those that come and those that leave, too."""
    places = Places(2, clock)
    second = places.slots[1]
    second.current, second.coming, second.leaving = _child(2), _child(2), [_child(2)]
    assert len(list(places.children())) == 3
    assert places.of(second.coming) is second
    assert places.serving() == [second.current]


def test_who_does_not_answer_is_asked_last(clock):
    """What one worker is enough for should not wait for one that is frozen."""
    places = Places(2, clock)
    assert places.quickest() == []
    first, second = places.slots
    first.current = _child(1, trouble="is stopped")
    assert places.quickest() == [first.current]
    second.current = _child(2)
    assert places.quickest() == [second.current]
