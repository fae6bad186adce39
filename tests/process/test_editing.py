"""The process's line editor is borrowed and given back. At work: test_prompt.py."""

from __future__ import annotations

import pytest

from quick_htag.process.editing import LineEditor, load_readline

readline = load_readline()
pytestmark = pytest.mark.skipif(readline is None, reason="this Python has no readline")


@pytest.fixture
def clean_history():
    """Leaves the history of the test's process empty."""
    yield
    readline.clear_history()


def nothing(line):
    """No proposals."""
    return []


def test_state_is_given_back(clean_history, tmp_path):
    """Completer, delimiters, length and history are those from before."""
    readline.clear_history()
    readline.add_history("before")
    lent = (readline.get_completer(), readline.get_completer_delims())
    length = readline.get_history_length()
    editor = LineEditor(readline, nothing, str(tmp_path / "history"))
    editor.open()
    assert readline.get_current_history_length() == 0
    readline.add_history("ours")
    editor.close()
    assert (readline.get_completer(), readline.get_completer_delims()) == lent
    assert readline.get_history_length() == length
    assert readline.get_current_history_length() == 1
    assert readline.get_history_item(1) == "before"


def test_history_is_saved_and_read(clean_history, tmp_path):
    """What one editor saved the next one has."""
    for number in (0, 1):
        editor = LineEditor(readline, nothing, str(tmp_path / "history"))
        editor.open()
        assert readline.get_current_history_length() == number
        readline.add_history(f"line {number}")
        editor.save()
        editor.close()


def test_history_file_stays_when_the_folder_changes(clean_history, tmp_path, monkeypatch):
    """A relative path is meant for the folder of the start."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    editor = LineEditor(readline, nothing, "history")
    monkeypatch.chdir(tmp_path / "elsewhere")
    editor.open()
    readline.add_history("line")
    editor.save()
    editor.close()
    assert "line" in (tmp_path / "history").read_text()


def test_no_history_file(clean_history, tmp_path, monkeypatch):
    """An empty path keeps no history."""
    monkeypatch.chdir(tmp_path)
    editor = LineEditor(readline, nothing, "")
    editor.open()
    readline.add_history("line")
    editor.save()
    editor.close()
    assert not list(tmp_path.iterdir())


def test_unusable_history_file(clean_history, tmp_path):
    """Errors with the history file are ignored."""
    editor = LineEditor(readline, nothing, str(tmp_path / "no" / "folder"))
    editor.open()
    editor.save()
    editor.close()
