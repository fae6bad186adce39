"""The server's side of links."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from quick_htag.jobs.links import JobLinks
from quick_htag.jobs.remote_link import RemoteLink
from tests.patience import until

TIMEOUT = 30


class Job:
    """Told what comes over a link."""

    soft = False

    def __init__(self, wanted: bool = True) -> None:
        self.wanted = wanted
        self.told: list[Any] = []
        self.over = threading.Event()

    def begin(self) -> bool:
        """It has begun."""
        self.told.append("begin")
        return self.wanted

    def progress(self, fraction: float | None, text: str) -> None:
        """It is so far."""
        self.told.append((fraction, text))

    def item(self, text: str) -> None:
        """It has an item."""
        self.told.append(text)

    def closed(self) -> None:
        """It is over."""
        self.over.set()


@pytest.fixture
def links(said: Any, no_thread_left: None) -> Iterator[JobLinks]:
    """For this machine."""
    made = JobLinks("127.0.0.1", said)
    yield made
    made.stop(TIMEOUT)


def test_everything_arrives_in_order(links: JobLinks) -> None:
    """And before the end is told."""
    job = Job()
    with RemoteLink(links.expect(job)) as link:
        for number in range(1000):
            link.item(str(number))
        link.progress(0.5, "x")
    assert job.over.wait(TIMEOUT)
    assert job.told == ["begin", *map(str, range(1000)), (0.5, "x")]


def test_a_job_is_stopped_over_its_link(links: JobLinks) -> None:
    """It sees that when it looks."""
    job = Job()
    address = links.expect(job)
    with RemoteLink(address) as link:
        link.progress(None, "here")
        while not job.told:
            pass
        assert link.alive()
        links.stop_job(address.key)
        while link.alive():
            pass
    assert job.over.wait(TIMEOUT)


def test_an_unwanted_job_is_told_at_once(links: JobLinks) -> None:
    """One that was stopped while it was on its way."""
    with RemoteLink(links.expect(Job(wanted=False))) as link:
        while link.alive():
            pass


def test_a_crowd_of_strangers_ends_nothing(links: JobLinks) -> None:
    """One of them says something at the moment at which it has to make room for another."""
    busy, go_on = threading.Event(), threading.Event()

    class Slow(Job):
        def item(self, text: str) -> None:
            busy.set()
            go_on.wait(TIMEOUT)

    address = links.expect(Slow())
    place = (address.host, address.port)
    with ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(place)) for _ in range(100)]
        until(lambda: len(links._nameless) == len(crowd))
        link = stack.enter_context(RemoteLink(address))
        until(lambda: len(links._nameless) < len(crowd))  # the first has gone, as it has a name
        crowd.append(stack.enter_context(socket.create_connection(place)))
        until(lambda: len(links._nameless) == 100)
        link.item("x")
        assert busy.wait(TIMEOUT)
        stack.enter_context(socket.create_connection(place))
        crowd[1].send(b"x")
        go_on.set()
        job = Job()
        with RemoteLink(links.expect(job)) as other:
            other.progress(1.0, "done")
        assert job.over.wait(TIMEOUT)


@pytest.mark.parametrize(
    "said_first", [b'{"key": "guessed"}\n', b"x" * 1000, b"no json\n", b"[" * 60_000 + b"\n"]
)
def test_strangers_are_shown_out(links: JobLinks, said_first: bytes) -> None:
    """Who does not know a secret is cut off; the job does not hear of it."""
    job = Job()
    address = links.expect(job)
    with socket.create_connection(address[:2], TIMEOUT) as sock:
        sock.sendall(said_first)
        assert sock.recv(1) == b""
    assert job.told == []


def test_many_strangers_do_not_keep_jobs_out(links: JobLinks, monkeypatch: Any) -> None:
    """The first of them have to go."""
    monkeypatch.setattr("quick_htag.jobs.links._STRANGERS", 3)
    address = links.expect(Job())
    strangers = [socket.create_connection(address[:2], TIMEOUT) for _ in range(4)]
    assert strangers[0].recv(1) == b""
    with RemoteLink(address) as link:
        assert link.alive()
        assert strangers[1].recv(1) == b""
    for one in strangers:
        one.close()


def test_a_secret_is_good_once(links: JobLinks) -> None:
    """And not any more when the job is over."""
    job = Job()
    address = links.expect(job)
    links.forget(address.key)
    with RemoteLink(address) as link:
        while link.alive():
            pass
    assert not links.is_open(address.key)
    assert job.told == []


def test_nothing_runs_before_it_is_needed(said: Any, no_thread_left: None) -> None:
    """Servers whose jobs stay in the process do not listen."""
    before = set(threading.enumerate())
    links = JobLinks("127.0.0.1", said)
    assert set(threading.enumerate()) <= before
    links.stop(0.0)
    with pytest.raises(RuntimeError):
        links.expect(Job())
