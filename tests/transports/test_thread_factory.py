"""Threads made by a factory of the user's."""

from __future__ import annotations

import threading
from io import StringIO
from typing import Any

import pytest

from quick_htag.logs import MessageLog
from quick_htag.transports.thread_factory import from_factory, new_thread


def test_the_default_is_a_plain_daemon_thread() -> None:
    """Without a factory nothing is called."""
    assert from_factory(None, MessageLog(StringIO())) is new_thread
    thread = new_thread(int, "name")
    assert (thread.name, thread.daemon) == ("name", True)


def test_everything_is_given_by_keyword() -> None:
    """A factory may take what it likes of it."""
    given: dict[str, Any] = {}

    def factory(**options: Any) -> threading.Thread:
        given.update(options)
        return threading.Thread(target=options["target"])

    thread = from_factory(factory, MessageLog(StringIO()))(int, "name")
    assert given == {"target": int, "args": (), "name": "name", "daemon": True}
    assert thread.daemon


def raising(**options: Any) -> threading.Thread:
    """Fail."""
    raise ZeroDivisionError


def already_started(**options: Any) -> threading.Thread:
    """Start it, which is not asked for."""
    thread = threading.Thread(target=lambda: release.wait(30))
    thread.start()
    return thread


release = threading.Event()


@pytest.mark.parametrize("factory", [raising, already_started, lambda **options: None])
def test_a_broken_factory_is_reported(factory: Any, no_thread_left: None) -> None:
    """Work goes on in a plain thread, and the log says why."""
    log = StringIO()
    thread = from_factory(factory, MessageLog(log))(int, "name")
    release.set()
    assert (thread.name, thread.ident) == ("name", None)
    assert "thread_factory failed" in log.getvalue()
