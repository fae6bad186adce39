"""Signals that stop, with real signals to real programs."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from quick_htag.process.shutdown import (
    SAME_SIGNAL,
    ProgramStop,
    end_ourselves,
    stop_signals,
    stopping_signals,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SIGNALS = [signal.SIGTERM, signal.SIGINT]
LIMIT = 30.0  # seconds; only a broken test waits so long


def handlers():
    """What the signals do now."""
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_stops_gracefully(live, number):
    """The first signal calls stop, and the program goes on after the block."""
    program = live("stopping.py", "obey")
    program.wait_for("ready")
    program.process.send_signal(number)
    program.wait_for("asked to stop\nafter")
    assert program.exit_code() == 3


@pytest.mark.parametrize("number", SIGNALS)
def test_second_signal_ends_at_once(live, number):
    """A second signal ends the program with 128 + its number, after restoring the terminal."""
    program = live("stopping.py", "refuse")
    program.wait_for("ready")
    program.process.send_signal(number)
    program.wait_for("asked to stop")
    with pytest.raises(AssertionError):  # what is waited for is that nothing happens
        program.wait_for("restored", SAME_SIGNAL + 0.1)
    program.process.send_signal(number)
    program.wait_for("restored")
    assert program.exit_code() == 128 + number


@pytest.mark.parametrize("how", ["alone", "program"])
def test_a_copy_of_the_process_can_be_ended(live, how):
    """``Process.terminate()`` of what was forked ends that, and nobody else is asked to stop."""
    program = live("copied.py", how)
    program.wait_for(f"copy ended with {-signal.SIGTERM}\n")
    assert program.exit_code() == 0


def test_signal_delivered_twice_is_one(clock, no_thread_left):
    """The same request through two ways does not end the program at once."""
    asked = threading.Event()
    with stop_signals(asked.set, clock=clock):
        signal.raise_signal(signal.SIGTERM)
        clock.advance(SAME_SIGNAL / 2)
        signal.raise_signal(signal.SIGTERM)
        assert asked.wait(10.0)


def test_no_signal_no_stop(no_thread_left):
    """Without a signal stop is not called."""
    called = []
    with stop_signals(lambda: called.append(1)):
        pass
    assert not called


def leave_by_error(before):
    """Raise inside the block."""
    with stop_signals(list):
        assert handlers() != before
        raise KeyError


def test_handlers_are_given_back(no_thread_left):
    """The handlers after the block are those before, also when the block raises."""
    before = handlers()
    with pytest.raises(KeyError):
        leave_by_error(before)
    assert handlers() == before


def test_handler_of_the_user_stays(no_thread_left):
    """A handler somebody has set, and an ignored signal, are left alone."""
    mine = [lambda *_: None, signal.SIG_IGN]
    before = [signal.signal(number, handler) for number, handler in zip(SIGNALS, mine, strict=True)]
    try:
        with stop_signals(list):
            assert handlers() == mine
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)


def test_other_thread_sets_nothing(no_thread_left):
    """Off the main thread the block runs and no handler is set."""
    before = handlers()
    inside = []

    def run():
        with stop_signals(list):
            inside.extend(handlers())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10.0)
    assert inside == before


def test_stop_may_wait_for_the_block(no_thread_left):
    """A stop that returns only after the block has ended does not hold the block up."""
    ended = threading.Event()
    waited = []
    asked = threading.Event()

    def stop():
        asked.set()
        waited.append(ended.wait(LIMIT))

    with stop_signals(stop):
        signal.raise_signal(signal.SIGTERM)
        assert asked.wait(LIMIT)
    assert waited == []  # the block has ended, and stop has not
    ended.set()


@pytest.fixture
def program_stop(clock):
    """``program_stop(before=..., after=...)``: a handler of the whole program, installed."""
    installed = []

    def install(before=list, after=list):
        handler = ProgramStop(7, before, after, clock)
        handler.start()
        installed.append((handler, [signal.signal(number, handler) for number in SIGNALS]))
        return handler

    yield install
    for handler, before in installed:
        for number, previous in zip(SIGNALS, before, strict=True):
            signal.signal(number, previous)
        handler.close()


def be_signalled():
    """Get a signal, and wait until that ends it."""
    signal.raise_signal(signal.SIGTERM)
    threading.Event().wait(60.0)


def serve(handler, order):
    """Get a signal while serving."""
    stopped = threading.Event()
    with stop_signals(lambda: (order.append("stop"), stopped.set())):
        assert signal.getsignal(signal.SIGTERM) is handler
        signal.raise_signal(signal.SIGTERM)
        assert stopped.wait(10.0)


def test_program_leaves_with_its_code(program_stop, no_thread_left):
    """A thread that waits for a lock is left by SystemExit, after what comes before and after."""
    order = []
    program_stop(lambda: order.append("before"), lambda: order.append("after"))
    with pytest.raises(SystemExit) as caught:
        be_signalled()
    assert (caught.value.code, order) == (7, ["before", "after"])


def test_program_stops_what_serves_in_between(program_stop, no_thread_left):
    """``stop_signals`` leaves the handler, is stopped by it, and ends with SystemExit."""
    order = []
    handler = program_stop(lambda: order.append("before"), lambda: order.append("after"))
    with pytest.raises(SystemExit) as caught:
        serve(handler, order)
    assert (caught.value.code, order) == (7, ["before", "stop", "after"])


def test_a_call_of_our_own_that_comes_late_is_no_second_signal(
    program_stop, clock, monkeypatch, no_thread_left
):
    """The main thread may have left by the one before; a signal of somebody else is one later."""
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    program_stop(lambda: clock.advance(SAME_SIGNAL))
    with pytest.raises(SystemExit):
        be_signalled()
    signal.raise_signal(signal.SIGTERM)
    assert ended == []
    clock.advance(SAME_SIGNAL)
    signal.raise_signal(signal.SIGTERM)
    assert ended == [128 + signal.SIGTERM]


def test_program_without_signal_goes_on(program_stop, no_thread_left):
    """A block that ends by itself, or by an error, ends as ever."""
    handler = program_stop()
    with stop_signals(list):
        pass
    with pytest.raises(KeyError), handler.serving(list):
        raise KeyError
    handler._signals.put(None)  # its thread ends


def test_signals_of_the_platform():
    """SIGTERM and SIGINT are everywhere."""
    assert set(SIGNALS) <= set(stopping_signals())


def test_who_ends_itself_is_heard_also_when_no_wait_is_interrupted(monkeypatch):
    """As by a signal that comes when the main thread is just about to wait."""
    done = threading.Event()

    def interrupt_nobody(pid, number):
        signal.pthread_kill(threading.get_ident(), number)

    monkeypatch.setattr(os, "kill", interrupt_nobody)
    with stop_signals(done.set):
        ending = threading.Timer(0.2, end_ourselves)
        ending.start()
        begun = time.monotonic()
        assert done.wait(LIMIT)
        assert time.monotonic() - begun < LIMIT
        ending.join(LIMIT)
