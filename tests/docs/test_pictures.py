"""The gallery names every example, and each that has a page has its picture."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
GALLERY = (ROOT / "docs" / "examples.rst").read_text(encoding="utf-8")
FOLDERS = sorted(
    path.name
    for path in (ROOT / "example").iterdir()
    if any((*path.glob("*.py"), *path.glob("*.ipynb")))
)
# what answers with text or JSON, or at the prompt
WITHOUT_PAGE = {"api", "commands", "https", "middleware", "monitor", "store_memory", "store_redis"}
LARGEST = 60 * 1024  # bytes of one picture
ALL = 2 * 1024 * 1024  # bytes of all
PICTURES = sorted(IMAGES.glob("*.png"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_example_is_in_the_gallery(folder: str) -> None:
    """With its name and the command that starts it."""
    assert f"**{folder}**" in GALLERY
    notebook = f"``example/{folder}/counter.ipynb``" in GALLERY
    assert notebook or re.search(rf"^    \$ python example/{folder}/\w+\.py", GALLERY, re.MULTILINE)


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in WITHOUT_PAGE])
def test_a_page_has_a_picture(folder: str) -> None:
    """``make pictures`` makes it."""
    assert (IMAGES / f"{folder}.png").exists()
    assert f"images/{folder}.png" in GALLERY


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small(path: Path) -> None:
    """In bytes, and no wider than a page shows it well."""
    data = path.read_bytes()
    assert len(data) <= LARGEST
    assert struct.unpack(">I", data[16:20])[0] <= 1300  # pixels


def test_all_pictures_are_small() -> None:
    """Who gets the sources gets them all."""
    assert sum(path.stat().st_size for path in PICTURES) < ALL


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_shown(path: Path) -> None:
    """None is left behind when its page goes."""
    pages = [ROOT / "README.rst", *(ROOT / "docs").glob("*.rst")]
    assert any(f"images/{path.name}" in page.read_text("utf-8") for page in pages)


@pytest.mark.parametrize(
    "path", ["README.rst", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.rst"))]
)
def test_pictures_say_what_they_show(path: str) -> None:
    """For who does not see them."""
    images = re.split(r"^\.\. image::", (ROOT / path).read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert all(re.match(r".*\n(   :.*\n)*   :alt: \S", image) for image in images)
