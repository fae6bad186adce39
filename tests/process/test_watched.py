"""What a program knows of a parent that watches its files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from quick_htag import ConfigurationError, MessageLog
from quick_htag.process.beginning import ENV_RELOAD
from quick_htag.process.watched import Watched, _named, reload_on_change, watched

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_parent_nothing_is_watched():
    """As in every program that did not ask for it."""
    assert not Watched({})
    assert watched().start == ""


def test_the_child_of_the_parent_is_watched_and_its_children_are_not():
    """The variable is gone at once."""
    environ = {ENV_RELOAD: str(os.getppid())}
    assert Watched(environ).start
    assert environ == {}


@pytest.mark.skipif(sys.platform == "win32", reason="processes in between are usual there")
def test_the_variable_of_another_process_means_nothing():
    """It was inherited."""
    assert not Watched({ENV_RELOAD: "1"})


def test_the_watching_code_is_not_imported_when_off():
    """It costs nothing."""
    names = "'quick_htag.process.reloader', 'quick_htag.process.file_watch'"
    code = f"import sys, quick_htag; print([name for name in sys.modules if name in ({names})])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=30)
    assert done.stdout.strip() == b"[]"


def test_another_thread_cannot_ask():
    """The program would not end."""
    raised = []

    def ask():
        try:
            reload_on_change(MessageLog())
        except ConfigurationError as error:
            raised.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert "main thread" in raised[0]


def test_the_file_of_a_syntax_error_is_named(tmp_path):
    """No module has it, and its repair must be noticed."""
    path = tmp_path / "broken.py"
    path.write_text("x =")
    with pytest.raises(SyntaxError) as caught:
        compile("x =", str(path), "exec")
    assert _named(caught.value) == [str(path)]
    assert _named(ValueError()) == []
