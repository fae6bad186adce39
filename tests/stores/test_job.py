"""A job as a value."""

from __future__ import annotations

from quick_htag.stores.job import Job, new_token


def test_tokens_are_secret_numbers() -> None:
    """Decimal, exact as a number of JavaScript, and never the same."""
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(token) == 16 and int(token) < 2**53 for token in made)


def test_its_token_is_not_shown() -> None:
    """What is printed or logged of a job does not give it away."""
    job = Job(new_token(), "/job", "owner")
    assert repr(job) == "<Job reserved /job>"
    assert job.alive
