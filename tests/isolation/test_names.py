"""Things that another process finds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.isolation import names
from quick_htag.isolation.names import load, name_of


def test_what_has_a_name_is_found_again() -> None:
    """A class inside of another one, a function."""
    for thing in (Path, load):
        assert load(name_of(thing, "it"), None) is thing
    name = {"module": "importlib.abc", "name": "Loader.load_module"}
    assert load(name, None).__name__ == "load_module"


def test_names_of_apps_and_modules_are_passed_on() -> None:
    """They are looked up there."""
    assert name_of("a.b:C", "it") == {"spec": "a.b:C"}
    assert name_of(names, "it") == {"spec": "quick_htag.isolation.names"}


def test_what_has_none_is_refused() -> None:
    """With what to do."""
    with pytest.raises(ConfigurationError, match="top of a module"):
        name_of(lambda: None, "the hook")


def test_what_is_gone_is_an_error() -> None:
    """Of the kind that Python has for it."""
    with pytest.raises(AttributeError):
        load({"module": "quick_htag.isolation.names", "name": "nothing"}, None)


def test_the_script_that_was_started_is_loaded_without_being_run(tmp_path: Path) -> None:
    """What is under ``__main__`` is left out."""
    script, other = tmp_path / "script.py", tmp_path / "other.py"
    script.write_text(
        "import json\nfrom quick_htag.isolation.names import main_program, name_of\n"
        "class App: pass\n"
        'if __name__ == "__main__":\n'
        '    print(json.dumps([name_of(App, "it"), main_program()]))\n'
    )
    other.write_text(
        "import json, multiprocessing, sys\nfrom quick_htag.isolation.names import load\n"
        "print(load(*json.loads(sys.argv[1])).__name__)\n"
    )
    root = Path(__file__).resolve().parents[2]
    run = lambda *args: subprocess.run(  # noqa: E731
        [sys.executable, *args],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()
    assert run(str(other), run(str(script))) == "App"
