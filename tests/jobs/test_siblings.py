"""Jobs that run in another worker, for real and with values."""

from __future__ import annotations

from quick_htag.jobs.siblings import Siblings, items_of
from quick_htag.stores.job import Job


def test_the_first_who_knows_it_answers():
    """Others have said nothing."""
    asked = []

    def ask_all(name, *args):
        asked.append((name, args))
        return [(1, None), (2, {"progress": 1}), (3, None)]

    siblings = Siblings(ask_all)
    assert siblings.progress("t", "/job", None, 0) == {"progress": 1}
    assert asked == [("job progress", ("t", "/job", None, 0))]


def test_nobody_knows_it():
    """It has just ended, say."""
    siblings = Siblings(lambda *args: [(1, None)])
    assert siblings.progress("t", "/job", None, None) == {}
    assert siblings.cargo("c", "/job", None) is None


def test_items_from_the_first_that_was_not_seen():
    """Only for clients that ask for them."""
    job = Job("t", "/job", None)
    job.items = ["1", '"b"']
    assert items_of(job, 1) == {"first": 1, "items": ["b"]}
    assert items_of(job, None) == items_of(job, -1) == {}
