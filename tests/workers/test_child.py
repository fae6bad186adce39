"""One process of a program."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.patience import until

child_module = pytest.importorskip("quick_htag.workers.child")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="descriptors are handed on by POSIX"
)


@pytest.fixture
def start():
    """Start Python code as a worker; it is killed at the end."""
    made = []

    def begin(code):
        hello = {"index": 3, "count": 4, "all_servers": False, "folder": "", "secret": ""}
        child = child_module.Child([sys.executable, "-c", code], {}, [], hello)
        made.append(child)
        return child

    yield begin
    for child in made:
        if not child.reap():
            child.kill()
            until(child.reap)
        child.close()


def test_how_it_ended_is_told(start):
    """An exit code, or the name of a signal."""
    child = start("raise SystemExit(5)")
    until(child.reap)
    assert child.how_it_ended() == "ended with exit code 5"
    child = start("import time; time.sleep(60)")
    child.kill()
    until(child.reap)
    assert child.how_it_ended() == "was ended by SIGKILL"


def test_one_that_is_not_ready_is_ended_at_once(start):
    """It has nothing to finish."""
    child = start("import time; time.sleep(60)")
    child.end("stop")
    until(child.reap)
    assert child.ended == -signal.SIGTERM


def test_it_serves_between_ready_and_end(start, clock):
    """And is asked only then."""
    child = start("import time; time.sleep(60)")
    assert not child.serves
    assert child.served is None
    child.ready({"patience": 5.0})
    assert child.serves
    child.end("restart")
    assert not child.serves


def test_one_that_is_given_up_has_a_moment(start, clock):
    """It does not serve any more, and is killed when that is over."""
    child = start("import time; time.sleep(60)")
    child._clock = clock
    child.ready({"patience": 5.0, "timeout": 60.0})
    assert child.timeout == 60.0
    assert child.limit is None
    child.give_up()
    assert not child.serves
    assert child.limit == clock() + 1.0
    child.kill()
    assert child.limit is None
