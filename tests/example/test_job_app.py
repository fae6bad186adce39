"""The example of an app with a job counts words, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quick_htag.testing import open_app

pytest.importorskip("htag", exc_type=ImportError)

LIMIT = 20.0  # seconds


def test_words_are_counted(load_example: Callable[[str], Any], tmp_path: Path) -> None:
    """The most frequent first."""
    module = load_example("job_app")
    module.FOLDER = tmp_path
    for number, words in enumerate(("self self self", "return return", "a import")):
        (tmp_path / f"{number}.py").write_text(words)
    with open_app(module.Words) as page:
        page.click("button.count")
        page.wait_for("self: 3", "ol", LIMIT)
        assert [one.text for one in page.document.select("li")] == [
            "self: 3",
            "return: 2",
            "import: 1",
        ]
        assert page.find("div.quick-htag-job").get("data-state") == "done"
