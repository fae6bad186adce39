"""Processes that somebody else has started."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from quick_htag.isolation.adopted import AdoptedProcess, adopted, peer_of

LIMIT = 30.0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there the system does not tell")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a group of its own."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.kill()


def test_it_is_killed_and_waited_for(sleeper: subprocess.Popen[bytes]) -> None:
    """Again is harmless."""
    process = AdoptedProcess(sleeper.pid)
    assert process.is_alive()
    assert process.ending() == "runs"
    assert not process.wait(0.01)
    process.kill()
    sleeper.wait(LIMIT)
    assert process.wait(LIMIT)
    assert process.ending() == "it has ended"
    process.kill()
    process.let_go()
    process.let_go()


def test_what_one_has_started_ends_with_it() -> None:
    """Once: later the number may be another one's."""
    code = "import subprocess; subprocess.Popen(['sleep', '600']); print(flush=True); input()"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as leader:
        assert leader.stdout is not None
        leader.stdout.readline()
        process = AdoptedProcess(leader.pid)
        leader.kill()
        leader.wait(LIMIT)
        assert process.wait(LIMIT)
        process.kill()
        assert select.select([leader.stdout], [], [], LIMIT)[0]  # nobody has it any more
        assert process._swept


def test_a_copy_that_was_made_just_now_is_killed_alone() -> None:
    """It has no group of its own yet, and that of its template is not to be ended."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as copy:
        process = AdoptedProcess(copy.pid)
        process.kill()
        try:
            assert copy.wait(LIMIT) == -signal.SIGKILL
        finally:
            copy.kill()
        assert process.wait(LIMIT)


def test_nothing_is_kept_of_one_that_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    """A server sees thousands of them; the number may be another one's later."""
    process = AdoptedProcess(sleeper.pid)
    process.kill()
    sleeper.wait(LIMIT)
    assert process.wait(LIMIT)
    assert process._handle is None
    process.pid = os.getpid()
    assert not process.is_alive()


def test_the_system_tells_who_it_is() -> None:
    """Of a socket that is a file; the process itself is not asked."""
    one, two = socket.socketpair()
    with one, two:
        assert peer_of(one) == os.getpid()
        process = adopted(two)
        assert process is not None
        assert process.pid == os.getpid()
        process.let_go()


def test_of_a_port_it_does_not() -> None:
    """Then the process is not known."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as one,
    ):
        assert adopted(one) is None
