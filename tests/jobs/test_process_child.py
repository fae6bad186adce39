"""The inside of a process for jobs."""

from __future__ import annotations

import pickle
import threading
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from quick_htag.jobs import process_child
from quick_htag.jobs.process_child import READY, answer


def _asked(*call: Any) -> Any:
    return pickle.loads(answer(pickle.dumps(call)))


def test_calls_are_answered() -> None:
    """With their value."""
    assert _asked(divmod, (7, 2), {}) == (True, (3, 1))
    assert _asked(int, ("77",), {"base": 8}) == (True, 63)


def test_failures_are_text() -> None:
    """What was raised, what cannot be read and what cannot be sent."""
    assert "ZeroDivisionError" in _asked(divmod, (1, 0), {})[1]
    assert "UnpicklingError" in pickle.loads(answer(b"nonsense"))[1]
    assert "pickle" in _asked(threading.Lock, (), {})[1]


def test_it_ends_with_its_server(monkeypatch: Any) -> None:
    """One call after the other, until nobody is there."""
    monkeypatch.delattr(process_child.os, "setpgid", raising=False)
    ours, theirs = Pipe()
    thread = threading.Thread(target=process_child.main, args=(theirs,))
    thread.start()
    assert ours.recv_bytes() == READY
    ours.send_bytes(pickle.dumps((len, ("ab",), {})))
    assert pickle.loads(ours.recv_bytes()) == (True, 2)
    ours.close()
    thread.join(10)
    assert not thread.is_alive()
    theirs.close()


def test_a_function_that_is_not_there_is_told(live_apps: Path, monkeypatch: Any) -> None:
    """With what to do: the module is found, and has no such name when it is imported."""
    import cpu_jobs

    data = pickle.dumps((cpu_jobs.pid, ({},), {}))
    monkeypatch.delattr(cpu_jobs, "pid")
    good, text = pickle.loads(answer(data))
    assert not good
    assert "at the top of a module" in text
    assert "AttributeError" in text
