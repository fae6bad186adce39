"""Jobs on threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from quick_htag.jobs.thread_executor import ThreadExecutor

TIMEOUT = 30


@pytest.fixture
def pool(no_thread_left: None) -> Iterator[ThreadExecutor]:
    """Two threads."""
    with ThreadExecutor(2, idle_timeout=TIMEOUT) as made:
        yield made


def test_results_and_exceptions(pool: ThreadExecutor) -> None:
    """A future gives what the function gave or raised."""
    assert pool.submit(divmod, 7, 2).result(TIMEOUT) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(TIMEOUT)


def test_what_waits_keeps_its_order() -> None:
    """First come, first served; never more at once than there are threads."""
    order: list[int] = []
    with ThreadExecutor(1) as pool:
        for number in range(100):
            pool.submit(order.append, number)
    assert order == list(range(100))


def test_no_more_threads_than_allowed(pool: ThreadExecutor) -> None:
    """A third waits for one of the first two."""
    go, inside = threading.Event(), threading.Barrier(3)
    held = [pool.submit(lambda: (inside.wait(TIMEOUT), go.wait(TIMEOUT))) for _ in range(2)]
    inside.wait(TIMEOUT)
    third = pool.submit(threading.current_thread)
    assert not third.running()
    go.set()
    third.result(TIMEOUT)
    assert all(one.result(TIMEOUT) for one in held)


def test_a_waiting_one_can_be_cancelled(pool: ThreadExecutor) -> None:
    """It is passed over."""
    go = threading.Event()
    for _ in range(2):
        pool.submit(go.wait, TIMEOUT)
    waiting = pool.submit(pytest.fail)
    assert waiting.cancel()
    go.set()


def test_idle_threads_end() -> None:
    """After the given time, without a shutdown."""
    pool = ThreadExecutor(1, idle_timeout=0.01)
    thread = pool.submit(threading.current_thread).result(TIMEOUT)
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert pool.submit(int).result(TIMEOUT) == 0
    pool.shutdown()


def test_the_end_cancels_what_waits() -> None:
    """And takes nothing more; twice is harmless."""
    pool = ThreadExecutor(1)
    go = threading.Event()
    running = pool.submit(go.wait, TIMEOUT)
    while not running.running():
        pass
    waiting = pool.submit(pytest.fail)
    assert not pool.stop(0.0)
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(int)
    go.set()
    assert pool.stop(TIMEOUT)


def test_the_threads_of_a_pool_know_it(pool: ThreadExecutor) -> None:
    """Whoever is told to wait for the pool must not be in it."""
    assert pool.submit(pool.is_member).result(TIMEOUT)
    assert not pool.is_member()
