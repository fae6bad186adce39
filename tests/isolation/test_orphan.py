"""A process that looks for another web process."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from quick_htag.isolation.anchors import Anchors
from quick_htag.isolation.folders import Folder
from quick_htag.isolation.orphan import Orphan
from tests.patience import until

LIMIT = 30.0


def test_nobody_comes(no_thread_left: None) -> None:
    """After its time it gives up."""
    over = threading.Event()
    Orphan(Anchors(), None, pytest.fail, over.set).seek(0.05)
    assert over.wait(LIMIT)


@pytest.mark.skipif(os.name == "nt", reason="Windows has ports instead")
def test_one_that_listens_is_found(linked: Any, no_thread_left: None) -> None:
    """One that has ended is passed over, and one that comes later is seen."""
    folder, anchors, tried = Folder(), Anchors(), []

    def knock(address: list[object]) -> None:
        tried.append(address)
        if address[0] == dead:
            raise ConnectionRefusedError
        anchors.add(linked().here, keeps=True)

    dead = str(Path(str(folder.path), "web-0"))
    Path(dead).touch()
    Orphan(anchors, folder.path, knock, pytest.fail).seek(LIMIT * 10)
    until(lambda: tried)
    with folder.listen():
        until(anchors.all)
    assert anchors.best() == []
    Path(dead).unlink()
    folder.remove()


def test_one_that_comes_by_itself_ends_the_search(linked: Any, no_thread_left: None) -> None:
    """Nothing is knocked at."""
    anchors = Anchors()
    Orphan(anchors, None, pytest.fail, pytest.fail).seek(LIMIT)
    anchors.add(linked().here)
