"""The example of downloads gives what its buttons say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag.testing import open_app

pytest.importorskip("htag", exc_type=ImportError)


@pytest.mark.parametrize(
    ("button", "name", "begin", "size"),
    [
        ("table", "report.csv", b"city,people\r\nWien,2028289\r\n", 40),
        ("rows", "report.csv", b"0;0\n1;1\n2;4\n", 19_426_413),
        ("program", "main.py", b'"""Downloads: ', None),
    ],
)
def test_what_is_saved(
    load_example: Callable[[str], Any],
    example: Path,
    button: str,
    name: str,
    begin: bytes,
    size: int | None,
) -> None:
    """Each button has its file."""
    with open_app(load_example("download").Report) as page:
        page.click(f".{button}")
        answer = page.download()
    assert answer.content.startswith(begin)
    size = (example / "download" / "main.py").stat().st_size if size is None else size
    assert len(answer.content) == size
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
