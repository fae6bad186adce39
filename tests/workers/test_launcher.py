"""What a process of a program is started with."""

from __future__ import annotations

import json
import sys

import pytest

from quick_htag.workers.launcher import Launcher
from quick_htag.workers.slot import Slot
from tests.patience import until

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="descriptors are handed on by POSIX"
)
CODE = (
    "import json, os; print(json.dumps([name for name in os.environ if name in "
    "('NOTIFY_SOCKET', 'QUICK_SERVER_SUBSEQ', 'QUICK_SERVER_RESTART', 'OTHER')]), flush=True)"
)


@pytest.fixture
def started(capfd):
    """Start a process for a place; gives it, and what it has of the environment."""
    children = []

    def start(slot, **more):
        environment = {"NOTIFY_SOCKET": "/x", "OTHER": "1", "QUICK_SERVER_SUBSEQ": "1"}
        launcher = Launcher([sys.executable, "-c", CODE], environment, 2, **more)
        child = launcher.start(slot, [], "/folder")
        children.append(child)
        until(child.reap)
        return child, set(json.loads(capfd.readouterr().out))

    yield start
    for child in children:
        child.close()


def test_what_is_for_the_supervisor_is_not_handed_on(started):
    """A worker must not tell the service manager that it is ready."""
    _, names = started(Slot(1))
    assert names == {"OTHER", "QUICK_SERVER_RESTART"}


def test_all_but_the_very_first_come_later(started):
    """What a program does once, opening a browser say, only that one does."""
    slot = Slot(1)
    assert "QUICK_SERVER_SUBSEQ" not in started(slot)[1]
    assert "QUICK_SERVER_SUBSEQ" in started(slot)[1]
    assert "QUICK_SERVER_SUBSEQ" in started(Slot(2))[1]
    assert slot.starts == 2


def test_it_has_so_long_to_be_ready(started, clock):
    """Or any time."""
    child, _ = started(Slot(1), start_limit=5.0, clock=clock)
    assert child.limit == clock() + 5.0
    assert started(Slot(1))[0].limit is None
