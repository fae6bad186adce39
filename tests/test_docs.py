"""The documents can be read by what makes pages of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from docutils.core import publish_doctree
from docutils.utils import SystemMessage

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_well_formed(path: Path) -> None:
    """A warning is an error."""
    settings = {"halt_level": 2, "report_level": 5, "file_insertion_enabled": False}
    try:
        publish_doctree(path.read_text(), str(path), settings_overrides=settings)
    except SystemMessage as error:
        pytest.fail(str(error))
