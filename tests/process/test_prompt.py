"""The prompt as a user meets it: real programs on real pipes and terminals."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and terminals of POSIX")

LOCAL_MODES = 3  # their index in what tcgetattr returns


def modes(program) -> list[object]:
    """The modes of a program's terminal."""
    import termios

    return list(termios.tcgetattr(program.output))


def wait_until_waiting(program) -> None:
    """Until the prompt is printed and its thread waits for the first key, without echo."""
    import termios

    program.wait_for("> ")
    program.wait_until(
        lambda: not modes(program)[LOCAL_MODES] & (termios.ECHO | termios.ICANON)  # type: ignore
    )


# -- pipes and files -------------------------------------------------------------------------------


def test_runs_piped_commands(live):
    """A command on a pipe runs, and quit ends the program with 0."""
    program = live("prompting.py", "interrupt", "")
    program.type("echo one two\nquit\n")
    program.wait_for("[SERVER] heard one two")
    program.wait_for("stopped ended=True")
    assert program.exit_code() == 0


def test_prompt_is_printed_on_stdout(live):
    """The prompt is printed although input is a pipe."""
    program = live("prompting.py", "interrupt", "")
    program.wait_for("> ")


def test_end_of_input_is_no_end(live):
    """After the end of input the program goes on and says how it can be ended."""
    program = live("prompting.py", "interrupt", "")
    program.type("echo last")
    program.end_input()
    program.wait_for("heard last")
    program.wait_for("[SERVER] no command loop - use CTRL-C to terminate\n[SERVER] eof seen")
    assert program.process.poll() is None


def test_dev_null_is_the_end_of_input(live):
    """A service started with /dev/null serves."""
    with Path(os.devnull).open("rb") as null:
        program = live("prompting.py", "interrupt", "", stdin=null.fileno())
    program.wait_for("eof seen")
    assert program.process.poll() is None


def test_closed_stdin_is_the_end_of_input(live, tmp_path):
    """A program started without standard input serves."""
    program = live("without_stdin.py")
    program.wait_for("eof seen")
    assert program.process.poll() is None


def test_commands_from_a_file(live, tmp_path):
    """Standard input may be a regular file."""
    (tmp_path / "lines").write_text("echo from file\nquit\n")
    with (tmp_path / "lines").open("rb") as file:
        program = live("prompting.py", "interrupt", "", stdin=file.fileno())
    program.wait_for("heard from file")
    assert program.exit_code() == 0


def test_pipe_writes_no_history(live, tmp_path):
    """Without a terminal there is no history file."""
    program = live("prompting.py", "interrupt", str(tmp_path / "history"))
    program.type("echo x\nquit\n")
    assert program.exit_code() == 0
    assert not (tmp_path / "history").exists()


def test_sigint_with_a_silent_pipe(live):
    """CTRL-C ends the program although the prompt waits on a pipe that says nothing."""
    program = live("prompting.py", "interrupt", "")
    program.wait_for("> ")
    program.process.send_signal(signal.SIGINT)
    program.wait_for("stopped ended=True quick=True")
    assert program.exit_code() == 0


def test_second_prompt_goes_without(live):
    """A second prompt in the process does not start and says nothing."""
    program = live("prompting.py", "interrupt", "")
    program.type("second\nquit\n")
    assert "no command loop" not in program.wait_for("second started: False")
    assert program.exit_code() == 0


def test_keyboard_interrupt_in_the_loop_stops(live):
    """KeyboardInterrupt on the command thread asks the server to stop."""
    program = live("prompting.py", "interrupt", "")
    program.type("interrupt\n")
    program.wait_for("stopped")
    assert program.exit_code() == 0


def test_stop_does_not_outwait_a_command(live):
    """A command that does not end delays the stop by its timeout only."""
    program = live("prompting.py", "interrupt", "", "0.2")
    program.type("linger\n")
    program.wait_for("lingering")
    program.process.send_signal(signal.SIGINT)
    program.wait_for("stopped ended=False")
    assert program.exit_code() == 0


# -- terminals -------------------------------------------------------------------------------------


