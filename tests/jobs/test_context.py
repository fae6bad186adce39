"""What a job may call."""

from __future__ import annotations

from typing import Any

import pytest

from quick_htag.errors import WorkerDeath
from quick_htag.jobs.context import check, get_worker_check, is_worker_alive, progress, running


def test_outside_of_a_job_nothing_happens() -> None:
    """A function of a job can be called by anybody."""
    progress(0.5, "half")
    check()
    assert is_worker_alive()
    assert get_worker_check()()


@pytest.mark.parametrize(
    ("told", "kept"), [(0.5, 0.5), (7, 1.0), (-1, 0.0), (None, None), (float("nan"), None)]
)
def test_progress_is_a_part_of_one(link: Any, told: Any, kept: Any) -> None:
    """What is no part is clipped; what is no number is not known."""
    with running(link):
        progress(told, "text")
    assert link.told == [(kept, "text")]


def test_a_stopped_job_ends_at_its_next_word(link: Any) -> None:
    """``progress`` and ``check`` raise what no ``except Exception`` catches."""
    link.wanted = False
    with running(link):
        for call in (progress, check):
            with pytest.raises(WorkerDeath):
                call()
    assert not issubclass(WorkerDeath, Exception)


def test_a_soft_job_ends_by_itself(link: Any) -> None:
    """It is told by ``is_worker_alive``; ``progress`` does not raise."""
    link.wanted, link.soft = False, True
    with running(link):
        progress(0.5)
        assert not is_worker_alive()


def test_the_check_works_on_other_threads(link: Any) -> None:
    """What ``get_worker_check`` gives is of the job for ever."""
    with running(link):
        wanted = get_worker_check()
    assert wanted()
    link.wanted = False
    assert not wanted()
    assert is_worker_alive()
