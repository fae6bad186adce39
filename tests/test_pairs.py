"""Each source file has its test file, and each test file its source."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "quick_htag"
TESTS = ROOT / "tests"

# files without behaviour of their own: names, declarations, one number
NO_TEST_NEEDED = {"__init__.py", "__main__.py", "interfaces.py", "version.py"} | {
    "engines/base.py",
    "guis/hosting.py",
}
# subjects that are no single source file
NO_SOURCE_NEEDED = {
    "process/test_waiting.py",
    "stores/test_contract.py",
    "test_docs.py",
    "test_exports.py",
    "test_features.py",
    "test_layers.py",
    "test_packaging.py",
    "test_pairs.py",
    "test_readme.py",
    "workers/test_gui.py",
    "workers/test_two_servers.py",
}
FOLDERS_WITHOUT_SOURCE = {"bench", "browser", "compat", "data", "docs", "example"} | {
    "cluster",
    "conformance",
    "faults",
    "fuzz",
    "hostile",
    "hosts",
    "live_apps",
    "samples",
    "scenarios",
    "security",
    "soak",
}


def _sources() -> list[str]:
    found = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return sorted(
        path.as_posix()
        for path in found
        if path.name != "__init__.py" and path.as_posix() not in NO_TEST_NEEDED
    )


def _tests() -> list[str]:
    found = (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return sorted(
        path.as_posix()
        for path in found
        if path.parts[0] not in FOLDERS_WITHOUT_SOURCE and path.as_posix() not in NO_SOURCE_NEEDED
    )


def _test_of(source: str) -> str:
    path = Path(source)
    return path.with_name(f"test_{path.name.lstrip('_')}").as_posix()


def _source_of(test: str) -> list[Path]:
    path = Path(test)
    name = path.name.removeprefix("test_")
    return [PACKAGE / path.with_name(name), PACKAGE / path.with_name(f"__{name}")]


@pytest.mark.parametrize("source", _sources())
def test_source_has_a_test_file(source: str) -> None:
    """A source file is tested in the file of the same name."""
    wanted = _test_of(source)
    assert (TESTS / wanted).exists(), f"write tests/{wanted}"


@pytest.mark.parametrize("test", _tests())
def test_test_file_has_a_source(test: str) -> None:
    """A test file is not left behind when its source moves."""
    assert any(path.exists() for path in _source_of(test)), f"tests/{test} tests no file"


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "js").glob("*.js")))
def test_script_has_a_test_file(script: str) -> None:
    """A browser script is tested in the file of the same name."""
    name = script.removesuffix(".js") + ".test.mjs"
    assert (TESTS / "js" / name).exists(), f"write tests/js/{name}"
