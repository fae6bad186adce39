"""What lands in the wheel, built from the source distribution like a release."""

from __future__ import annotations

import re
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(built_wheel: Path) -> Iterator[zipfile.ZipFile]:
    """The wheel of this checkout."""
    with zipfile.ZipFile(built_wheel) as opened:
        yield opened


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    """Paths of the files in the wheel."""
    return set(wheel.namelist())


def _files(folder: Path, pattern: str, prefix: str) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob(pattern))
    return {f"{prefix}/{name}" for name in found}


def test_browser_files_are_inside(names: set[str]) -> None:
    """Each file of ``js/`` is at ``quick_htag/js/``, types and ``package.json`` too."""
    wanted = _files(ROOT / "js", "*.*", "quick_htag/js")
    assert {"quick_htag/js/worker.d.ts", "quick_htag/js/package.json"} <= wanted
    assert wanted
    assert wanted <= names


def test_every_module_is_inside(names: set[str]) -> None:
    """No folder of the package is forgotten."""
    assert _files(ROOT / "quick_htag", "*.py", "quick_htag") <= names


def test_data_is_inside(names: set[str]) -> None:
    """Files the package reads at run time come along."""
    assert _files(ROOT / "quick_htag" / "data", "*.*", "quick_htag/data") <= names


def test_types_are_announced(names: set[str]) -> None:
    """Type checkers look at the annotations of an installed package."""
    assert "quick_htag/py.typed" in names


def test_nothing_else_is_inside(names: set[str]) -> None:
    """Tests, examples and tools stay out of site-packages."""
    assert {name.split("/")[0].split("-")[0] for name in names} == {"quick_htag"}
    assert not [
        name for name in names if re.search(r"(^|/)(tests?|example)/|\.mjs$|__pycache__", name)
    ]


def test_licence_is_inside(names: set[str]) -> None:
    """The licence travels with the code."""
    assert [name for name in names if name.endswith("/LICENSE")]


def test_requires_three_packages(wheel: zipfile.ZipFile, names: set[str]) -> None:
    """Installing it brings htag, websockets and pycryptodomex, nothing else of ours."""
    (path,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(wheel.read(path).decode())
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    found = {re.split(r"[<>=!~ ;]", line)[0] for line in required}
    assert found == {"htag", "websockets", "pycryptodomex"}


def test_version_is_the_one_in_the_package(wheel: zipfile.ZipFile, names: set[str]) -> None:
    """The wheel says the version that ``quick_htag.__version__`` says."""
    (path,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(wheel.read(path).decode())
    assert f'"{metadata["Version"]}"' in wheel.read("quick_htag/version.py").decode()
