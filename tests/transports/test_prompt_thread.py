"""A thread whose starter goes on at once."""

from __future__ import annotations

import threading

import pytest

from quick_htag.transports.prompt_thread import PromptThread

LIMIT = 30.0


def test_it_runs_and_ends() -> None:
    """Under its name, as a daemon, known to ``threading``."""
    names: list[str] = []
    thread = PromptThread(lambda: names.append(threading.current_thread().name), "prompt")
    assert thread.daemon
    thread.start()
    thread.join(LIMIT)
    assert names == ["prompt"]
    assert not thread.is_alive()


def test_it_is_alive_from_its_start() -> None:
    """Also before it runs, and no earlier."""
    leave = threading.Event()
    thread = PromptThread(leave.wait, "prompt")
    assert not thread.is_alive()
    thread.start()
    assert thread.is_alive()
    assert thread in threading.enumerate()
    leave.set()
    thread.join(LIMIT)
    assert not thread.is_alive()
    assert thread not in threading.enumerate()


def test_join_waits_no_longer_than_it_may() -> None:
    """For one that goes on."""
    leave = threading.Event()
    thread = PromptThread(leave.wait, "prompt")
    thread.start()
    thread.join(0.01)
    assert thread.is_alive()
    leave.set()
    thread.join()
    assert not thread.is_alive()


def test_one_that_was_not_started_cannot_be_joined() -> None:
    """As any other."""
    with pytest.raises(RuntimeError):
        PromptThread(int, "prompt").join(0.0)


def test_it_is_started_once() -> None:
    """As any other."""
    thread = PromptThread(int, "prompt")
    thread.start()
    thread.join(LIMIT)
    with pytest.raises(RuntimeError):
        thread.start()


def test_a_system_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts it is told, and it is not alive."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    thread = PromptThread(int, "prompt")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        thread.start()
    assert not thread.is_alive()
