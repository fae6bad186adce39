"""The ``States`` of an htag 2 app: found, written down, and given their values in another instance.

Only those that code of the instance has made are its own. Those of a module or class are there
before it and all visitors share them, so they are left alone, also when an app refers to them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from .base import Values
from .reports import Report

_MARK = "_quick_htag_mark"  # attribute of a States: its mark
_WATCHED = "_quick_htag_watched"  # attribute of a class of apps: attributes of theirs are noted
_INTERNAL = ("_GTag__", "_quick_htag")  # beginnings of attributes that are not the app's
_KINDS = {"int": "number", "float": "number", "tuple": "list"}  # what JSON, or apps, take as one

_watching = threading.Lock()  # two instances must not change a class at the same time

keeper: ContextVar[KeptStates | None] = ContextVar("quick_htag_states", default=None)
"""Of the instance whose code is running; None: it keeps nothing."""


class _Mark:
    """What is known of a ``States``.

    Args:
        owner: of the instance that has made it.
        states: it, with the values it was declared with.

    """

    __slots__ = ("kinds", "loaded", "owner")

    def __init__(self, owner: KeptStates, states: Any) -> None:
        self.owner = owner
        self.kinds = {key: _kind(value) for key, value in states.dump().items()}
        self.loaded = False


def install_states(core_module: Any) -> None:
    """Let ``States`` note who makes them."""
    if hasattr(core_module, "States"):
        core_module.States.__init__ = _noting(core_module.States.__init__)


def _watch(app: Any) -> None:
    """Let the apps of a class that is kept note which attribute their ``States`` become.

    Only those: it is a call of Python more for each attribute, 40 of them for the page of an app.
    """
    with _watching:
        if _WATCHED not in vars(app):
            app.__setattr__ = _assigning(app.__setattr__)
            setattr(app, _WATCHED, True)


def _noting(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def noting(states: Any, **values: Any) -> None:
        init(states, **values)
        owner = keeper.get()
        if owner is not None:
            states.__dict__[_MARK] = _Mark(owner, states)

    return noting


def _assigning(set_attribute: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    @functools.wraps(set_attribute)
    def assigning(app: Any, name: str, value: Any) -> None:
        set_attribute(app, name, value)
        owner = keeper.get()
        if owner is not None:
            owner.assigned(app, name, value)

    return assigning


class KeptStates:
    """The ``States`` of one instance. Session thread, but for ``values``.

    A ``States`` is named by the attributes that lead to it from the app: "form" is ``app.form``,
    "editor.form" that of a tag which is ``app.editor``. It gets its values when it becomes an
    attribute of the app, so the next line of ``init`` has them; a name gets them once.

    Args:
        app: class of the app.
        core: ``htag.core``.
        kept: what ``values`` gave in an earlier instance.
        report: told what could not be used.

    """

    def __init__(self, app: Any, core: Any, kept: Mapping[str, Any], report: Report) -> None:
        self._app = app
        self._tag_class: Any = core.GTag
        self._states_class: Any = getattr(core, "States", ())
        if self._states_class:
            _watch(app)
        self._kept = dict(kept)  # what no States has got yet
        self._report = report

    def assigned(self, app: Any, name: str, value: Any) -> None:
        """Something has become an attribute of an app."""
        if type(app) is not self._app or name.startswith(_INTERNAL) or name == "parent":
            return
        if isinstance(value, self._states_class):
            self._load(name, value)
        elif isinstance(value, self._tag_class):
            for path, states in self._find(value, f"{name}."):
                self._load(path, states)

    def load(self, app: Any) -> None:
        """Give those of a new app their values that have not got them yet."""
        for path, states in self._find(app):
            self._load(path, states)

    def values(self, app: Any) -> Values:
        """The values there are now, and those that no ``States`` has asked for yet. Any thread."""
        found = {path: _written(states) for path, states in self._find(app)}
        return {**dict(self._kept), **found}

    def _find(self, tag: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """The own ``States`` below a tag, each once, with their paths; the nearest first."""
        seen = {id(tag)}
        waiting = [(prefix, tag)]
        for path, one in waiting:  # grows meanwhile
            for name, value in list(vars(one).items()):
                if name.startswith(_INTERNAL) or name == "parent" or id(value) in seen:
                    continue
                if isinstance(value, self._states_class):
                    seen.add(id(value))
                    if self._is_own(value):
                        yield f"{path}{name}", value
                elif isinstance(value, self._tag_class) and type(value) is not self._app:
                    seen.add(id(value))
                    waiting.append((f"{path}{name}.", value))

    def _is_own(self, states: Any) -> bool:
        mark = states.__dict__.get(_MARK)
        return mark is not None and mark.owner is self

    def _load(self, path: str, states: Any) -> None:
        if not self._is_own(states):
            return
        mark = states.__dict__[_MARK]
        kept = self._kept.pop(path, None)
        if mark.loaded or kept is None:
            return
        mark.loaded = True
        usable = {}
        for key, (kind, value) in kept.items():
            if key not in mark.kinds:
                continue  # it was removed from the app
            if kind == mark.kinds[key] or "NoneType" in (kind, mark.kinds[key]):
                usable[key] = value
            else:
                now = mark.kinds[key]
                self._report(f"{path}.{key} was kept as {kind} and begins anew as {now}", None)
        states.load(usable)


def _written(states: Any) -> dict[str, tuple[str, Any]]:
    """Its values by key, each with the kind it was declared with."""
    kinds = states.__dict__[_MARK].kinds
    return {key: (kinds.get(key) or _kind(value), value) for key, value in states.dump().items()}


def _kind(value: Any) -> str:
    """The type of a value, by name: another one means that the app has changed."""
    name = type(value).__name__
    return _KINDS.get(name, name)
