"""What the target of a command line means: an app, a folder, or a script."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ..browsing.app_finder import FileReport, FoundApp, read_source
from ..browsing.file_modules import FileModules
from ..engines.base import Engine
from ..engines.detect import load_engine, resolve_app
from ..errors import AppFailed, AppNotFound, ConfigurationError

INDEX: Final = "index"
_APP: Final = "App"


class TargetError(ConfigurationError):
    """A target that cannot be served; the message says what to do. Its cause is the user's."""


@dataclass(frozen=True)
class Target:
    """What is to be served.

    Attributes:
        text: as it was written.
        app: the class of an app; None: it is none.
        folder: to be browsed.
        script: to be run.
        module: name of the module that is to be run as a script.
        remark: why it is not what one might have expected; empty: it is.

    """

    text: str
    app: Any = None
    folder: Path | None = None
    script: Path | None = None
    module: str = ""
    remark: str = ""


def find_target(text: str | None, folder: Path) -> Target:
    """What is meant; imports the file or module of an app.

    Args:
        text: as it was written; None: nothing was.
        folder: the current one.

    Raises:
        TargetError: there is no such thing, or it is nothing to serve.
        EngineMissing: htag is not installed.

    """
    if text is None:
        return _of_folder(folder)
    place, attribute = _taken_apart(text)
    if not _is_path(place, folder):
        return _of_module(text, place, attribute, folder)
    path = folder / place
    if path.is_dir() and not attribute:
        return Target(text, folder=path)
    if not path.is_file():
        raise TargetError(f"there is no file {place}{_near(path.name, _files(path.parent))}")
    if path.suffix != ".py":
        raise TargetError(
            f"{place} is no Python file: apps are, and --www serves the files of a folder"
        )
    report = read_source(path.read_bytes())
    name = _name(text, place, attribute, report, path)
    if name is None:
        return Target(text, script=path)
    modules = FileModules(path.parent.resolve())
    return Target(text, app=_app(text, _loaded(text, modules, path.resolve()), name, report))


def _of_folder(folder: Path) -> Target:
    """``App`` of index.py, which is read and not run to see whether it has one; or the folder."""
    index, remark = folder / f"{INDEX}.py", ""
    if index.is_file():
        report = read_source(index.read_bytes())
        if not report.error and not report.serves_at and _APP in report.names:
            return find_target(f"{INDEX}:{_APP}", folder)
        if report.error:
            line = f", line {report.error_line}" if report.error_line else ""
            remark = f"{index.name}{line}: {report.error}; the folder is served in its place"
    return Target(".", folder=folder, remark=remark)


def _taken_apart(text: str) -> tuple[str, str]:
    """A path or module, and what follows its colon; a drive of Windows has a colon too."""
    place, colon, attribute = text.rpartition(":")
    if colon and "/" not in attribute and "\\" not in attribute:
        return place, attribute
    return text, ""


def _is_path(place: str, folder: Path) -> bool:
    separators = {"/", os.sep, os.altsep or "/"}
    named = place.endswith(".py") or any(one in place for one in separators)
    if named or (folder / place).is_file():
        return True
    return (folder / place).is_dir() and not (folder / place / "__init__.py").is_file()


# -- modules ---------------------------------------------------------------------------------------


def _of_module(text: str, name: str, attribute: str, folder: Path) -> Target:
    if not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(
            f'{text!r} is nothing to serve: write "module:App", "path/file.py", '
            '"path/file.py:App" or a folder'
        )
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    report = _report_of(text, name, folder)
    found = _name(text, name, attribute, report, None)
    if found is None:
        return Target(text, module=name)
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # the user's module, it may raise anything
        raise TargetError(f"{name} cannot be imported: {_said(error)}") from error
    return Target(text, app=_app(text, module, found, report))


def _report_of(text: str, name: str, folder: Path) -> FileReport:
    """What the source of a module says, which may be none.

    Raises:
        TargetError: there is no such module.

    """
    try:
        spec = importlib.util.find_spec(name)  # imports the packages it is in
    except ModuleNotFoundError:
        spec = None
    except (Exception, SystemExit) as error:  # a package of the user
        raise TargetError(f"{name} cannot be imported: {_said(error)}") from error
    if spec is None:
        near = _near(name, (Path(one).stem for one in _files(folder)))
        raise TargetError(f"there is no module {name}, looked for in {folder}{near}")
    origin = Path(spec.origin or "")
    if origin.suffix != ".py" or not origin.is_file():
        return FileReport()
    return read_source(origin.read_bytes())


# -- what is in a file -----------------------------------------------------------------------------


def _name(
    text: str, place: str, attribute: str, report: FileReport, path: Path | None
) -> str | None:
    """Which class of a file or module is the app; None: it is a script.

    Raises:
        TargetError: none is, or more than one may be.

    """
    if report.error:
        return attribute or _APP  # loading it says what is wrong, as Python does
    if attribute:
        _refuse_server(text, place, report)
        return attribute
    if report.serves_at:
        return None
    if _APP in report.names:
        return _APP
    apps = report.apps(load_engine().major)
    if len(apps) == 1:
        return apps[0].name
    if apps:
        ways = ", ".join(f"{place}:{app.name}" for app in apps)
        raise TargetError(f"{place} has more than one app, say which: {ways}")
    if report.program:
        return None
    raise TargetError(f"{place} has no app{_why(report.foreign(load_engine().major))}")


def _refuse_server(text: str, place: str, report: FileReport) -> None:
    if report.serves_at:
        raise TargetError(
            f"{place} starts a server of its own in line {report.serves_at}, as soon as it is "
            f'imported: put that below  if __name__ == "__main__":  or run it as a script, by '
            f"{place} without {text[len(place) :]}"
        )


def _why(foreign: list[FoundApp]) -> str:
    if not foreign:
        return ": that is a class derived from Tag.App (htag 2) or Tag.body (htag 1)"
    names = ", ".join(app.name for app in foreign)
    major = foreign[0].major
    install = 'pip install "htag<2"' if major == 1 else "pip install --upgrade htag"
    return f" for the installed htag: {names} is written for htag {major}, {install}"


def _loaded(text: str, modules: FileModules, path: Path) -> ModuleType:
    try:
        return modules.load(path)
    except (Exception, SystemExit) as error:  # the user's file, it may raise anything
        raise TargetError(f"{path.name} cannot be loaded: {_said(error)}") from error


def _app(text: str, module: ModuleType, name: str, report: FileReport) -> Any:
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
    if found is None:
        names = [app.name for app in report.found] + sorted(report.names)
        near = _near(name, names)
        raise TargetError(f"{text}: {module.__name__} has no {name}{near}")
    engine = load_engine()
    try:
        return resolve_app(engine, found)
    except AppNotFound as error:
        raise TargetError(f"{text}: {error}{_others(report, engine)}") from None


def _others(report: FileReport, engine: Engine) -> str:
    names = ", ".join(app.name for app in report.apps(engine.major))
    return f". Its apps: {names}" if names else ""


def _near(name: str, names: Iterable[str]) -> str:
    """Names that look like the one that is missing, as a question; empty: none does."""
    found = difflib.get_close_matches(name, dict.fromkeys(names), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("*.py")) if folder.is_dir() else []


def _said(error: BaseException) -> str:
    if isinstance(error, AppFailed):
        return str(error)
    return f"{type(error).__name__}: {error}"
