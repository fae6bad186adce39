"""Apps that are loaded again when their file has changed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quick_htag.errors import AppFailed, ConfigurationError
from quick_htag.guis.app_source import AppSource

NAME = "changing_app"


class AnyClass:
    """An engine that takes classes."""

    def find_app(self, candidate: Any) -> Any:
        return candidate if isinstance(candidate, type) else None


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The source file of an app."""
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / f"{NAME}.py"
    path.write_text("class App:\n    version = 1\n")
    yield path
    sys.modules.pop(NAME, None)


def load() -> ModuleType:
    """The module, imported."""
    importlib.invalidate_caches()
    return importlib.import_module(NAME)


def test_a_changed_file_is_loaded_again(file: Path) -> None:
    """The class stays the same until the file changes."""
    source = AppSource(load().App, AnyClass())
    first = source()
    assert first is source()
    file.write_text("class App:\n    version = 22\n")
    assert source().version == 22
    assert source() is source()


def test_a_broken_file_is_told_until_it_is_mended(file: Path) -> None:
    """The failure says which file; the next change is tried again."""
    source = AppSource(load().App, AnyClass())
    file.write_text("class App(:\n")
    for _ in range(2):
        with pytest.raises(
            AppFailed, match=r"changing_app\.py has changed .* SyntaxError"
        ) as caught:
            source()
        assert "SyntaxError" in caught.value.trace
    file.write_text("App = 1\n")
    with pytest.raises(AppFailed, match="no app any more"):
        source()
    file.write_text("class App:\n    version = 4\n")
    assert source().version == 4


def test_a_file_that_is_away_for_a_moment(file: Path) -> None:
    """Editors replace files; meanwhile the class of before is used."""
    source = AppSource(load().App, AnyClass())
    file.unlink()
    assert source().version == 1


def test_the_script_itself_is_refused() -> None:
    """It would start another server."""
    app = type("App", (), {"__module__": "__main__"})
    with pytest.raises(ConfigurationError, match="module of its own"):
        AppSource(app, AnyClass())


def test_a_class_inside_a_function_is_refused() -> None:
    """It cannot be found in the file again."""

    class Inner:
        pass

    with pytest.raises(ConfigurationError, match="not at the top"):
        AppSource(Inner, AnyClass())
