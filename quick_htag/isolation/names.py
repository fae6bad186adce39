"""What is taken to another process by its name: an app, a function, the script that was started."""

from __future__ import annotations

import importlib
import inspect
import runpy
import sys
import types
from typing import Any, Final

from ..errors import ConfigurationError

_MAIN: Final = "__main__"
_AS_MAIN: Final = "__mp_main__"  # what multiprocessing calls the script in a process
_LOADED: Final = "__quick_htag_loaded__"  # multiprocessing gives whatever runs that name, too

_ADVICE: Final = (
    'with isolation="process" each visitor has a process of its own, which imports the app by its '
    "name: define it at the top of a module"
)


def name_of(thing: Any, what: str) -> dict[str, str]:
    """How another process finds something.

    Args:
        thing: a class, a function, a module, or the name of an app.
        what: it is, for the error.

    Raises:
        ConfigurationError: it has no name that can be imported.

    """
    if isinstance(thing, str):
        return {"spec": thing}
    if inspect.ismodule(thing):
        return {"spec": thing.__name__}
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or "<" in name:
        raise ConfigurationError(f"{what} {thing!r} has no name that can be imported: {_ADVICE}")
    if module == _AS_MAIN:
        module = _MAIN
    if module == _MAIN and main_program() is None:
        raise ConfigurationError(f"{what} {name} is in no file: {_ADVICE}")
    return {"module": module, "name": name}


def main_program() -> dict[str, str] | None:
    """How another process loads the program that was started; None: it is in no file."""
    main = sys.modules[_MAIN]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name and spec.name != _MAIN:
        return {"module": spec.name}
    path = getattr(main, "__file__", None)
    return None if path is None else {"path": path}


def load(name: dict[str, str], main: dict[str, str] | None) -> Any:
    """What ``name_of`` has named; the program is loaded only if it is in there.

    Raises:
        AttributeError: there is no such thing any more.
        Exception: whatever loading it raises.

    """
    if name["module"] == _MAIN:
        found: Any = _as_main(main or {})
    else:
        found = importlib.import_module(name["module"])
    for part in name["name"].split("."):
        found = inspect.getattr_static(found, part) if inspect.isclass(found) else _get(found, part)
    return found


def _get(module: types.ModuleType, name: str) -> Any:
    try:
        return vars(module)[name]
    except KeyError:
        raise AttributeError(f"{module.__name__} has no {name}") from None


def _as_main(main: dict[str, str]) -> types.ModuleType:
    """Load the program under another name, so that what it does when it is run is not done."""
    known = sys.modules.get(_AS_MAIN)
    if hasattr(known, _LOADED):
        assert known is not None
        return known
    module = types.ModuleType(_AS_MAIN)
    sys.modules[_MAIN] = sys.modules[_AS_MAIN] = module
    if "path" in main:
        content = runpy.run_path(main["path"], run_name=_AS_MAIN)
    else:
        content = runpy.run_module(main["module"], run_name=_AS_MAIN, alter_sys=True)
    module.__dict__.update(content)
    setattr(module, _LOADED, True)
    return module
