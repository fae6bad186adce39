"""Processes that are started."""

from __future__ import annotations

import os
import sys

import pytest

from quick_htag.errors import AppFailed
from quick_htag.isolation.launch import AppProcess

CONFIG = {
    "protocol": 0,
    "anchors": [["/nowhere/at/all"]],
    "token": "00" * 16,
    "secret": "00",
    "grace": None,
}


def test_one_that_finds_no_server_ends() -> None:
    """By itself and without an error: the server has ended in the meantime."""
    process = AppProcess(None, CONFIG)
    assert process.wait(60.0)
    assert process.ending() == "it has ended with exit code 0"
    process.kill()  # harmless


def test_one_that_finds_no_server_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Python warns of it where it is told to."""
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    assert AppProcess(None, CONFIG).wait(60.0)
    assert "unclosed" not in capfd.readouterr().err


def test_no_such_interpreter() -> None:
    """The error names it."""
    with pytest.raises(AppFailed, match="nowhere/python"):
        AppProcess("/nowhere/python", CONFIG)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_one_that_is_killed_says_how_it_has_ended() -> None:
    """By the name of the signal."""
    process = AppProcess(sys.executable, CONFIG)
    process.kill()
    assert process.wait(60.0)
    assert process.ending() == "it was ended by SIGKILL"
    assert not process.is_alive()