def test_typed_command(on_terminal):
    """A typed command runs."""
    program = on_terminal("prompting.py", "interrupt", "")
    wait_until_waiting(program)
    program.type("echo hello\r")
    program.wait_for("heard hello")
    wait_until_waiting(program)
    program.type("quit\r")
    assert program.exit_code() == 0


def test_tab_completes_a_command(on_terminal):
    """Tab completes a command's name with the space, then its argument."""
    program = on_terminal("prompting.py", "interrupt", "")
    wait_until_waiting(program)
    program.type("pai\tgree\t\r")
    program.wait_for("[SERVER] painted green")


def test_tab_on_the_empty_line(on_terminal):
    """Tab as the first key is not lost: pressed twice it lists the commands."""
    program = on_terminal("prompting.py", "interrupt", "")
    wait_until_waiting(program)
    program.type("\t\t")
    program.wait_for("linger")


def test_history_is_kept(on_terminal, tmp_path):
    """The line of one run is there in the next, by the Up key."""
    for keys in ("echo remembered\r", "\x1b[A\r"):
        program = on_terminal("prompting.py", "interrupt", str(tmp_path / "history"))
        wait_until_waiting(program)
        program.type(keys)
        program.wait_for("heard remembered")
        wait_until_waiting(program)
        program.type("\x03")
        program.wait_for("stopped ended=True")
        assert program.exit_code() == 0
        assert "echo remembered" in (tmp_path / "history").read_text()


def test_history_with_a_line_half_typed(on_terminal, tmp_path):
    """The history is written although the line being typed has not ended."""
    program = on_terminal("prompting.py", "interrupt", str(tmp_path / "history"))
    wait_until_waiting(program)
    program.type("echo done\r")
    program.wait_for("heard done")
    wait_until_waiting(program)
    program.type("half")
    program.wait_for("half")
    program.type("\x03")
    assert program.exit_code() == 0
    assert "echo done" in (tmp_path / "history").read_text()


def test_unwritable_history_is_ignored(on_terminal):
    """A history file that cannot be written is no reason to fail."""
    program = on_terminal("prompting.py", "interrupt", "/nonexistent/folder/history")
    wait_until_waiting(program)
    program.type("quit\r")
    program.wait_for("stopped ended=True")
    assert program.exit_code() == 0


