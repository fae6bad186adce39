"""The monitor of several workers, over HTTP."""

from __future__ import annotations

import sys

import pytest

from quick_htag.workers.all_workers import token_for
from tests.patience import until


class Worker:
    """What is known here of one."""

    secret = b"s" * 32


def test_all_workers_have_one_token():
    """Another path has another one."""
    assert token_for(Worker(), "/-/") == token_for(Worker(), "/-/") != token_for(Worker(), "/x/")


@pytest.mark.skipif(sys.platform == "win32", reason="workers share a socket of POSIX")
def test_it_tells_of_all_workers(steady):
    """Whichever answers; the number of requests is that of both."""
    program = steady
    program.workers(2)
    token = program.said.rpartition("token ")[2].split()[0]

    def asked(path):
        return program.ask(path, Authorization=f"Bearer {token}")

    before = asked("/-/status")
    assert before["pid"] == program.process.pid
    for _ in range(10):
        program.ask()
    counted = before["requests"]["total"] + 10  # each a moment after its answer
    until(lambda: asked("/-/status")["requests"]["total"] >= counted)
    assert isinstance(asked("/-/jobs"), list)  # those of other tests may be there
