"""The slow-request report."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.messages.request import Request
from quick_htag.middleware.slow import SlowRequests
from tests.patience import until

SOON = 0.001  # seconds; what is late after this is late at once
NEVER = 3600.0
GRACE = 60.0  # seconds to wait for what must happen


@pytest.fixture
def log() -> io.StringIO:
    """The log of the report."""
    return io.StringIO()


@pytest.fixture
def slow(log: io.StringIO, no_thread_left: None) -> Iterator[SlowRequests]:
    """A report that is ended with the test."""
    made = SlowRequests(MessageLog(log))
    yield made
    made.close()


def _late_reports(slow: SlowRequests, callback: Any = None) -> list[tuple[Any, ...]]:
    """The calls for one request that is held until it has been reported."""
    reports: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
    slow.configure((SOON, callback or (lambda *values: reports.put(values))))
    with slow.watch(Request("GET", "/x?y")):
        calls = [reports.get(timeout=GRACE)]
    return [*calls, reports.get(timeout=GRACE)]


def test_off_by_default(slow: SlowRequests) -> None:
    """Nothing is watched, no thread runs, until it is switched on."""
    assert not slow.enabled
    slow.configure(True)
    assert slow.enabled
    slow.configure(False)
    assert not slow.enabled


def test_late_request_is_reported_twice(slow: SlowRequests) -> None:
    """At the limit while it runs, and when it ends."""
    at_limit, at_end = _late_reports(slow)
    assert (at_limit[:2], at_limit[3]) == (("GET", "/x?y"), False)
    assert (at_end[:2], at_end[3]) == (("GET", "/x?y"), True)
    assert SOON <= at_limit[2] <= at_end[2]


def test_quick_request_is_not_reported(slow: SlowRequests) -> None:
    """A request that ends in time is no news."""
    calls: list[object] = []
    slow.configure((NEVER, lambda *values: calls.append(values)))
    with slow.watch(Request("GET", "/")):
        pass
    slow.close()
    assert calls == []


def test_log_lines(slow: SlowRequests, log: io.StringIO) -> None:
    """Without a callback both reports are lines of quick_server's shape."""
    slow.configure(True)
    slow._call(_watched(slow), completed=False)
    slow._call(_watched(slow), completed=True)
    first, second = log.getvalue().splitlines()
    assert first.endswith('request takes longer than expected: "GET /x"')
    assert second.split("expected: ")[1].startswith('"GET /x"(')
    assert "request took longer than expected: " in second
    assert second.endswith("s)")


def _watched(slow: SlowRequests) -> Any:
    with slow.watch(Request("GET", "/x")):
        return next(iter(slow._watched))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_callback_takes_what_it_wants(slow: SlowRequests, count: int) -> None:
    """With fewer than four parameters it gets the first ones, and only at the limit."""
    calls: list[tuple[object, ...]] = []
    functions: list[Any] = [
        lambda: calls.append(()),
        lambda method: calls.append((method,)),
        lambda method, path: calls.append((method, path)),
        lambda method, path, seconds: calls.append((method, path, 0)),
    ]
    slow.configure(functions[count])
    slow._call(_watched(slow), completed=False)
    slow._call(_watched(slow), completed=True)
    assert calls == [("GET", "/x", 0)[:count]]


@pytest.mark.parametrize("function", [lambda a, b, c, d: None, lambda *rest: None])
def test_callback_with_four_is_called_twice(slow: SlowRequests, function: Any) -> None:
    """It can tell the reports apart."""
    calls: list[bool] = []

    def count(method: str, path: str, seconds: float, completed: bool) -> None:
        function(method, path, seconds, completed)
        calls.append(completed)

    slow.configure(count)
    slow._call(_watched(slow), completed=False)
    slow._call(_watched(slow), completed=True)
    assert calls == [False, True]


@pytest.mark.parametrize(
    "setting", [-5, math.inf, "yes", (1,), (0, print), (-1, print), (1, 2), ("1", print)]
)
def test_other_settings_are_refused(slow: SlowRequests, setting: Any) -> None:
    """The message says what may be set."""
    with pytest.raises(ConfigurationError, match=r"\(seconds, callable\)"):
        slow.configure(setting)


def test_failing_callback_is_logged(slow: SlowRequests, log: io.StringIO) -> None:
    """A callback that fails stops neither the request nor the thread."""
    reports: SimpleQueue[bool] = SimpleQueue()

    def fail(method: str, path: str, seconds: float, completed: bool) -> None:
        reports.put(completed)
        raise ValueError("broken callback")

    slow.configure((SOON, fail))
    for _ in range(2):
        with slow.watch(Request("GET", "/")):
            assert reports.get(timeout=GRACE) is False
        assert reports.get(timeout=GRACE) is True
    slow.close()  # the thread has written what it had to
    assert log.getvalue().count("ValueError: broken callback") == 4


def test_failing_request_is_reported_at_its_end(slow: SlowRequests) -> None:
    """A request that ends with an exception ends, too."""
    reports: SimpleQueue[bool] = SimpleQueue()
    slow.configure((SOON, lambda method, path, seconds, completed: reports.put(completed)))

    def fail() -> None:
        with slow.watch(Request("GET", "/")):
            reports.get(timeout=GRACE)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert reports.get(timeout=GRACE) is True


def test_one_thread_for_all(slow: SlowRequests) -> None:
    """Many late requests at once share the thread that watches."""
    reports: SimpleQueue[str] = SimpleQueue()
    slow.configure((SOON, lambda method, path, seconds, completed: reports.put(path)))
    release = threading.Event()

    def request(number: int) -> None:
        with slow.watch(Request("GET", f"/{number}")):
            release.wait(GRACE)

    before = set(threading.enumerate())
    threads = [threading.Thread(target=request, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    late = {reports.get(timeout=GRACE) for _ in range(10)}
    assert len(set(threading.enumerate()) - before - set(threads)) == 1
    release.set()
    for thread in threads:
        thread.join(GRACE)
    assert late == {f"/{number}" for number in range(10)}


def test_shorter_limit_wakes_the_thread(slow: SlowRequests) -> None:
    """A thread asleep for a long limit does not sleep through a short one set since."""
    asleep = threading.Event()
    wait = slow._changed.wait

    def noticed_wait(timeout: float | None = None) -> bool:
        asleep.set()  # under the lock, so the next request comes when it does sleep
        return wait(timeout)

    slow._changed.wait = noticed_wait  # type: ignore[method-assign]
    slow.configure((NEVER, lambda *values: None))
    with slow.watch(Request("GET", "/long")):
        assert asleep.wait(GRACE)
        assert _late_reports(slow)[0][1] == "/x?y"


def test_close_ends_the_thread(slow: SlowRequests) -> None:
    """Also with a request under way; again is harmless, and nothing starts after it."""
    slow.configure((NEVER, lambda *values: None))
    with slow.watch(Request("GET", "/")):
        slow.close()
        assert slow._thread is not None
        assert not slow._thread.is_alive()
        slow.close()
    slow.configure(True)
    assert not slow.enabled


def test_a_number_is_the_limit(slow: SlowRequests, log: io.StringIO) -> None:
    """The report is the line in the log then."""
    slow.configure(0.01)
    with slow.watch(Request("GET", "/late")):
        until(lambda: "takes longer" in log.getvalue())
    assert 'request took longer than expected: "GET /late"' in log.getvalue()
