"""Files that Python cannot read."""

from __future__ import annotations

import pytest

from quick_htag.process.syntax import syntax_error, syntax_errors


@pytest.mark.parametrize("text", ["x = (", "if True:\npass", "x = 'a\n", "\0"])
def test_an_error_is_told_with_its_place(tmp_path, text):
    """Nothing of the file runs."""
    path = tmp_path / "broken.py"
    path.write_text(text)
    assert "Error: " in syntax_error(path)


def test_a_good_file_has_none(tmp_path):
    """Whatever it would do, and a missing one neither."""
    path = tmp_path / "good.py"
    path.write_text("raise SystemExit('ran')  # \\d")
    assert syntax_error(path) == syntax_error(tmp_path / "missing.py") == ""


def test_the_first_few_are_told(tmp_path):
    """Python files only."""
    paths = [tmp_path / name for name in ("1.py", "2.py", "3.py", "4.py", "5.txt")]
    for path in paths:
        path.write_text("x = (")
    text = syntax_errors(map(str, reversed(paths)))
    assert [name in text for name in ("1.py", "2.py", "4.py", "5.txt")] == [
        False,
        True,
        True,
        False,
    ]
