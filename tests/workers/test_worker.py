"""A process that is a worker, and one that is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from quick_htag.workers.worker import Worker
from tests.patience import until

posix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are handed on by POSIX")
CODE = """
import subprocess, sys
import quick_htag
from quick_htag.workers.worker import this_worker
worker = this_worker()
worker.answers["twice"] = lambda text: text * 2
worker.answers["child"] = lambda: subprocess.check_output(
    [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGHUP).name)"], text=True
)
worker.hear(lambda topic, text: worker.tell({"heard": [topic, text]}))
worker.ready(index=worker.index, count=worker.count, secret=worker.secret.hex())
worker.tell({"all": worker.ask_all("twice", "x")})
import time; time.sleep(60)
"""


LATE = """
import os, threading
while os.getppid() == int(os.environ["QUICK_HTAG_WORKER"]):
    threading.Event().wait(0.005)
import quick_htag
threading.Event().wait(30.0)
print("goes on", flush=True)
"""
KILLED = """
import os, sys
from quick_htag.workers.child import Child
hello = {{"index": 1, "count": 2, "all_servers": False, "folder": "", "secret": ""}}
if not {says_hello}:
    Child.say = lambda *_: None
Child([sys.executable, "-c", {late!r}], dict(os.environ), [], hello)
os._exit(0)
"""


def test_a_program_of_its_own_is_none():
    """Nor is one that has inherited the variable of another."""
    assert not Worker({})
    environ = {"QUICK_HTAG_WORKER": "1"}
    assert not Worker(environ)
    assert not environ


@pytest.fixture
def child():
    """A worker that the test is the supervisor of."""
    from quick_htag.workers.child import Child

    hello = {"index": 3, "count": 4, "all_servers": False, "folder": "", "secret": "ab"}
    found = Child([sys.executable, "-c", CODE], {"PYTHONPATH": ":".join(sys.path)}, [], hello)
    yield found
    found.kill()
    until(found.reap)
    found.close()


def _told(child, count, heard):
    """All it has said, when that is so much."""

    def read():
        child.mailbox.wait(0.1)
        heard.extend(child.mailbox.read()[1])
        return len(heard) >= count

    until(read)
    return heard


@posix
def test_it_talks_with_its_supervisor(child):
    """It knows who it is, answers, asks all, and hears topics."""
    heard = []
    ready, question = _told(child, 2, heard)
    assert ready == {"ready": {"index": 3, "count": 4, "secret": "ab"}}
    assert (question["what"], question["args"]) == ("twice", ["x"])
    child.say({"ask": 7, "what": "twice", "args": ["y"]})
    child.say({"deliver": "news", "text": "hello"})
    child.say({"answered": question["ask"], "values": [[3, "xx"]]})
    _told(child, 5, heard)
    assert {"answer": 7, "value": "yy"} in heard
    assert {"heard": ["news", "hello"]} in heard
    assert {"all": [[3, "xx"]]} in heard


@posix
def test_without_a_folder_it_writes_nowhere(child):
    """Not into the one that it was started in."""
    _told(child, 1, [])
    assert not Path(f"stacks-{child.pid}").exists()


@posix
def test_a_closed_terminal_does_not_end_it(child):
    """Its supervisor hears of that, too; programs that it starts do not inherit anything."""
    heard = []
    _, question = _told(child, 2, heard)
    os.kill(child.pid, signal.SIGHUP)
    child.say({"ask": 7, "what": "child", "args": []})
    child.say({"answered": question["ask"], "values": []})
    _told(child, 4, heard)
    assert {"answer": 7, "value": "SIG_DFL\n"} in heard


@posix
@pytest.mark.parametrize("says_hello", [True, False])
def test_one_whose_supervisor_was_killed_before_ends(says_hello):
    """It would take itself for the first process of its program, and start others."""
    code = KILLED.format(late=LATE, says_hello=says_hello)
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(  # its output ends when both have
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    assert "the supervisor is gone: ends" in done.stderr


def test_two_servers_may_listen_at_the_same_moment():
    """None of them is forgotten."""
    worker = Worker({})

    class Meanwhile(list):
        """While it is looked at, another thread comes."""

        def __iter__(self):
            other.start()
            other.join(0.5)  # it waits for its turn
            return super().__iter__()

    other = threading.Thread(target=worker.hear, args=("second",))
    worker._listeners = Meanwhile()
    worker.hear("first")
    other.join()
    assert worker._listeners == ["first", "second"]
