"""An app that is loaded again when its source file has changed, for development."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AppFailed, ConfigurationError

if TYPE_CHECKING:
    from ..engines.base import Engine

_OF_SCRIPT = (
    "recreate_on_change needs {0} in a module of its own: the script that was started cannot be "
    "loaded again without starting another server"
)


class AppSource:
    """The class of an app as its file has it now. Any thread.

    Args:
        app: the class.
        engine: the engine of the installed htag.

    Raises:
        ConfigurationError: the class is in no file that can be loaded again.

    """

    def __init__(self, app: Any, engine: Engine) -> None:
        self._engine = engine
        self._module_name: str = app.__module__
        self._class_name: str = app.__qualname__
        module = sys.modules.get(self._module_name)
        path = getattr(module, "__file__", None)
        if self._module_name == "__main__":
            raise ConfigurationError(_OF_SCRIPT.format(self._class_name))
        if path is None or "<" in self._class_name:
            raise ConfigurationError(
                f"recreate_on_change: {self._class_name} is not at the top of a source file"
            )
        self._path = Path(path)
        self._lock = threading.Lock()  # guards all below, and that the file is loaded once
        self._app = app
        self._state = self._stat()

    def __call__(self) -> Any:
        """The class.

        Raises:
            AppFailed: the file has changed and cannot be loaded.

        """
        with self._lock:
            state = self._stat()
            if state is not None and state != self._state:
                self._app = self._load()
                self._state = state
            return self._app

    def _stat(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:  # an editor is replacing it
            return None
        return found.st_mtime_ns, found.st_size

    def _load(self) -> Any:
        try:
            module = sys.modules[self._module_name]
            forget_bytecode(self._path)
            found: Any = importlib.reload(module)
            for name in self._class_name.split("."):
                found = vars(found)[name]
        except (Exception, SystemExit) as error:
            trace = "".join(traceback.format_exception(error))
            what = f"{self._path} has changed and could not be loaded"
            raise AppFailed(f"{what}: {type(error).__name__}: {error}", trace) from error
        app = self._engine.find_app(found)
        if app is None:
            raise AppFailed(f"{self._class_name} in {self._path} is no app any more")
        return app


def forget_bytecode(path: Path) -> None:
    """Python takes compiled code for fresh that is of the same second and size."""
    try:
        Path(importlib.util.cache_from_source(path)).unlink()
    except (OSError, NotImplementedError):  # there is none
        return
