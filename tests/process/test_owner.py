"""The server that the program waits in speaks for the program; others do not."""

from __future__ import annotations

import socket
import sys
import threading

import pytest

from quick_htag.process.owner import Owner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="service managers of POSIX")


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A service manager's socket; nothing there is an empty answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "n"))
        sock.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "n"))
        yield sock


def said(manager):
    """The names of the states that were sent."""
    found = []
    while True:
        try:
            found.append(manager.recv(100).split(b"=")[0].decode())
        except BlockingIOError:
            return found


@pytest.mark.parametrize(("restarting", "last"), [(False, "STOPPING"), (True, "RELOADING")])
def test_states_of_a_program(manager, restarting, last):
    """Ready when it serves, then that it stops, or comes again; once."""
    owner = Owner()
    owner.begin()
    assert said(manager) == ["READY"]
    owner.end(restarting=restarting)
    owner.end(restarting=restarting)
    assert said(manager) == [last]


def test_other_threads_are_guests(manager):
    """A server on another thread says nothing."""

    def run():
        owner = Owner()
        owner.begin()
        owner.end(restarting=False)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10.0)
    assert said(manager) == []


def test_who_came_before_is_answered_first(manager):
    """Nothing is done for the process until nobody is being answered any more."""
    said_meanwhile, answers = [], iter([True, True, False])

    def is_busy():
        said_meanwhile.extend(said(manager))
        return next(answers)

    Owner().begin(is_busy)
    assert (said_meanwhile, said(manager), next(answers, "asked")) == ([], ["READY"], "asked")


def test_an_answer_that_takes_long(manager):
    """It is waited for a moment only."""
    Owner().begin(lambda: True)
    assert said(manager) == ["READY"]


def test_a_server_that_never_began(manager):
    """Who failed to start does not say that the program ends."""
    Owner().end(restarting=False)
    assert said(manager) == []
