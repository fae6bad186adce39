"""How long to wait after a death."""

from __future__ import annotations

from quick_htag.workers.backoff import SETTLED, Backoff


def test_the_first_death_costs_no_pause():
    """Of a process that has served."""
    assert Backoff().died(1.0) == 0.0


def test_pauses_double_up_to_a_limit():
    """A process that dies at its start again and again is left alone for longer each time."""
    backoff = Backoff()
    pauses = [backoff.died(None) for _ in range(12)]
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == 30.0


def test_service_begins_the_row_anew():
    """After it has served for a while a death is the first one again."""
    backoff = Backoff()
    for _ in range(5):
        backoff.died(0.5)
    assert backoff.failures == 5
    assert backoff.died(SETTLED) == 0.0
    assert backoff.failures == 1
