"""Tracebacks that keep places of the machine to themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from quick_htag.browsing.traces import hide_places, trace_of


def failing(path: Path) -> BaseException:
    """What running a file raises."""
    try:
        exec(compile(path.read_text(), str(path), "exec"), {"json": json})
    except Exception as error:
        return error
    raise AssertionError


def test_files_of_the_folder_are_relative(tmp_path):
    """And those of Python have no place."""
    path = tmp_path / "sub" / "app.py"
    path.parent.mkdir()
    path.write_text("json.loads('{')")
    told = trace_of(failing(path), tmp_path)
    assert f'File "{Path("sub/app.py")}", line 1' in told
    assert "JSONDecodeError" in told
    assert str(tmp_path) not in told
    assert str(Path(json.__file__).parent) not in told
    assert sys.prefix not in told


def test_causes_are_told_too(tmp_path):
    """With their files hidden in the same way."""
    path = tmp_path / "app.py"
    path.write_text("try:\n    1/0\nexcept Exception as e:\n    raise ValueError('x') from e\n")
    told = trace_of(failing(path), tmp_path)
    assert told.count('File "app.py"') == 2
    assert str(tmp_path) not in told


def test_the_root_of_all_hides_nothing():
    """Every path lies in it, so there is nothing to take away from one."""
    root = Path(Path.cwd().anchor)
    text = f'File "{root / "srv" / "x.py"}", line 1: a/b'
    assert hide_places(text, root).endswith(f'x.py"{", line 1: a/b"}')


def test_other_places_lose_their_folders(tmp_path):
    """In what a message says as well, if it is of the folder or of home."""
    other = Path("/opt/secret/thing.py").absolute()
    text = f'File "{other}", line 1\nno such file: {tmp_path / "data" / "x.csv"}'
    told = hide_places(text, tmp_path)
    assert "secret" not in told
    assert "thing.py" in told
    assert f"no such file: {Path('data/x.csv')}" in told
