"""The example's modules, importable by name as when it runs."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

EXAMPLE = Path(__file__).resolve().parents[2] / "example"


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the example, in which its modules are found during the test."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield EXAMPLE
    for path in EXAMPLE.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def load_example() -> Callable[[str], ModuleType]:
    """``load_example("api")``: the module ``example/api/main.py``, fresh and without a name."""

    def load(folder: str) -> ModuleType:
        path = EXAMPLE / folder / "main.py"
        spec = importlib.util.spec_from_file_location(f"example_{folder}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def run_example() -> Iterator[Callable[[str], tuple[str, subprocess.Popen[str]]]]:
    """``run_example("api")``: started as a user starts it, on a free port; its URL and process."""
    started: list[subprocess.Popen[str]] = []
    command = [sys.executable, "-W", "error"]

    def run(folder: str) -> tuple[str, subprocess.Popen[str]]:
        process = subprocess.Popen(
            [*command, str(EXAMPLE / folder / "main.py"), "0"],
            cwd=EXAMPLE.parent,
            env={**os.environ, "PYTHONPATH": str(EXAMPLE.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"http://[^/]+/", line):
                return found[0], process
        raise AssertionError(said)

    yield run
    for process in started:
        process.kill()
        process.communicate()
