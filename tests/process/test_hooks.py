"""Shutdown hooks in real programs with real signals."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.process.hooks import setup_shutdown
from quick_htag.process.shutdown import SAME_SIGNAL

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

IN_ORDER = ["third hook", "broken hook", "first hook"]


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_hooks_run_in_reverse_and_the_code_is_130(live, number):
    """The one added last comes first, one that fails is logged, and the program leaves with 130."""
    program = live("hooks.py", "wait")
    program.wait_for("ready")
    program.process.send_signal(number)
    for text in [*IN_ORDER, "finally"]:
        program.wait_for(text)
    assert program.exit_code() == 130
    assert "unflushed" in program.said
    assert "Traceback" in program.said  # of the hook, and no other
    assert program.said.count("Traceback") == 1


@posix
def test_a_program_that_ends_meanwhile(live):
    """The hooks are waited for, and the exit code is the same, though the script has ended."""
    program = live("hooks.py", "end")
    program.wait_for("ready")
    program.process.send_signal(signal.SIGTERM)
    assert program.exit_code() == 130
    for text in IN_ORDER:
        program.wait_for(text)


@posix
@pytest.mark.parametrize("how", ["serve", "serve-only"])
def test_a_server_stops_in_order(live, how):
    """``serve_forever`` ends, registered or not, and ``finally`` runs; W40: without Enter."""
    program = live("hooks.py", how)
    program.wait_for("ready")
    program.process.send_signal(signal.SIGTERM)
    for text in [*IN_ORDER, "served done=True", "finally"]:
        program.wait_for(text)
    assert program.exit_code() == 130


@posix
def test_a_second_signal_ends_at_once(live):
    """A hook that hangs does not hold up who asks again."""
    program = live("hooks.py", "hang")
    program.wait_for("ready")
    program.process.send_signal(signal.SIGTERM)
    program.wait_for("hanging")
    with pytest.raises(AssertionError):  # what is waited for is that nothing happens
        program.wait_for("first hook", SAME_SIGNAL + 0.1)
    program.process.send_signal(signal.SIGTERM)
    assert program.exit_code() == 128 + signal.SIGTERM


@posix
def test_a_supervised_program_has_the_same_code(live, tmp_path):
    """The supervisor passes the signal on and the exit code back."""
    (tmp_path / "script.py").write_text(SUPERVISED)
    program = live("script.py", relative=True)
    program.wait_for("ready")
    program.process.send_signal(signal.SIGTERM)
    program.wait_for("hook")
    assert program.exit_code() == 130


SUPERVISED = """
import time
from quick_htag import add_shutdown_hook, msg, setup_restart, setup_shutdown
setup_restart()
setup_shutdown(pre_flush_wait=0, final_wait=0)
add_shutdown_hook(lambda: msg("hook"))
msg("ready")
for _ in range(600):
    time.sleep(0.1)
"""


def test_only_the_main_thread_can_set_it_up():
    """Anybody else is told why."""
    caught = []

    def run():
        try:
            setup_shutdown()
        except ConfigurationError as error:
            caught.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10.0)
    assert "main thread" in caught[0]


@pytest.mark.parametrize("waits", [{"pre_flush_wait": -1.0}, {"final_wait": -0.1}])
def test_a_negative_wait_is_an_error(waits):
    """And changes nothing."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ConfigurationError):
        setup_shutdown(**waits)
    assert signal.getsignal(signal.SIGTERM) == before
