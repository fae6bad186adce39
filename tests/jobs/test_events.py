"""Following a job."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from quick_htag.jobs.context import progress
from quick_htag.jobs.events import JobEvents
from tests.patience import until

TIMEOUT = 30


class Channel:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.over = threading.Event()

    def send_event(self, text: str, *, event: str, event_id: str | None = None) -> None:
        """One event."""
        value = json.loads(text)
        self.events.append((event, value) if event_id is None else (event, value, event_id))

    def close(self, code: int, reason: str) -> None:
        """The end."""
        self.over.set()


@pytest.fixture
def follow(jobs: Any) -> Any:
    """``follow(job, seen=0)``: a channel, and its receiver as ``.receiver``."""

    def start(job: Any, seen: int = 0) -> Any:
        channel: Any = Channel()
        channel.receiver = JobEvents(jobs.service, job, seen)
        channel.receiver.opened(channel)
        return channel

    return start


def test_items_are_numbered_and_the_end_is_told(jobs: Any, follow: Any) -> None:
    """Those the client has are left out."""
    job = jobs.ended(lambda _: (one for one in "abc"))
    channel = follow(job, seen=1)
    assert channel.over.wait(TIMEOUT)
    assert channel.events == [("item", "b", "2"), ("item", "c", "3"), ("end", {"state": "done"})]


def test_progress_is_told_at_once(jobs: Any, follow: Any) -> None:
    """And a flood of it thins out, but its last word is not lost."""
    go, flooded = threading.Event(), threading.Event()

    def work(payload: Any) -> None:
        go.wait(TIMEOUT)
        for step in range(1000):
            progress(step / 1000, "")
        progress(1.0, "last")
        flooded.wait(TIMEOUT)

    job = jobs.running(work)
    channel = follow(job)
    go.set()
    until(lambda: ("progress", {"fraction": 1.0, "text": "last"}) in channel.events)
    flooded.set()
    assert channel.over.wait(TIMEOUT)
    assert len(channel.events) < 100
    assert channel.events[0] == ("progress", {"fraction": 0.0, "text": ""})


def test_who_waits_sees_the_line_move(jobs: Any, follow: Any) -> None:
    """Until the turn comes."""
    go, stay = threading.Event(), threading.Event()
    held = [jobs.running(lambda _: stay.wait(TIMEOUT)), jobs.running(lambda _: go.wait(TIMEOUT))]
    first = jobs.start(lambda _: stay.wait(TIMEOUT))
    second = jobs.start(lambda _: 1)
    channel = follow(second)
    go.set()
    until(lambda: ("queued", {"position": 1}) in channel.events)
    stay.set()
    assert channel.over.wait(TIMEOUT)
    assert channel.events[0] == ("queued", {"position": 2})
    assert all(job.ended.wait(TIMEOUT) for job in [*held, first])


def test_a_stopped_job_is_the_end(jobs: Any, follow: Any) -> None:
    """Whoever stopped it."""
    go = threading.Event()
    job = jobs.running(lambda _: go.wait(TIMEOUT))
    channel = follow(job)
    jobs.service.cancel(job)
    assert channel.over.wait(TIMEOUT)
    assert channel.events == [("end", {"state": "cancelled"})]
    go.set()


def test_nothing_is_kept_of_a_client_that_has_left(jobs: Any, follow: Any) -> None:
    """Nor sent to it."""
    go = threading.Event()
    job = jobs.running(lambda _: go.wait(TIMEOUT))
    channel = follow(job)
    channel.receiver.closed(1006, "")
    assert job.listeners == ()
    go.set()
    assert job.ended.wait(TIMEOUT)
    assert channel.events == []
