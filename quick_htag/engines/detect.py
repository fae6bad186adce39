"""Finds the installed htag, and the app that was meant."""

from __future__ import annotations

import importlib
import inspect
import threading
from typing import TYPE_CHECKING, Any

from ..errors import AppNotFound, EngineMissing

if TYPE_CHECKING:
    from types import ModuleType

    from .base import Engine

INSTALL = "pip install htag (htag 2), or pip install htag==1.0.0"
WANTED = {
    1: "a subclass of htag.Tag (htag 1 is installed)",
    2: "a subclass of htag.Tag.App (htag 2 is installed)",
}


class _Loader:
    """Builds the engine on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _engine, and that it is built once
        self._engine: Engine | None = None

    def load(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _build_engine()
            return self._engine


# one per interpreter, because htag is: both generations have the same name, and only one can be
# imported. It holds classes, nothing of a server or a session.
_loader = _Loader()


def load_engine() -> Engine:
    """The engine of the installed htag; imports it on first use. Any thread.

    Raises:
        EngineMissing: htag cannot be imported or is of no generation we know; says what to install.

    """
    return _loader.load()


def _build_engine() -> Engine:
    try:
        importlib.import_module("htag")
    except ImportError as exc:
        raise EngineMissing(_import_advice(exc)) from exc
    if _has("htag.render", "HRenderer"):
        from .htag1 import Htag1Engine

        return Htag1Engine()
    if _has("htag.runner", "AppRunner"):
        from .htag2 import Htag2Engine

        return Htag2Engine()
    raise EngineMissing(
        f"the module htag found by Python is neither htag 1 nor htag 2; {INSTALL}, and see that no "
        "file or folder of your own is called htag"
    )


def _import_advice(error: ImportError) -> str:
    missing = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing == "htag":
        return f"htag is not installed: {INSTALL}"
    if isinstance(error, ModuleNotFoundError) and missing:
        return f"htag 2 needs {missing}, which is not installed: pip install {missing}"
    return f"htag is installed but cannot be imported ({error}): {INSTALL}"


def _has(module_name: str, attribute: str) -> bool:
    try:
        return hasattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError:
        return False


def resolve_app(engine: Engine, spec: Any) -> Any:
    """The app that ``spec`` means.

    Args:
        engine: the installed generation.
        spec: an app class, a module with an ``App``, or the name of one of them:
            "package.module:Class", "package.module.Class" or "package.module".

    Raises:
        AppNotFound: there is no app of the installed generation; says what was expected.

    """
    found = _by_name(spec) if isinstance(spec, str) else spec
    app = engine.find_app(found)
    if app is None or _is_for_htag2(app, engine):
        raise AppNotFound(f"{_shown(spec)} is no app: {_reason(engine, found, app)}")
    return app


def _by_name(name: str) -> Any:
    module_name, colon, attributes = name.partition(":")
    parts = [*module_name.split("."), *(attributes.split(".") if colon else ())]
    if not all(part.isidentifier() for part in parts):
        raise AppNotFound(
            f'{name!r} is no name of an app: write "package.module:Class", "package.module.Class" '
            'or "package.module"'
        )
    module = _import(module_name, name)
    if module is None and not colon and "." in module_name:
        module_name, _, attributes = module_name.rpartition(".")
        module = _import(module_name, name)
    if module is None:
        raise AppNotFound(
            f"{name!r}: there is no module {module_name}; it is looked up like an import, from "
            "the folder of the script that was started"
        )
    found: Any = module
    for attribute in attributes.split(".") if attributes else ():
        # a tag class of htag 1 has every attribute: it makes HTML elements of unknown names
        look_up = inspect.getattr_static if inspect.isclass(found) else getattr
        try:
            found = look_up(found, attribute)
        except AttributeError:
            raise AppNotFound(f"{name!r}: {module_name} has no {attributes}") from None
    return found


def _import(module_name: str, spec: str) -> ModuleType | None:
    """The module, or None if there is none of that name.

    Raises:
        AppNotFound: the module raised while it was imported.

    """
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as exc:
        if exc.name is not None and f"{module_name}.".startswith(f"{exc.name}."):
            return None
        raise AppNotFound(f"{spec!r}: importing {module_name} failed: {exc}") from exc
    except Exception as exc:  # the user's module, it may raise anything
        raise AppNotFound(f"{spec!r}: importing {module_name} failed: {_hint(exc)}") from exc


def _hint(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "htag":
        return f"{text}. It may be written for the other generation of htag"
    return text


def _is_for_htag2(app: Any, engine: Engine) -> bool:
    """Whether ``app`` derives from htag 2's ``Tag.App``, which htag 1 takes for an HTML element."""
    return engine.major == 1 and any(vars(base).get("tag") == "App" for base in app.__mro__)


def _reason(engine: Engine, found: Any, app: Any) -> str:
    wanted = WANTED[engine.major]
    if app is not None:
        return "it derives from Tag.App, so it is written for htag 2, but htag 1 is installed"
    if inspect.ismodule(found):
        found = getattr(found, "App", None)
        if found is None:
            return f"the module has no App. Expected {wanted}"
    if inspect.isclass(found):
        return f"expected {wanted}{_other_generation(engine, found)}"
    if engine.find_app(type(found)) is not None:
        return "it is an instance. Give its class: every visitor gets an instance of their own"
    return f"expected {wanted}, a module with such an App, or the name of one of them"


def _other_generation(engine: Engine, found: type) -> str:
    """What to say of a tag class that is no app, which is what an htag 1 app is to htag 2."""
    of_htag = any(base.__module__.startswith("htag.") for base in found.__mro__)
    if engine.major == 2 and of_htag:
        return (
            ". It is a tag but no app; apps of htag 1 are such classes, for those "
            "pip install htag==1.0.0"
        )
    return ""


def _shown(spec: Any) -> str:
    if inspect.isclass(spec):
        return f"{spec.__module__}.{spec.__qualname__}"
    if inspect.ismodule(spec):
        return f"the module {spec.__name__}"
    return repr(spec)[:200]
