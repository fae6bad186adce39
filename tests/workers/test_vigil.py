"""Workers that hang, and those that only seem to."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import types
from typing import Any

import pytest

from quick_htag.workers.questions import Questions
from quick_htag.workers.vigil import Vigil
from tests.live_program import is_alive
from tests.patience import until

posix = pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")


class Child:
    """A worker that answers when the test says so."""

    def __init__(self, index: int, timeout: float | None = 60.0) -> None:
        self.index = self.pid = index
        self.timeout = timeout
        self.trouble = ""
        self.asked: list[int] = []

    def say(self, what: dict[str, Any]) -> bool:
        assert what["what"] == "alive"
        self.asked.append(what["ask"])
        return True


@pytest.fixture
def watched(clock):
    """Two workers, asked every 30 seconds; ``given_up`` and ``said`` are what has become of it."""
    children, held, said, given_up = [Child(1), Child(2)], set(), [], []
    questions = Questions(clock)
    vigil = Vigil(
        lambda: children,
        questions,
        lambda pid: pid in held,
        lambda child, text: said.append((child.index, text)),
        lambda child, silence: (given_up.append((child.index, silence)), children.remove(child)),
        clock,
    )

    def after(seconds, answering=()):
        clock.advance(seconds)
        vigil.look(clock())
        for child in answering:
            for number in child.asked:
                questions.answer(child, number, "well")

    return types.SimpleNamespace(
        after=after,
        children=children,
        first=children[0],
        second=children[1],
        held=held,
        said=said,
        given_up=given_up,
        questions=questions,
        vigil=vigil,
    )


def test_who_answers_is_asked_again_after_half_its_time(watched, clock):
    """And not before: each question costs a moment of a processor."""
    for _ in range(5):
        assert watched.vigil.due == clock() + 30.0
        watched.after(29.0)
        watched.after(1.0, watched.children)
    assert len(watched.first.asked) == len(watched.second.asked) == 5
    assert not watched.said


def test_who_does_not_answer_is_given_up(watched):
    """The log says so at half the time; the other one goes on."""
    watched.after(30.0, [watched.second])
    watched.after(30.0, [watched.second])
    assert watched.said == [(1, "has not answered for 30 s")]
    assert watched.first.trouble == "has not answered for 30 s"
    watched.after(30.0, [watched.second])
    assert watched.given_up == [(1, 60.0)]
    assert len(watched.first.asked) == 1
    assert not watched.second.trouble


def test_who_answers_late_was_only_busy(watched):
    """It is asked on, and the log says that it is back."""
    watched.after(30.0, [watched.second])
    watched.after(30.0, [watched.second])
    watched.questions.answer(watched.first, watched.first.asked[0], "well")
    assert watched.said[-1] == (1, "answers again")
    assert not watched.first.trouble
    for _ in range(3):
        watched.after(30.0, watched.children)
    assert not watched.given_up


@pytest.mark.parametrize("how", ["held", "debugged"])
def test_who_is_held_by_somebody_is_waited_for(watched, how):
    """By a signal or a debugger, as long as that takes; from its end on it has all its time."""
    if how == "held":
        watched.held.add(1)
    else:
        watched.after(30.0, [watched.second])
        watched.questions.answer(watched.first, watched.first.asked[0], "debugged")
    for _ in range(20):
        watched.after(30.0, [watched.second])
    assert watched.said == [(1, "is stopped, or in a debugger: it is waited for")]
    assert not watched.given_up
    if how == "held":
        watched.held.clear()
        watched.after(30.0, [watched.second])
        assert not watched.given_up
        watched.after(30.0, [watched.second])
        assert watched.given_up == [(1, 60.0)]


def test_a_machine_that_slept_kills_nobody(watched):
    """We were not there ourselves, so nobody had the time."""
    watched.after(30.0)
    watched.after(3600.0)
    watched.after(3600.0)
    assert not watched.given_up
    assert not watched.said
    watched.after(30.0, watched.children)
    watched.after(30.0, watched.children)
    assert not watched.given_up


def test_one_is_given_up_at_a_time(watched):
    """The machine may be what hangs; the next one has until the next question."""
    for _ in range(3):
        watched.after(30.0)
    assert watched.given_up == [(1, 60.0)]
    watched.after(30.0)
    assert watched.given_up == [(1, 60.0), (2, 90.0)]


def test_a_worker_that_gives_up_itself_is_asked_again(watched):
    """Its threads did not come round: that is no answer, but a new question may have one."""
    watched.after(30.0, [watched.second])
    watched.questions.answer(watched.first, watched.first.asked[0], None)
    watched.after(30.0, [watched.second])
    assert len(watched.first.asked) == 2
    watched.questions.answer(watched.first, watched.first.asked[1], "well")
    assert watched.said[-1] == (1, "answers again")


def test_who_is_not_to_be_watched_is_not_asked(watched):
    """None, or 0, in the settings of the program; nothing is waited for then."""
    watched.children[:] = [Child(1, None), Child(2, 0.0)]
    assert watched.vigil.due is None
    watched.after(3600.0)
    assert not watched.children[0].asked
    watched.children.append(Child(3))
    assert watched.vigil.due is not None
    watched.after(30.0)
    assert watched.children[2].asked
    assert not watched.children[0].asked


# -- for real: three workers, of which one hangs, one is stopped, and one computes -----------------


@pytest.fixture(scope="module")
def story(workers_for_real):
    """What has become of them by the time the first was replaced."""
    program = workers_for_real(script="hanging.py")
    pids = set(program.workers(3).values())
    program.ask("/count")
    cookie = program.cookie.partition(";")[0]
    with socket.create_connection(program.address) as client:
        client.sendall(b"GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        program.wait_for("is about to hang")
        hung = int(re.findall(r"\(process (\d+)\) is about", program.said)[0])
        busy = program.ask("/busy")["pid"]
        (stopped,) = pids - {hung, busy}
        os.kill(stopped, signal.SIGSTOP)
        program.wait_for(f"(process {hung}) hangs, it has not answered for ")
        program.wait_for(f"(process {hung}) had its threads here:")
    yield types.SimpleNamespace(
        program=program, pids=pids, cookie=cookie, hung=hung, busy=busy, stopped=stopped
    )
    os.kill(stopped, signal.SIGCONT)


@posix
def test_a_worker_that_hangs_is_replaced(story):
    """A regular expression keeps the lock of the interpreter, so no thread of it does anything."""
    until(lambda: not is_alive(story.hung))
    until(lambda: story.program.ask()["pid"] not in story.pids)


@posix
def test_the_log_says_where_it_hangs(story):
    """The place in the program, with what has called it."""
    story.program.wait_until(lambda: "in hang" in story.program.said)


@posix
def test_a_visitor_of_it_is_known_to_the_others(story):
    """His session goes on."""
    assert story.program.ask("/count", Cookie=story.cookie)["count"] == 2


@posix
def test_a_worker_that_computes_is_left_alone(story):
    """On more threads than there are processors."""
    until(lambda: story.program.ask()["pid"] == story.busy)
    assert f"(process {story.busy}) hangs" not in story.program.said


@posix
def test_a_worker_that_is_stopped_is_waited_for(story):
    """And serves when it goes on."""
    program = story.program
    told = f"(process {story.stopped}) is stopped, or in a debugger: it is waited for"
    program.wait_until(lambda: told in program.said)
    os.kill(story.stopped, signal.SIGCONT)
    program.wait_until(lambda: f"(process {story.stopped}) answers again" in program.said)
    until(lambda: program.ask()["pid"] == story.stopped)
