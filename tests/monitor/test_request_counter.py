"""Counting on many threads."""

from __future__ import annotations

import threading

import pytest

from quick_htag.monitor.request_counter import RequestCounter


def on_threads(count, work):
    """Run ``work`` on that many threads at once, to their end."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_classes_of_statuses():
    """Requests are counted by the first digit, whatever a handler invents."""
    counter = RequestCounter()
    for status in (101, 200, 204, 404, 999):
        counter.note(status, 0.001)
    assert counter.counts().by_status == {"1xx": 1, "2xx": 2, "4xx": 1, "9xx": 1}


def test_durations():
    """They end in the buckets they belong to, bounds inclusive."""
    counter = RequestCounter()
    for seconds in (0.0001, 0.00011, 100.0):
        counter.note(200, seconds)
    latency = counter.counts().latency
    assert (latency.counts[:2], latency.counts[-1]) == ((1, 1), 1)
    assert latency.seconds == pytest.approx(100.00021)


def test_no_request_of_any_thread_is_lost():
    """Threads count without a lock, and what ended threads have counted stays."""
    counter = RequestCounter()

    def work():
        for _ in range(2000):
            counter.note(200, 0.001)

    on_threads(4, work)
    on_threads(4, work)
    assert counter.counts().total == 16000


def test_ended_threads_leave_no_cells(clock):
    """A server whose threads come and go does not grow."""
    counter = RequestCounter(clock)
    for _ in range(20):
        clock.advance(100.0)
        on_threads(1, lambda: counter.note(200, 0.001))
    assert counter.counts().total == 20
    assert len(counter._cells) <= 2


def test_the_rate_is_that_of_the_last_minute(clock):
    """What was before does not count, and silence lets it fall."""
    counter = RequestCounter(clock)
    for _ in range(1000):
        counter.note(200, 0.001)
    clock.advance(600.0)
    for _ in range(60):
        counter.note(200, 0.001)
        counter.note(404, 0.001)
        clock.advance(1.0)
    assert counter.counts().per_second == pytest.approx(2.0, rel=0.05)
    clock.advance(120.0)
    assert counter.counts().per_second == 0.0


def test_the_rate_of_a_new_server(clock):
    """It is over the time since the start."""
    counter = RequestCounter(clock)
    for _ in range(20):
        counter.note(200, 0.001)
    clock.advance(10.0)
    assert counter.counts().per_second == pytest.approx(2.0)


def test_polls_are_apart():
    """They have no latency."""
    counter = RequestCounter()
    counter.note_poll()
    assert (counter.counts().polls, counter.counts().total) == (1, 0)
