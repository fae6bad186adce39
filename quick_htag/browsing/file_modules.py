"""Python files of a folder as modules that are loaded again when they have changed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ..engines.base import Engine
from ..errors import AppFailed
from ..guis.app_source import forget_bytecode
from .traces import trace_of

LOAD_LIMIT = 10.0  # seconds to wait for a file that is being loaded for somebody else

_PACKAGE: Final = __name__.partition(".")[0]  # may lie in the folder, and stays what it is

_State = tuple[int, int]  # when it was changed, in ns, and its size


@dataclass(frozen=True)
class _Loaded:
    """A file that was loaded.

    Attributes:
        module: what it has become.
        states: of it, and of the modules beside it that it might use.

    """

    module: ModuleType
    states: dict[Path, _State | None]


class FileModules:
    """Loads files as ``python path/file.py`` would find their imports. Any thread.

    Modules beside a file come from its own folder, even if a file of another folder has brought one
    of the same name before. A file is loaded again when it, or such a module, has changed.

    Args:
        root: the folder in which all of them are.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._strangers = frozenset(sys.modules)  # they were here before, wherever they lie
        self._lock = threading.Lock()  # guards the two below and what is done to ``sys``
        self._loaded: dict[Path, _Loaded] = {}
        self._seen: dict[Path, _State | None] = {}  # modules that files have imported

    def load(self, path: Path) -> ModuleType:
        """The module of a file as it is now; whatever its code raises is raised.

        Raises:
            AppFailed: another file takes too long.

        """
        if not self._lock.acquire(timeout=LOAD_LIMIT):
            raise AppFailed("another file of this folder is being loaded and does not come back")
        try:
            loaded = self._loaded.get(path)
            if loaded is not None and all(_stat(one) == was for one, was in loaded.states.items()):
                return loaded.module
            top, name = _name_of(path)
            self._forget(path, top)
            before = _stat(path)
            try:
                module = self._run(path, top, name)
                self._loaded[path] = _Loaded(module, {})
            finally:  # what a file has imported before it failed is there all the same
                states = {file: _stat(file) for _, file in self._helpers(top)}
                self._seen = {**states, **self._seen}
            states = {file: self._seen[file] for file in states}
            self._loaded[path] = _Loaded(module, {**states, path: before})
            return module
        finally:
            self._lock.release()

    def _run(self, path: Path, top: Path, name: str) -> ModuleType:
        while str(top) in sys.path:
            sys.path.remove(str(top))
        sys.path.insert(0, str(top))
        importlib.invalidate_caches()
        if "." in name:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None  # its name ends with .py
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        return module

    def _forget(self, path: Path, top: Path) -> None:
        """Take out of ``sys.modules`` what would stand in the way; who has it keeps it.

        If one of the modules beside a file has changed all of them go, as they may use each other.
        """
        loaded = self._loaded.pop(path, None)
        gone = set() if loaded is None else {loaded.module.__name__}
        helpers = self._helpers(top)
        if any(_stat(file) != self._seen.get(file, _stat(file)) for _, file in helpers):
            for name, file in helpers:
                gone.add(name)
                self._seen.pop(file, None)
                forget_bytecode(file)
        for name, file in self._of_root():
            beside = file.is_relative_to(top)
            first = top / name.partition(".")[0]
            if not beside and (first.is_dir() or first.with_suffix(".py").is_file()):
                gone.add(name)
        for name in gone:
            sys.modules.pop(name, None)
        forget_bytecode(path)

    def _helpers(self, top: Path) -> list[tuple[str, Path]]:
        """The modules of a folder that no visitor has asked for, but another file."""
        asked = {one.module.__name__ for one in self._loaded.values()}
        return [
            (name, file)
            for name, file in self._of_root()
            if file.is_relative_to(top) and name not in asked
        ]

    def _of_root(self) -> list[tuple[str, Path]]:
        """Every imported module of the folder, and its file."""
        found = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and self._is_ours(name, Path(file)):
                found.append((name, Path(file)))
        return found

    def _is_ours(self, name: str, file: Path) -> bool:
        if name in self._strangers or name.partition(".")[0] == _PACKAGE:
            return False
        inside = file.is_relative_to(self.root)
        return inside and "site-packages" not in file.parts and file.suffix == ".py"


class AppOfFile:
    """The class of an app as its file has it now; called for it. Any thread.

    Args:
        modules: loads the file.
        path: of the file.
        name: of the class.
        engine: of the installed htag.

    """

    def __init__(self, modules: FileModules, path: Path, name: str, engine: Engine) -> None:
        self._modules = modules
        self._path = path
        self._name = name
        self._engine = engine

    def __call__(self) -> Any:
        """The class.

        Raises:
            AppFailed: the file cannot be loaded, or has no such app.

        """
        shown = self._path.relative_to(self._modules.root).as_posix()
        try:
            module = self._modules.load(self._path)
        except AppFailed:
            raise
        except (Exception, SystemExit) as error:
            told = f"{shown} cannot be loaded: {type(error).__name__}: {error}"
            raise AppFailed(told, trace_of(error, self._modules.root)) from error
        app = self._engine.find_app(vars(module).get(self._name))
        if app is None:
            raise AppFailed(f"{shown} has no app {self._name} for htag {self._engine.major}")
        return app


def _stat(path: Path | str) -> _State | None:
    try:
        found = os.stat(path)  # noqa: PTH116 on every load of a page
    except OSError:  # an editor is replacing it
        return None
    return found.st_mtime_ns, found.st_size


def _name_of(path: Path) -> tuple[Path, str]:
    """The folder to look for imports in, and the name of the module.

    The name is that of the file if it is free, as other files may import it.
    """
    top, parts = path.parent, [path.stem]
    while (top / "__init__.py").is_file() and top != top.parent:
        parts.insert(0, top.name)
        top = top.parent
    if len(parts) > 1:
        return top, ".".join(parts)
    name = parts[0]
    before = sys.modules.get(name)
    file = getattr(before, "__file__", None)
    taken = before is not None and (file is None or Path(file) != path)
    if taken or name in sys.stdlib_module_names or not name.isidentifier():
        return top, f"{name}_{zlib.crc32(str(path).encode()):08x}"
    return top, name
