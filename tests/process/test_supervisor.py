"""A supervised program: exit codes, restarts and signals."""

from __future__ import annotations

import os
import signal
import sys
import threading
from io import StringIO

import pytest

from quick_htag import MessageLog
from quick_htag.process.supervisor import Supervisor
from tests.patience import LIMIT, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def child_pid(program) -> int:
    """The process id the child prints."""
    program.wait_for("child ")
    return int(program.wait_for("."))


@pytest.mark.parametrize("code", ["0", "5"])
def test_exit_code_is_passed_on(live, code):
    """The child's exit code is the supervisor's."""
    program = live("supervised.py", "exit", code)
    program.wait_for("False False")
    assert program.exit_code() == int(code)


def test_restart_code_starts_again(live):
    """A child that asks for a restart is started again, and knows; its exit functions ran."""
    program = live("supervised.py", "again")
    first = child_pid(program)
    program.wait_for("False False")
    program.wait_for("exit function")
    assert child_pid(program) != first
    program.wait_for("False True")
    assert program.exit_code() == 5


def test_killed_child(live):
    """A child killed by signal N makes 128 + N."""
    program = live("supervised.py", "die")
    assert program.exit_code() == 128 + signal.SIGKILL


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 7), (signal.SIGHUP, 8)])
def test_signal_is_passed_on(live, number, code):
    """The child gets the signal, and its end is waited for."""
    program = live("supervised.py", "wait")
    child = child_pid(program)
    program.wait_for("waiting")
    program.process.send_signal(number)
    assert program.exit_code() == code
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_sigint_without_terminal(live):
    """Without a terminal SIGINT is passed on, and the exit code is the error code."""
    program = live("supervised.py", "interrupt")
    program.wait_for("waiting")
    program.process.send_signal(signal.SIGINT)
    program.wait_for("interrupts 1")
    assert program.exit_code() == 1


def test_control_c_signals_the_child_once(on_terminal):
    """CTRL-C reaches the child from the terminal only."""
    program = on_terminal("supervised.py", "interrupt")
    program.wait_for("waiting")
    program.type("\x03")
    program.wait_for("interrupts 1")
    assert program.exit_code() == 1


def test_first_sigint_on_a_terminal_is_not_passed_on(on_terminal):
    """On a terminal the first SIGINT is taken for CTRL-C, which the child has got as well."""
    program = on_terminal("supervised.py", "interrupt")
    program.wait_for("waiting")
    program.process.send_signal(signal.SIGINT)
    with pytest.raises(AssertionError):  # what is waited for is that nothing happens
        program.wait_for("interrupts", 0.5)
    program.process.send_signal(signal.SIGINT)
    program.wait_for("interrupts 1")
    assert program.exit_code() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a child")
def test_child_ends_with_its_supervisor(live):
    """On Linux a supervisor that is killed takes its child along."""
    program = live("supervised.py", "wait")
    child_pid(program)
    program.wait_for("waiting")
    program.process.kill()
    program.wait_for("exit function")  # the child had SIGTERM


def test_terminal_after_a_crash(on_terminal):
    """A child that dies while its prompt waits leaves no terminal without echo."""
    import termios

    program = on_terminal("supervised_prompt.py")
    before = termios.tcgetattr(program.output)
    child = child_pid(program)
    program.wait_for("> ")
    program.wait_until(lambda: termios.tcgetattr(program.output) != before)
    os.kill(child, signal.SIGKILL)
    assert program.exit_code() == 128 + signal.SIGKILL
    assert termios.tcgetattr(program.output) == before


def test_a_signal_that_interrupts_no_wait_is_passed_on(tmp_path):
    """As one that comes when the supervisor is just about to wait for its child."""
    ready = tmp_path / "ready"
    child = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        f"time.sleep({LIMIT})\n"
    )

    def act():
        until(ready.exists)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    command = [sys.executable, "-c", child]
    supervisor = Supervisor(command, os.environ, 42, 1, MessageLog(StringIO()))
    thread = threading.Thread(target=act)
    thread.start()
    before = signal.getsignal(signal.SIGCHLD)
    assert supervisor.run() == 7
    thread.join(LIMIT)
    assert signal.getsignal(signal.SIGCHLD) == before


def test_the_end_of_a_child_is_heard_where_signals_are_held_back(live):
    """Who starts a supervisor may hold SIGCHLD back, which is inherited."""
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        program = live("supervised.py", "exit", "5")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
    assert program.exit_code() == 5
