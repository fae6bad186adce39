"""The example of an app that takes files counts their lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quick_htag.testing import open_app

pytest.importorskip("htag", exc_type=ImportError)

LIMIT = 20.0  # seconds
FIELD = "quick-htag-upload"


def test_lines_are_counted(load_example: Callable[[str], Any]) -> None:
    """Of texts; what is none is told."""
    with open_app(load_example("upload_app").Counter) as page:
        page.upload(FIELD, ("<b>.txt", b"a\nb\nc\n"), ("x.txt", b"\0"))
        page.wait_for("_b_.txt: 3 lines, 880553fc", "li", LIMIT)
        page.wait_until(lambda: page.notices != [], LIMIT)
        assert page.notices[0].text == "x.txt is no text"
