"""The session in a JSON file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from quick_htag import ConfigurationError
from quick_htag.errors import NotStorable
from quick_htag.runners.json_session import JsonSession


def test_it_outlives_the_program(tmp_path: Path) -> None:
    """Every change is in the file."""
    path = tmp_path / "session.json"
    session = JsonSession(path)
    session["a"] = [1]
    session["b"] = 2
    del session["b"]
    assert json.loads(path.read_text()) == {"a": [1]}
    assert dict(JsonSession(path)) == {"a": [1]}
    assert len(session) == 1


def test_changes_inside_are_saved_too(tmp_path: Path) -> None:
    """With the next change, or when one asks for it."""
    path = tmp_path / "session.json"
    session = JsonSession(path)
    session["a"] = []
    session["a"].append(1)
    session.save()
    assert json.loads(path.read_text()) == {"a": [1]}


def test_nothing_is_kept_for_nothing(tmp_path: Path) -> None:
    """No file without data."""
    path = tmp_path / "session.json"
    session = JsonSession(path)
    session["a"] = 1
    session.clear()
    assert list(tmp_path.iterdir()) == []


def test_what_json_has_no_form_for_is_refused(tmp_path: Path) -> None:
    """And nothing is changed."""
    session = JsonSession(tmp_path / "session.json")
    with pytest.raises(NotStorable, match="'a'"):
        session["a"] = object()
    assert dict(session) == {}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_another_file_is_left_alone(tmp_path: Path, text: str) -> None:
    """It is not overwritten."""
    path = tmp_path / "session.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"session\.json"):
        JsonSession(path)
    assert path.read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    """It holds what visitors have entered; an old one that was open to all is closed."""
    path = tmp_path / "session.json"
    path.write_text('{"a": 1}')
    path.chmod(0o644)
    JsonSession(path)["b"] = 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
