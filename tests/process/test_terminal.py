"""Terminal modes; a terminal of our own: test_prompt.py."""

from __future__ import annotations

import os
import sys

import pytest

from quick_htag.process.terminal import Terminal, in_foreground, job_signals_blocked, open_terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no terminal modes")


@pytest.fixture
def foreign_terminal():
    """A terminal that belongs to another session, so never to us."""
    import pty

    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def test_pipe_is_no_terminal():
    """A pipe has no modes."""
    reader, writer = os.pipe()
    assert open_terminal(reader) is None
    assert not in_foreground(reader)
    with pytest.raises(OSError, match="Inappropriate"):
        Terminal(reader)
    os.close(reader)
    os.close(writer)


def test_terminal_that_is_not_ours(foreign_terminal):
    """A terminal we are not in the foreground of is not taken."""
    assert not in_foreground(foreign_terminal)
    assert open_terminal(foreign_terminal) is None


def test_modes_of_a_foreign_terminal_stay(foreign_terminal):
    """From the background no mode is changed."""
    import termios

    before = termios.tcgetattr(foreign_terminal)
    terminal = Terminal(foreign_terminal)
    with terminal.keys():
        assert termios.tcgetattr(foreign_terminal) == before
    terminal.restore()
    assert termios.tcgetattr(foreign_terminal) == before


def test_own_terminal(on_terminal):
    """Keys come one by one without echo inside the block; restore() gives the modes back."""
    program = on_terminal("modes.py")
    program.wait_for("inside False False")
    program.wait_for("after True True")
    program.wait_for("restored True True")
    assert program.exit_code() == 0


def test_job_signals_are_blocked_for_a_while():
    """The signal mask of the thread is the same after the block."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with job_signals_blocked():
        inside = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert inside - before == {signal.SIGTTIN, signal.SIGTTOU}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
