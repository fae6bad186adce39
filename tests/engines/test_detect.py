"""Which htag is installed, and which app was meant; in the environment of either generation."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from quick_htag.engines.detect import load_engine, resolve_app
from quick_htag.errors import AppNotFound

if TYPE_CHECKING:
    from pathlib import Path

BASE = {1: "Tag.div", 2: "Tag.App"}
BLOCKING = """
import importlib.abc, sys
class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] == {name!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Block())
"""
LOADING = """
from quick_htag.engines.detect import load_engine
from quick_htag.errors import EngineMissing
try:
    load_engine()
except EngineMissing as error:
    print(error)
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Any) -> Any:
    """``write(name, text)``: a module of that name; BASE in the text is the base of apps."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def write_module(name: str, text: str) -> None:
        path = tmp_path / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("BASE", BASE[engine.major]))
        names.extend([name, name.partition(".")[0]])
        importlib.invalidate_caches()

    yield write_module
    for name in names:
        sys.modules.pop(name, None)


APP = "from htag import Tag\nclass App(BASE):\n    pass\nclass Other(BASE):\n    pass\n"


def run_python(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_the_engine_is_that_of_the_installed_htag() -> None:
    """The generation is told by its modules, and the engine names its script."""
    engine = load_engine()
    assert engine.major in (1, 2)
    assert importlib.import_module("htag.render" if engine.major == 1 else "htag.runner")
    assert engine.script == f"htag{engine.major}.js"


def test_there_is_one_engine() -> None:
    """Every thread gets the same engine."""
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(load_engine())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_without_htag_the_message_says_what_to_install() -> None:
    """A missing htag is EngineMissing; importing the module is not enough to need it."""
    out = run_python(BLOCKING.format(name="htag") + LOADING)
    assert "htag is not installed: pip install htag" in out


def test_without_its_dependencies_htag_2_is_missing(engine: Any) -> None:
    """The dependency that htag 2 lacks is named; htag 1 needs none."""
    out = run_python(BLOCKING.format(name="starlette") + LOADING)
    assert ("htag 2 needs starlette" in out) == (engine.major == 2)


def test_another_module_called_htag_is_no_engine(tmp_path: Path) -> None:
    """A file of the user's own called htag is explained."""
    (tmp_path / "htag.py").write_text("x = 1")
    out = run_python(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{LOADING}")
    assert "neither htag 1 nor htag 2" in out


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("my_app", "App"),
        ("my_app:App", "App"),
        ("my_app:Other", "Other"),
        ("my_app.Other", "Other"),
    ],
)
def test_an_app_is_found_by_name(engine: Any, write: Any, spec: str, name: str) -> None:
    """Module, class and both spellings of a class in a module are understood."""
    write("my_app", APP)
    assert resolve_app(engine, spec).__name__ == name


def test_an_app_is_found_in_a_package(engine: Any, write: Any) -> None:
    """Dots lead into packages before they lead into a module."""
    write("my_package.__init__", "")
    write("my_package.app", APP)
    assert resolve_app(engine, "my_package.app").__name__ == "App"
    assert resolve_app(engine, "my_package.app.Other").__name__ == "Other"


def test_a_class_and_a_module_are_apps(engine: Any, write: Any) -> None:
    """What is imported already need not be named."""
    write("my_app", APP)
    module = importlib.import_module("my_app")
    assert resolve_app(engine, module) is module.App
    assert resolve_app(engine, module.Other) is module.Other


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("my_app:Missing", "my_app has no Missing"),
        ("my_app.Missing", "my_app has no Missing"),
        ("missing_module", "there is no module missing_module"),
        ("missing_module:App", "there is no module missing_module"),
        ("missing.module.App", "there is no module missing.module"),
        ("my_app.py:App", "there is no module my_app.py"),
        ("../my_app", 'write "package.module:Class"'),
        ("", 'write "package.module:Class"'),
        (":App", 'write "package.module:Class"'),
        ("my_app:number", "5|is no app"),
        ("empty", "the module has no App"),
    ],
)
def test_a_wrong_name_is_explained(engine: Any, write: Any, spec: str, message: str) -> None:
    """What was given and what is missing are said."""
    write("my_app", APP + "number = 5\n")
    write("empty", "")
    with pytest.raises(AppNotFound, match=message):
        resolve_app(engine, spec)


@pytest.mark.parametrize("text", ["1 / 0", "import missing_dependency", "def"])
def test_a_module_that_fails_is_not_called_missing(engine: Any, write: Any, text: str) -> None:
    """What a module raises while it is imported is chained."""
    write("broken", text)
    with pytest.raises(AppNotFound, match="importing broken failed") as caught:
        resolve_app(engine, "broken:App")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("what", ["int", "5", "object()"])
def test_what_is_no_app_is_explained(engine: Any, what: str) -> None:
    """The installed generation and what it expects are named."""
    with pytest.raises(AppNotFound, match=rf"htag {engine.major} is installed"):
        resolve_app(engine, eval(what))


def test_an_instance_is_explained(engine: Any, write: Any) -> None:
    """An app object instead of its class is answered with advice."""
    write("my_app", APP)
    app = importlib.import_module("my_app").App()
    with pytest.raises(AppNotFound, match="Give its class"):
        resolve_app(engine, app)


def test_an_app_of_the_other_generation_is_recognised(engine: Any, write: Any) -> None:
    """An app written for the generation that is not installed is told as such."""
    other = BASE[3 - engine.major]
    write("other_app", f"from htag import Tag\nclass App({other}):\n    pass\n")
    with pytest.raises(AppNotFound, match=rf"htag {3 - engine.major}|htag==1"):
        resolve_app(engine, "other_app")


def test_an_import_from_the_other_generation_is_recognised(engine: Any, write: Any) -> None:
    """A name that only the other generation exports is told as such."""
    name = {1: "State", 2: "expose"}[engine.major]
    write("other_app", f"from htag import {name}\n")
    with pytest.raises(AppNotFound, match="written for the other generation"):
        resolve_app(engine, "other_app")