def test_control_c_while_waiting(on_terminal):
    """CTRL-C ends the program at once and leaves the terminal as it was."""
    program = on_terminal("prompting.py", "interrupt", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type("\x03")
    program.wait_for("interrupted")
    program.wait_for("stopped ended=True quick=True")
    assert program.exit_code() == 0
    assert modes(program) == before


def test_control_c_with_a_line_half_typed(on_terminal):
    """A line half typed does not hold up the end, and the terminal is as it was."""
    program = on_terminal("prompting.py", "interrupt", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type("echo half")
    program.wait_for("echo half")
    program.type("\x03")
    program.wait_for("stopped ended=False quick=True")
    assert program.exit_code() == 0
    assert modes(program) == before


@pytest.mark.parametrize("typed", ["", "echo half"])
def test_sigterm(on_terminal, typed):
    """SIGTERM ends the program, whatever is typed, and the terminal is as it was."""
    program = on_terminal("prompting.py", "signals", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type(typed)
    program.wait_for(typed)
    program.process.terminate()
    program.wait_for("stopped")
    assert program.exit_code() == 0
    assert modes(program) == before


def test_control_d_is_the_end_of_input(on_terminal):
    """CTRL-D on the empty line ends the prompt, not the program; the terminal echoes again."""
    program = on_terminal("prompting.py", "interrupt", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type("\x04")
    program.wait_for("no command loop - use CTRL-C to terminate")
    program.wait_for("eof seen")
    assert program.process.poll() is None
    assert modes(program) == before


def test_terminal_has_its_modes_while_a_command_runs(on_terminal):
    """A command sees the terminal with echo and line editing."""
    program = on_terminal("prompting.py", "interrupt", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type("linger\r")
    program.wait_for("lingering")
    assert modes(program) == before


def test_background_job_has_no_prompt(on_terminal):
    """In the background the program is not stopped for wanting the terminal."""
    program = on_terminal("prompting.py", "interrupt", "", job="background")
    assert "stopped by" not in program.wait_for("eof seen")
    assert program.process.poll() is None


def test_job_put_in_the_background(on_terminal):
    """What is typed for others then neither stops the program nor is read by it."""
    program = on_terminal("prompting.py", "interrupt", "", job="both")
    wait_until_waiting(program)
    program.process.send_signal(signal.SIGUSR1)
    program.wait_until(lambda: os.tcgetpgrp(program.output) == program.process.pid)
    program.type("echo not for us\r")
    with pytest.raises(AssertionError):  # what is waited for is that nothing happens
        program.wait_for("command", 0.3)
    os.kill(program.pid, signal.SIGINT)
    program.wait_for("stopped ended=True")
    assert "heard" not in program.said
    assert program.exit_code() == 0


def test_program_that_ends_without_stop(on_terminal):
    """The terminal is as it was even so."""
    program = on_terminal("prompting.py", "forget", "")
    before = modes(program)
    wait_until_waiting(program)
    program.type("\x03")
    assert program.exit_code() == 0
    assert modes(program) == before


def test_terminal_with_stdout_elsewhere(on_terminal, tmp_path):
    """With its output in a file the prompt reads plain lines and can still be ended."""
    with (tmp_path / "out").open("wb") as out:
        history = str(tmp_path / "history")
        program = on_terminal("prompting.py", "interrupt", history, stdout=out.fileno())
    program.wait_for("restarted")
    program.type("echo plain\r")
    program.wait_for("heard plain")
    program.type("\x03")
    program.wait_for("stopped ended=True quick=True")
    assert program.exit_code() == 0
    assert not (tmp_path / "history").exists()  # the line editor, whose it is, was not used


# -- a server --------------------------------------------------------------------------------------


@pytest.fixture
def operated(on_terminal):
    """A server with a prompt on a terminal, ready for the first key."""
    program = on_terminal("operated.py")
    program.wait_for("serves ")
    wait_until_waiting(program)
    program.url = f"http://127.0.0.1:{program.port}/"
    return program


def enter(program, keys: str) -> None:
    """Press some keys and Enter."""
    program.type(keys + "\r")


def test_status_of_a_server(operated):
    """``status``, completed by Tab, tells what the server has done."""
    requests.get(f"{operated.url}visit/ann", timeout=30)
    enter(operated, "stat\t")
    assert "1 in all" in operated.wait_for("latency")
    assert "MB" in operated.wait_for("\n> ")


def test_sessions_are_completed_and_ended(operated):
    """Commands, columns and ids are completed; ``kill`` ends the session that is named."""
    for name in ("ann", "bob"):
        requests.get(f"{operated.url}visit/{name}", timeout=30)
    first, second = requests.get(f"{operated.url}visits", timeout=30).json()
    enter(operated, "ses\tcol\tsession,us\t")
    operated.wait_for(f"{first}  -")
    wait_until_waiting(operated)
    enter(operated, f"ses\tk\t{first[:5]}\t")
    operated.wait_for(f"session {first} ended")
    wait_until_waiting(operated)
    enter(operated, "sessions clear idle>1h")
    operated.wait_for("0 sessions ended")
    wait_until_waiting(operated)
    enter(operated, "sessions clear idle<1h")
    operated.wait_for("1 session ended")
    assert first != second


def test_jobs_are_completed_and_cancelled(operated):
    """The id of the only job is a Tab away."""
    start = {"action": "start", "payload": {}}
    token = requests.post(f"{operated.url}job", json=start, timeout=30).json()["token"]
    enter(operated, "jo\t")
    operated.wait_for("running")
    wait_until_waiting(operated)
    enter(operated, "jobs sh\t\t")
    operated.wait_for(f"job       {token[-6:]}")
    wait_until_waiting(operated)
    enter(operated, "jobs can\t\t")
    operated.wait_for(f"job {token[-6:]} cancelled")


def test_log_and_reload_at_the_prompt(operated):
    """Words are completed at each place."""
    enter(operated, "log l\te\t")
    operated.wait_for("level errors, slow requests off")
    wait_until_waiting(operated)
    enter(operated, "rel\t")
    operated.wait_for("greeting: read from greeting.txt")
    wait_until_waiting(operated)
    enter(operated, "help tok\t")
    operated.wait_for("tokens [WORD ...]")
