"""The public surface is a list, and it is kept."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

import quick_htag

ROOT = Path(__file__).resolve().parent.parent

# Makes names impossible to import, starts a server that has no GUI, and asks it something.
WITHOUT = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"htag", "websockets", "readline", "requests"}:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Refuse())

import urllib.request
from quick_htag import create_server

with create_server(("", 0)) as server:
    server.no_command_loop = True

    @server.json_get("/answer", 0)
    def answer(req, args):
        return {"answer": 42}

    server.start()
    with urllib.request.urlopen(server.url.rstrip("/") + "/answer", timeout=10) as got:
        print(got.read().decode())
"""


def _public() -> set[str]:
    """What a reader of the module sees: names without underscore that are no modules."""
    return {
        name
        for name, value in vars(quick_htag).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    } - {"annotations"}


def test_all_is_what_there_is() -> None:
    """``__all__`` names what can be imported: no more, no less."""
    assert set(quick_htag.__all__) - {"__version__"} == _public()


def test_all_is_sorted_and_without_repeats() -> None:
    """A name is found in the list where one looks for it."""

    def place(name: str) -> tuple[bool, bool, str]:  # constants, classes, functions: as ruff has it
        return not name.isupper(), not name[0].isupper(), name

    assert list(quick_htag.__all__) == sorted(set(quick_htag.__all__), key=place)


@pytest.mark.parametrize("name", sorted(_public()))
def test_name_is_documented(name: str) -> None:
    """Every public class and function says what it is for."""
    value = getattr(quick_htag, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__, f"{name} needs a docstring"


def test_version_is_text() -> None:
    """``__version__`` is the version as text."""
    assert quick_htag.__version__.count(".") == 2


def test_works_without_optional_modules() -> None:
    """Without htag, websockets and readline everything but the GUI works."""
    command = [sys.executable, "-W", "error", "-c", WITHOUT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"answer": 42}
